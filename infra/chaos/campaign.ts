/** A campaign: kill after kill under load, a look at everything after each round, and a state that outlives the campaign itself. */
import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { deadLetterTopic } from '@cdlc/streams/runtime/dead-letter.ts'
import { createKafka, type KafkaClient } from '@cdlc/streams/runtime/kafka.ts'
import { viewsNamed } from '@cdlc/streams/runtime/registry.ts'
import { machine } from '../bench/machine.ts'
import type { Server } from '../local/server.ts'
import { partsOf, servers as serversOf } from '../local/servers/index.ts'
import type { Stack } from '../local/stack.ts'
import { check, type Subject } from './check.ts'
import { keepEvidence } from './evidence.ts'
import type { Difference } from './holds.ts'
import { openJournal } from './journal.ts'
import { restart, strike } from './kill.ts'
import { type Load, startLoad } from './load.ts'
import { killsOf, schedule, type Strike, trimmed } from './schedule.ts'
import { type Campaign, loadCampaign, saveCampaign } from './state.ts'
import { openTales } from './tales.ts'

export interface CampaignOptions {
  /** Where state and journal are kept. */
  readonly folder: string
  readonly seed: number
  /** Kills in all, those of earlier sessions included. */
  readonly kills: number
  /** Kills between two looks at everything. */
  readonly round?: number
  /** Names of servers; left out: every one that a write passes through on its way to a reader. */
  readonly targets?: readonly string[]
  readonly rate?: number
  readonly resume?: boolean
  /** Ends the campaign after the strike in hand, to be continued. */
  readonly signal?: AbortSignal
  readonly onProgress?: (text: string) => void
}

/** Nothing that is written or read passes through these yet. */
const aside: ReadonlySet<string> = new Set(['seaweedfs', 'edge'])
/** How long topics and views may take to come to what MySQL holds. */
const patience_ms = 300_000

/** The servers that a campaign kills if it is not told which. */
export const allTargets = (stack: Stack): readonly string[] => serversOf(partsOf(stack)).map(({ name }) => name).filter((name) => !aside.has(name))

/** Runs or continues a campaign; answers its last state, which is also on disk. Throws only where it cannot be begun. */
export async function runCampaign(stack: Stack, options: CampaignOptions): Promise<Campaign> {
  const { folder, round = 10, signal, onProgress = () => {} } = options
  mkdirSync(folder, { recursive: true })
  const kafka = createKafka(stack.endpoints.kafka.brokers, 'cdlc-chaos')
  const journal = openJournal(join(folder, 'writes.jsonl'))
  let campaign = await begun(stack, options, kafka)
  const { run, rate, seed, targets } = campaign
  const servers = serversOf(partsOf(stack))
  const subject: Subject = { endpoints: stack.endpoints, ledger: journal.ledger, tales: openTales(stack.endpoints, kafka, `cdlc-chaos-${run}`), run }
  let load: Load | undefined
  let since = performance.now()
  const before = campaign.writes.reads
  const change = (fields: Partial<Campaign>): void => {
    const took_ms = campaign.took_ms + Math.round(performance.now() - since)
    since = performance.now()
    campaign = { ...campaign, ...fields, took_ms, writes: { ...journal.ledger.counts(), reads: before + (load?.read() ?? 0) } }
    saveCampaign(folder, campaign)
  }
  try {
    load = await startLoad(stack.endpoints, { ledger: journal.ledger, rate, seed: seed + campaign.strikes, run })
    const plan = schedule(seed, targets)
    for (let done = 0; done < campaign.strikes; done++) plan.next()
    for (let unverified = 0; campaign.kills.length < options.kills && signal?.aborted !== true;) {
      const planned = trimmed(plan.next().value, options.kills - campaign.kills.length)
      change(await struck(stack, servers, planned, campaign, load))
      onProgress(told(campaign, planned))
      unverified += killsOf(planned)
      if (unverified < round && campaign.kills.length < options.kills) continue
      unverified = 0
      // what a start takes without a crash before it, measured in turn and under the same load
      const target = targets[campaign.restarts.length % targets.length] ?? ''
      change({ restarts: [...campaign.restarts, { at: now(), target, back_ms: await restart(stack, servers, target) }] })
      change(await looked(campaign, subject, load, kafka, onProgress))
      if (campaign.verdict === 'broken') break
      if (campaign.kills.length < options.kills) load.resume()
    }
    await load.stop()
    if (campaign.verdict !== 'broken' && campaign.kills.length >= options.kills) change({ verdict: 'clean' })
  } catch (cause) {
    change({ verdict: 'broken', problem: messages(cause) })
    await load?.stop().catch(() => {})
    change({ evidence: await keepEvidence(stack, folder, campaign, cause) })
  } finally {
    journal.close()
    await kafka.close()
  }
  if (campaign.verdict === 'broken' && campaign.evidence === undefined) change({ evidence: await keepEvidence(stack, folder, campaign, undefined) })
  return campaign
}

const now = (): string => new Date().toISOString()
const messages = (error: unknown): string => (error instanceof Error ? `${error.message}${error.cause === undefined ? '' : `: ${messages(error.cause)}`}` : String(error))

/** The state to begin with: a new one, or the one on disk. */
async function begun(stack: Stack, options: CampaignOptions, kafka: KafkaClient): Promise<Campaign> {
  const { folder, resume = false } = options
  const old = loadCampaign(folder)
  if (old !== undefined && !resume) throw new Error(`beginning a campaign in '${folder}': there is one of seed ${old.seed} with ${old.kills.length} kills; go on with --resume, or choose another seed`)
  if (old === undefined && resume) throw new Error(`continuing the campaign in '${folder}': there is none`)
  return old === undefined ? await begin(stack, options, kafka) : continued(old, options)
}

async function begin(stack: Stack, { seed, kills, rate = 25, targets = allTargets(stack) }: CampaignOptions, kafka: KafkaClient): Promise<Campaign> {
  const unknown = targets.filter((name) => !serversOf(partsOf(stack)).some((server) => server.name === name))
  if (unknown.length > 0) throw new Error(`beginning a campaign: there is no server '${unknown.join("', '")}'`)
  const letters = await deadLetters(kafka)
  return {
    seed, run: randomUUID().slice(0, 8), targets, rate, machine: machine(), sessions: [{ at: now(), kills: 0 }], took_ms: 0, wanted: kills, strikes: 0,
    kills: [], restarts: [], rounds: [], writes: { acknowledged: 0, refused: 0, cut_off: 0, reads: 0 }, dead_letters: { before: letters, now: letters }, verdict: 'unfinished',
  }
}

/** What broke was mended, or is found again. */
function continued({ problem: _problem, differences: _differences, evidence: _evidence, ...old }: Campaign, { kills, rate = old.rate, targets = old.targets }: CampaignOptions): Campaign {
  if (targets.join() !== old.targets.join()) {
    throw new Error(`continuing the campaign of seed ${old.seed}: it kills ${old.targets.join(', ')}, and would be another one with ${targets.join(', ')}`)
  }
  return { ...old, rate, wanted: kills, verdict: 'unfinished', sessions: [...old.sessions, { at: now(), kills: old.kills.length }] }
}

async function struck(stack: Stack, servers: readonly Server[], planned: Strike, { kills, strikes }: Campaign, load: Load): Promise<Partial<Campaign>> {
  await delay(planned.pause_ms)
  load.silence()
  const at = now()
  const fallen = await strike(stack, servers, planned)
  const silence_ms = Math.round(load.silence())
  return { strikes: strikes + 1, kills: [...kills, ...fallen.map((one) => ({ at, ...one, silence_ms }))] }
}

/** A round's end: everything is compared, while the load rests. */
async function looked(campaign: Campaign, subject: Subject, load: Load, kafka: KafkaClient, onProgress: (text: string) => void): Promise<Partial<Campaign>> {
  const from = performance.now()
  await load.pause()
  const { differences, views, rows } = await patiently(() => check(subject, patience_ms))
  const letters = await deadLetters(kafka)
  const more: readonly Difference[] = letters > campaign.dead_letters.before
    ? [{ where: 'dlq', what: 'unknown', row: 'dead letters of the views', expected: campaign.dead_letters.before, actual: letters }] : []
  const all = [...differences, ...more]
  const took_ms = Math.round(performance.now() - from)
  const round = { at: now(), kills: campaign.kills.length, took_ms, views, rows, ...subject.tales.counts() }
  const dead_letters = { before: campaign.dead_letters.before, now: letters }
  onProgress(`round ${campaign.rounds.length + 1}: ${all.length === 0 ? 'clean' : 'BROKEN'}; ${views} views, ${rows.toLocaleString('en-US')} rows in ${(took_ms / 1_000).toFixed(1)} s`)
  if (all.length > 0) return { dead_letters, differences: all, verdict: 'broken', problem: `after ${campaign.kills.length} kills ${all.length} rows differ, first ${all[0]?.where} ${all[0]?.row}` }
  return { dead_letters, rounds: [...campaign.rounds, round] }
}

/** Looks once more where looking itself failed: a server that answers its probe may still refuse a query or two. */
async function patiently<T>(look: () => Promise<T>): Promise<T> {
  for (const deadline = Date.now() + patience_ms; ;) {
    try {
      return await look()
    } catch (cause) {
      if (Date.now() > deadline) throw cause
      await delay(1_000)
    }
  }
}

/** Records in the dead-letter topics of all views. */
async function deadLetters(kafka: KafkaClient): Promise<number> {
  const there = new Set(await kafka.topics())
  const own = (await viewsNamed([])).map(deadLetterTopic).filter((topic) => there.has(topic))
  const ranges = await Promise.all(own.map((topic) => kafka.offsets(topic)))
  return ranges.flat().reduce((sum, { low, high }) => sum + high - low, 0)
}

function told({ kills, wanted, writes }: Campaign, planned: Strike): string {
  const last = kills.slice(-killsOf(planned)).map(({ target, how, back_ms }) => `${target}${how === 'recovering' ? ' again' : ''}${back_ms === null ? '' : ` ${(back_ms / 1_000).toFixed(1)} s`}`)
  return `${kills.length} of ${wanted}: ${last.join(', ')}; ${writes.acknowledged.toLocaleString('en-US')} writes acknowledged, ${writes.refused + writes.cut_off} not`
}
