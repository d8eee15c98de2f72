/** Holds the ledger against MySQL's rows and against what the topics tell: pure comparisons. */
import type { Acknowledged, Kind, Known, Ledger } from './ledger.ts'

export interface Row { readonly value: string | number; readonly version: number }
/** What a topic tells of one row: the versions it was written in, those it was removed at, and what it came to. */
export interface Told { readonly written: Set<number>; readonly removed: Set<number>; last: { readonly version: number; readonly removed: boolean } }

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

/** Acknowledged writes that a topic does not tell of, and rows that it leaves otherwise than MySQL has them. */
export function againstTopic(
  topic: string, kind: Kind, ledger: Pick<Ledger, 'known' | 'acknowledged'>, told: ReadonlyMap<string, Told>, rows: ReadonlyMap<string, Row>,
): readonly Difference[] {
  const differences: Difference[] = ledger.acknowledged(kind).flatMap((write): Difference[] => {
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

/** Acknowledged versions that a topic of events does not tell of. */
export const againstEvents = (topic: string, acknowledged: readonly Acknowledged[], told: ReadonlyMap<string, Told>): readonly Difference[] =>
  acknowledged.flatMap((write) => (told.get(write.id)?.written.has(write.version) === true ? []
    : [{ where: topic, what: 'lost' as const, row: write.id, expected: write, actual: undefined }]))
