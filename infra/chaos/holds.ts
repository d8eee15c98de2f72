/** Holds the ledger against MySQL's rows and against what the topics tell: pure comparisons. */
import type { Kind, Known, Ledger } from './ledger.ts'
import type { Expected } from './told.ts'

export interface Row { readonly value: string | number; readonly version: number }
/** What a topic tells of one row: the versions it was written in, those it was removed at, and what it came to. */
export interface Told {
  readonly written: Set<number>
  readonly removed: Set<number>
  last: { readonly version: number; readonly removed: boolean }
  /** A version that two events tell of, each with an id of its own: what was done once was told twice. */
  twice?: number
}

/** What one record of a topic says; of an event with the id that is its own, however often it is delivered. */
export interface Word { readonly id: string; readonly version: number; readonly removed: boolean; readonly event_id?: string }
/** A topic's rows as told so far, and the event that told of each of their states first. */
export interface Heard { readonly rows: Map<string, Told>; readonly first: Map<string, string> }

/** Takes in a record; answers whether it repeats what was told. */
export function hear({ rows, first }: Heard, { id, version, removed, event_id }: Word): boolean {
  const tale: Told = rows.get(id) ?? { written: new Set(), removed: new Set(), last: { version, removed } }
  const versions = removed ? tale.removed : tale.written
  const repeats = versions.has(version)
  versions.add(version)
  if (event_id !== undefined) {
    const state = `${id} ${version} ${removed}`
    if ((first.get(state) ?? event_id) !== event_id) tale.twice = version
    first.set(state, event_id)
  }
  tale.last = { version, removed }
  rows.set(id, tale)
  return repeats
}

/** `lost`: acknowledged and not there. `unknown`: there, and neither acknowledged nor tried. `other`: there with another value or version. */
export interface Difference {
  readonly where: string
  readonly what: 'lost' | 'unknown' | 'other'
  readonly row: string
  readonly expected: unknown
  readonly actual: unknown
}

/** Rows of MySQL that are not what the ledger says; `rows` are all that the load can have written. */
export function againstTable(kind: Kind, ledger: Pick<Ledger, 'known'>, rows: ReadonlyMap<string, Row>): readonly Difference[] {
  const known = ledger.known(kind)
  const differences: Difference[] = []
  for (const [id, expected] of known) {
    const actual = rows.get(id)
    if (!permits(expected, actual)) differences.push({ where: 'mysql', what: actual === undefined ? 'lost' : 'other', row: `${kind} ${id}`, expected, actual })
  }
  for (const [id, actual] of rows) if (!known.has(id)) differences.push({ where: 'mysql', what: 'unknown', row: `${kind} ${id}`, expected: undefined, actual })
  return differences
}

function permits({ acknowledged, tried }: Known, row: Row | undefined): boolean {
  if (row === undefined) return acknowledged === undefined || acknowledged.value === null || tried.includes(null)
  if (row.value === acknowledged?.value && row.version === acknowledged.version) return true
  return tried.includes(row.value) && row.version > (acknowledged?.version ?? 0)
}

/** Acknowledged writes that a topic does not tell of, unless it promises the last state alone, and rows that it leaves otherwise than MySQL has them. */
export function againstTopic(
  { topic, tellsAll }: { readonly topic: string; readonly tellsAll: boolean }, kind: Kind, ledger: Pick<Ledger, 'known' | 'acknowledged'>, told: ReadonlyMap<string, Told>,
  rows: ReadonlyMap<string, Row>,
): readonly Difference[] {
  const differences: Difference[] = (tellsAll ? ledger.acknowledged(kind) : []).flatMap((write): Difference[] => {
    const tale = told.get(write.id)
    const there = write.value === null ? tale?.removed.has(write.version) : tale?.written.has(write.version)
    return there === true ? [] : [{ where: topic, what: 'lost', row: write.id, expected: write, actual: tale?.last }]
  })
  for (const id of ledger.known(kind).keys()) {
    const row = rows.get(id)
    const last = told.get(id)?.last
    const same = row === undefined ? last?.removed ?? true : last?.removed === false && last.version === row.version
    if (!same) differences.push({ where: topic, what: 'other', row: id, expected: row ?? 'no row', actual: last })
  }
  return differences
}

/** What a topic of events does not tell of acknowledged writes, tells twice, or leaves otherwise than the rows are. */
export function againstEvents(topic: string, { told: expected, stands }: Expected, told: ReadonlyMap<string, Told>): readonly Difference[] {
  const lost = expected.flatMap((write): Difference[] =>
    (told.get(write.id)?.written.has(write.version) === true ? [] : [{ where: topic, what: 'lost', row: write.id, expected: write, actual: told.get(write.id)?.last }]))
  const twice = [...new Set([...expected.map(({ id }) => id), ...stands.keys()])].flatMap((id): Difference[] => {
    const version = told.get(id)?.twice
    return version === undefined ? [] : [{ where: topic, what: 'unknown', row: id, expected: 'one event', actual: `two of version ${version}` }]
  })
  const other = [...stands].flatMap(([id, is]): Difference[] => {
    const last = told.get(id)?.last
    return is === !(last?.removed ?? true) ? [] : [{ where: topic, what: 'other', row: id, expected: is ? 'told' : 'withdrawn, or never told', actual: last }]
  })
  return [...lost, ...twice, ...other]
}
