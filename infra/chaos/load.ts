/**
 * Titles, profiles, ratings and a social life written, changed and removed at a steady rate, while anything may be down. What was
 * acknowledged is in the ledger; a read now and then must show it.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { randomUUID } from 'node:crypto'
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { type Random, randomOf } from '@cdlc/streams/simulator/random.ts'
import { createClient } from '../bench/http.ts'
import { toolToken } from '../local/token.ts'
import { createLedger, type Ledger } from './ledger.ts'
import { socialStep } from './social-step.ts'
import { openWriter, type Writer } from './writer.ts'

export interface LoadOptions {
  /** Writes a second. */
  readonly rate?: number
  /** How many of each there are at first; one more of each comes with every thousand writes. */
  readonly profiles?: number
  readonly titles?: number
  readonly seed?: number
  /** Marks all that is written: a load of the same run and ledger goes on where the last ended. */
  readonly run?: string
  readonly ledger?: Ledger
}

export interface Load {
  readonly ledger: Ledger
  /** Acknowledged writes of this load. */
  written(): number
  /** Reads that showed what was acknowledged. */
  read(): number
  /** The longest time without an acknowledged write since it was last asked for, in ms. */
  silence(): number
  /** Lets writes in flight end, and begins no more until resumed. Throws if the services have answered wrongly. */
  pause(): Promise<void>
  resume(): void
  /** Pauses for good. */
  stop(): Promise<void>
}

/** Only the newest of each are written to, so that the load's data grows, and slowly. */
const current = 20
const inFlight = 32

/** Makes what is to be written to, then writes until stopped. */
export async function startLoad(endpoints: Endpoints, options: LoadOptions = {}): Promise<Load> {
  const { rate = 50, profiles = 12, titles = 10, seed = 1, run = randomUUID().slice(0, 8), ledger = createLedger() } = options
  const client = createClient(16, toolToken(endpoints))
  const writer = openWriter({ endpoints, client, ledger, run })
  await writer.prepare(profiles, titles)
  const random = randomOf(seed)
  const working = new Set<Promise<void>>()
  const failures: unknown[] = []
  let paused = false
  let stopped = false

  const begin = (work: Promise<void>): void => {
    const watched = work.catch((cause: unknown) => { failures.push(cause) }).finally(() => working.delete(watched))
    working.add(watched)
  }
  const writing = (async () => {
    for (let i = 0, next = performance.now(); !stopped; i++) {
      next = Math.max(next + 1_000 / rate, performance.now() - 1_000) // what a pause has missed is not made up for
      if (!paused && working.size < inFlight) begin(step(writer, ledger, random, i))
      await delay(Math.max(0, next - performance.now()))
    }
  })()
  const pause = async (): Promise<void> => {
    paused = true
    while (working.size > 0) await Promise.all(working)
    if (failures.length > 0) throw new Error('writing under load: a service answered wrongly', { cause: failures[0] })
  }
  const from = ledger.counts().acknowledged
  return {
    ledger,
    written: () => ledger.counts().acknowledged - from,
    read: () => writer.reads(),
    silence: () => writer.silence(),
    pause,
    resume() {
      writer.silence() // the pause does not count
      paused = false
    },
    async stop() {
      stopped = true
      await writing
      try {
        await pause()
      } finally {
        client.close()
      }
    },
  }
}

/** Half of what is done is social. */
const social = 0.5

/** One action, chosen by chance. */
function step(writer: Writer, ledger: Ledger, random: Random, i: number): Promise<void> {
  if (i % 1_000 === 999) return writer.addTitle()
  if (i % 1_000 === 499) return writer.addProfile()
  const titles = writer.titles().slice(-current)
  const profiles = writer.profiles().slice(-current)
  if (random.chance(social)) return socialStep(writer, ledger, random, { titles, profiles })
  const [title, profile] = [random.pick(titles), random.pick(profiles)]
  const kind = random.next()
  if (kind < 0.1) return writer.rename(title)
  if (kind < 0.2) return writer.read(profile, title)
  return random.chance(0.2) ? writer.remove(profile, title) : writer.rate(profile, title, random.between(1, 10))
}
