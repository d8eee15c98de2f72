/** `cdlc views list`: every view with its builds, store, state, lag and pace, the worst first. */
import { deadLetterTopic } from '@cdlc/streams/runtime/dead-letter.ts'
import type { Entry } from '@cdlc/streams/runtime/editions.ts'
import { createKafka, type KafkaClient } from '@cdlc/streams/runtime/kafka.ts'
import { deadLettersOf } from '@cdlc/streams/runtime/redrive.ts'
import { views as allViews } from '@cdlc/streams/runtime/registry.ts'
import type { View } from '@cdlc/streams/runtime/view.ts'
import type { Command } from 'commander'
import { setTimeout as delay } from 'node:timers/promises'
import { styleText } from 'node:util'
import { stackFrom } from '../local/stack.ts'
import { orphans } from '../rebuild/drop.ts'
import { type EditionLine, isWell, shownViews, type ViewLine, worstFirst } from './views-show.ts'

interface Options { readonly json?: boolean; readonly watch?: true | string }

/** Between the two looks that a rate takes (ms). */
const GLANCE_MS = 500
/** Dead letters are read from Kafka, which takes longer than the rest: not at every look (ms). */
const DEAD_LETTERS_EVERY_MS = 10_000
const PATIENCE_MS = 5_000

/** Adds `list` to the command `views`. */
export function registerList(command: Command): void {
  command.command('list').description('every view, the worst first: builds, store, state, lag, pace, dead letters; exit 1 unless all are well')
    .option('--json').option('--watch [seconds]', 'look again and again, every 2 seconds unless told otherwise')
    .action(async (options: Options) => {
      const { endpoints } = stackFrom(process.env)
      const kafka = createKafka(endpoints.kafka.brokers, 'cdlc-views')
      try {
        await list(`http://127.0.0.1:${endpoints.port('workers')}`, kafka, options)
      } finally {
        await kafka.close()
      }
    })
}

async function list(url: string, kafka: KafkaClient, { json = false, watch }: Options): Promise<void> {
  const every_ms = watch === undefined ? GLANCE_MS : 1_000 * Number(watch === true ? 2 : watch)
  if (!(every_ms >= 100)) throw new Error(`reading --watch: '${String(watch)}' is not a number of seconds from 0.1`)
  const views = await allViews()
  const deadLetters = pendingOf(kafka, views)
  let before = await look(url)
  for (;;) {
    const [, pending] = await Promise.all([delay(every_ms), deadLetters()])
    const now = await look(url)
    const lines = [...linesOf(views, before, now, pending), ...orphanLines(now.book, views)]
    print(lines, json, watch !== undefined)
    process.exitCode = lines.every(isWell) ? 0 : 1
    if (watch === undefined) return
    before = now
  }
}

function print(lines: readonly ViewLine[], json: boolean, again: boolean): void {
  if (json) return void process.stdout.write(`${JSON.stringify(worstFirst(lines))}\n`)
  const home = again && process.stdout.isTTY ? '\u001b[H\u001b[J' : ''
  process.stdout.write(`${home}${shownViews(lines, Date.now(), (style, text) => styleText(style, text, { stream: process.stdout }))}\n`)
}

interface Look { readonly at: number; readonly editions: readonly EditionLine[]; readonly book: readonly Entry[] }

/** What the workers say; nothing where none answers. */
async function look(url: string): Promise<Look> {
  const ask = async <T>(path: string): Promise<readonly T[]> => {
    const response = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(PATIENCE_MS) }).catch(() => undefined)
    return response?.ok === true ? await response.json() as readonly T[] : []
  }
  const [editions, book] = await Promise.all([ask<EditionLine>('/views'), ask<Entry>('/editions')])
  return { at: performance.now(), editions, book }
}

/** Versions that have rows somewhere, and that no code defines. */
export const orphanLines = (book: readonly Entry[], views: readonly Pick<View, 'name' | 'version'>[]): readonly ViewLine[] => orphans(book, views).map((builds) => ({
  name: builds.view, version: builds.version, build: builds.live ?? builds.last_build, role: builds.live === null ? 'dropping' : 'live', store: builds.store, state: 'orphaned',
  lag_records: null, lag_seconds: null, records_per_second: null, dead_letters_pending: null, others: [],
  problem: `no code defines it: cdlc views drop ${builds.view} --version ${builds.version}`,
}))

/** One line per view: the edition that is read, with the pace of it since the look before; a view that no worker speaks of is down. */
export function linesOf(views: readonly Pick<View, 'name' | 'version' | 'store'>[], before: Omit<Look, 'book'>, now: Omit<Look, 'book'>, pending: ReadonlyMap<string, number | null>): readonly ViewLine[] {
  return views.map(({ name, version, store }): ViewLine => {
    const editions = now.editions.filter((edition) => edition.name === name)
    const main = editions.find(({ role }) => role === 'live') ?? editions[0]
      ?? { name, version, build: 0, role: 'live', store, state: 'down', lag_records: null, lag_seconds: null, problem: 'no worker speaks of it' }
    const earlier = before.editions.find((edition) => edition.name === name && edition.version === main.version && edition.build === main.build)
    const records = (main.records_total ?? NaN) - (earlier?.records_total ?? NaN)
    return {
      ...main, others: editions.filter((edition) => edition !== main), dead_letters_pending: pending.get(name) ?? null,
      // it counts from 0 again after a restart
      records_per_second: records >= 0 ? 1_000 * records / (now.at - before.at) : null,
    }
  })
}

/** Dead letters that nobody has answered, by view; null where Kafka does not say in time. Asked again after a while only. */
function pendingOf(kafka: KafkaClient, views: readonly View[]): () => Promise<ReadonlyMap<string, number | null>> {
  let known: Promise<ReadonlyMap<string, number | null>> | undefined
  let asked_at = 0
  const ask = async (): Promise<ReadonlyMap<string, number | null>> => {
    const topics = new Set(await kafka.topics())
    return new Map(await Promise.all(views.map(async (view): Promise<[string, number]> => {
      const topic = deadLetterTopic(view)
      const empty = !topics.has(topic) || (await kafka.offsets(topic)).every(({ low, high }) => low === high)
      return [view.name, empty ? 0 : (await deadLettersOf(kafka, view)).filter(({ state }) => state === 'pending').length]
    })))
  }
  return () => {
    if (known === undefined || performance.now() - asked_at > DEAD_LETTERS_EVERY_MS) {
      asked_at = performance.now()
      const unknown = new Map(views.map((view) => [view.name, null]))
      known = Promise.race([ask().catch(() => unknown), delay(PATIENCE_MS, unknown, { ref: false })])
    }
    return known
  }
}
