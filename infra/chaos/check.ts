/** One look at everything: MySQL, the topics and the views against what the load was promised, while nothing is written. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { topicSpec } from '@cdlc/schemas/topics.ts'
import type { Verdict } from '@cdlc/streams/runtime/verify.ts'
import { openTables, type Tables } from '../verify/tables.ts'
import { verifyViews } from '../verify/verify.ts'
import { againstEvents, againstTable, againstTopic, type Difference, type Row } from './holds.ts'
import { kindSpecs, tellsAll, versionSql } from './kinds.ts'
import { type Kind, kinds, type Ledger } from './ledger.ts'
import { eventTopics, type Tales } from './tales.ts'
import { activityOf, notificationsOf, titlesTold } from './told.ts'
import { namesLike } from './writer.ts'

export interface Checked {
  readonly differences: readonly Difference[]
  readonly views: number
  /** Rows of MySQL and of views that were compared. */
  readonly rows: number
}
export interface Subject {
  readonly endpoints: Endpoints
  readonly ledger: Ledger
  readonly tales: Tales
  /** Marks what the load wrote. */
  readonly run: string
}

const every_ms = 200
const shown = 20

async function rowsOf(tables: Tables, kind: Kind, { ledger, run }: Subject): Promise<ReadonlyMap<string, Row>> {
  const spec = kindSpecs[kind]
  const { database, table, primary_key = [] } = topicSpec(spec.topic)
  // never an empty list, which SQL has no word for
  const written = spec.own.includes(':names') ? [namesLike(run)] : ['', ...new Set(ledger.acknowledged('account').map(({ id }) => id))]
  const own = spec.own.replace(/:\w+/, written.map(() => '?').join(', '))
  const rows = await tables.query<Row & { readonly id: string }>(
    `SELECT concat_ws('.', ${primary_key.join(', ')}) AS id, ${spec.value} AS value, ${versionSql(spec)} AS version FROM \`${database}\`.\`${table}\` WHERE ${own}`, written)
  return new Map(rows.map((row) => [row.id, row]))
}

/** MySQL, which is the truth at once, and topics, which have until `deadline` (ms since the epoch) to come to it. */
export async function checkWritten(subject: Subject, deadline: number): Promise<Omit<Checked, 'views'>> {
  const { endpoints, ledger, tales } = subject
  const tables = await openTables(endpoints)
  const rows = new Map<Kind, ReadonlyMap<string, Row>>()
  try {
    for (const kind of kinds) rows.set(kind, await rowsOf(tables, kind, subject))
  } finally {
    await tables.close()
  }
  const held = (kind: Kind): ReadonlyMap<string, Row> => rows.get(kind) ?? new Map<string, Row>()
  const inTables = kinds.flatMap((kind) => againstTable(kind, ledger, held(kind)))
  const topicsDiffer = (): readonly Difference[] => [
    ...kinds.flatMap((kind) => againstTopic({ topic: kindSpecs[kind].topic, tellsAll: tellsAll(kindSpecs[kind]) }, kind, ledger, tales.of(kindSpecs[kind].topic), held(kind))),
    ...againstEvents(eventTopics.titles, titlesTold(ledger), tales.of(eventTopics.titles)),
    ...againstEvents(eventTopics.activity, activityOf(ledger, held), tales.of(eventTopics.activity)),
    ...againstEvents(eventTopics.notifications, notificationsOf(ledger, held), tales.of(eventTopics.notifications)),
  ]
  const inTopics = await tales.during(async () => {
    for (;;) {
      const differences = topicsDiffer()
      if (differences.length === 0 || Date.now() > deadline) return differences
      await delay(every_ms)
    }
  })
  return { differences: [...inTables.slice(0, shown), ...inTopics.slice(0, shown)], rows: kinds.reduce((sum, kind) => sum + held(kind).size, 0) }
}

/** Everything; topics and views have `patience_ms` to come to what MySQL holds. */
export async function check(subject: Subject, patience_ms: number): Promise<Checked> {
  const { endpoints } = subject
  const deadline = Date.now() + patience_ms
  const written = await checkWritten(subject, deadline)
  const verdicts = await verifyViews(endpoints, { patience_ms: Math.max(0, deadline - Date.now()) })
  return {
    differences: [...written.differences, ...verdicts.flatMap(inView), ...await unwell(endpoints, deadline)],
    views: verdicts.length,
    rows: written.rows + verdicts.reduce((sum, verdict) => sum + Object.values(verdict.rows).reduce((a, b) => a + b, 0), 0),
  }
}

const inView = ({ view, differences }: Verdict): readonly Difference[] => differences.map(({ row, id, expected, actual }) => ({
  where: `view ${view}`, what: actual === undefined ? 'lost' as const : expected === undefined ? 'unknown' as const : 'other' as const, row: `${row} ${id}`, expected, actual,
}))

/** Views that do not run, once all else is right: a partition that was given up may hold what nobody happened to ask for. */
async function unwell(endpoints: Endpoints, deadline: number): Promise<readonly Difference[]> {
  for (;;) {
    const views = await fetch(`http://127.0.0.1:${endpoints.port('workers')}/views`, { signal: AbortSignal.timeout(10_000) })
      .then(async (response) => await response.json() as readonly { readonly name: string; readonly state: string }[], () => [])
    const other = views.filter(({ state }) => state !== 'running')
    if (views.length > 0 && other.length === 0) return []
    if (Date.now() > deadline) {
      return views.length === 0 ? [{ where: 'workers', what: 'lost', row: 'GET /views', expected: 'an answer', actual: undefined }]
        : other.map(({ name, state }) => ({ where: 'workers', what: 'other' as const, row: `view ${name}`, expected: 'running', actual: state }))
    }
    await delay(every_ms)
  }
}
