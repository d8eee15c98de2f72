/**
 * Holds a new build against the old one, row by row, while both go on.
 *
 * Two reads at two moments say little: a count that is one short equals one that is one record behind. So the new build's row is read between
 * two reads of the old one's, and between the reads both builds pass what is in the topics then. The old build stood before the new one at the
 * first read and not before it at the last: where its row is the same at both, that is what the row was where the new build stood.
 * Rows that change meanwhile are read again, round after round.
 */
import { cellOf } from '@cdlc/streams/runtime/fold.ts'
import type { RowRef, ViewStore } from '@cdlc/streams/runtime/store.ts'
import type { Difference } from '@cdlc/streams/runtime/verify.ts'
import type { View } from '@cdlc/streams/runtime/view.ts'
import { digest, readAgain, rowsOf } from './rows.ts'

export interface BuildVerdict {
  readonly against: 'old' | 'tables'
  /** Rows that were held against each other. */
  readonly rows: number
  /** Rows that differed at first, or changed while they were read, and were looked at again. */
  readonly looked_at_again: number
  readonly differences_total: number
  /** The first of them: `expected` as the old build or MySQL has it, `actual` as the new build does. */
  readonly differences: readonly Difference[]
  /** Rows that changed in every round, but were once seen equal: as good as can be said of them. */
  readonly restless: number
}

export interface OldAndNew {
  readonly view: View
  readonly old: Pick<ViewStore, 'scan' | 'read'>
  readonly fresh: Pick<ViewStore, 'scan' | 'read'>
  /** Of the view's topics. */
  readonly partitions: number
  /** Resolves when both builds have applied all that is in the topics now. */
  readonly pass: () => Promise<void>
  /** Rounds after which a row that keeps changing is given up. */
  readonly rounds?: number
  readonly onProgress?: (rows: number, suspects: number) => void
}

const MAX_SHOWN = 20
/** Rounds in a row that find the same difference before it counts: a row may have changed and changed back in one of them. */
const CONFIRMED = 2
const ROUNDS = 30
const TELL_EVERY = 10_000

interface Suspect { readonly ref: RowRef; pair: string; confirmed: number; equalOnce: boolean }

/** Reads both stores as a whole, then the rows that differ until each is settled. */
export async function compareWithOld(options: OldAndNew): Promise<BuildVerdict> {
  const { view, old, fresh, partitions, rounds = ROUNDS, onProgress } = options
  const { rows, suspects } = await scan(options)
  const looked_at_again = suspects.size
  for (let round = 0; round < rounds && [...suspects.values()].some(({ confirmed }) => confirmed < CONFIRMED); round++) {
    await settle(options, suspects)
    onProgress?.(rows, suspects.size)
  }
  const restless = [...suspects.values()].filter(({ confirmed, equalOnce }) => confirmed < CONFIRMED && equalOnce)
  const different = [...suspects.values()].filter((suspect) => !restless.includes(suspect)).map(({ ref }) => ref)
  const shown = different.slice(0, MAX_SHOWN)
  const [expected, actual] = await Promise.all([readAgain(view, old, shown, partitions), readAgain(view, fresh, shown, partitions)])
  return {
    against: 'old', rows, looked_at_again, differences_total: different.length, restless: restless.length,
    differences: shown.map(({ row, id }) => ({ row, id, expected: expected.get(cellOf(row, id)), actual: actual.get(cellOf(row, id)) })),
  }
}

/** Rows that are not the same in the old build, then in the new one, then in the old one again. */
async function scan({ view, old, fresh, pass, onProgress }: OldAndNew): Promise<{ readonly rows: number; readonly suspects: Map<string, Suspect> }> {
  /** Of the old build's rows; those that the new build has alike are marked with a `=`. */
  const digests = new Map<string, string>()
  const suspects = new Map<string, Suspect>()
  const suspect = (cell: string, ref: RowRef): void => { suspects.set(cell, { ref, pair: '', confirmed: 0, equalOnce: false }) }
  let read = 0
  const tell = (): void => { if (++read % TELL_EVERY === 0) onProgress?.(digests.size, suspects.size) }
  await pass()
  for await (const { cell, value } of rowsOf(view, old)) {
    digests.set(cell, digest(value))
    tell()
  }
  await pass()
  for await (const { cell, ref, value } of rowsOf(view, fresh)) {
    const now = digest(value)
    if (digests.get(cell) === now) digests.set(cell, `=${now}`)
    else suspect(cell, ref)
    tell()
  }
  await pass()
  const rows = new Set([...digests.keys(), ...suspects.keys()]).size
  for await (const { cell, ref, value } of rowsOf(view, old)) {
    if (digests.get(cell) !== `=${digest(value)}`) suspect(cell, ref)
    digests.delete(cell)
    tell()
  }
  // gone from the old build since it was first read: only digests were kept, so their keys are read once more, from where they may still be
  if ([...digests.keys()].some((cell) => !suspects.has(cell))) for await (const { cell, ref } of rowsOf(view, fresh)) if (digests.has(cell)) suspect(cell, ref)
  onProgress?.(rows, suspects.size)
  return { rows, suspects }
}

/** One round: what is seen equal is suspected no more. */
async function settle({ view, old, fresh, partitions, pass }: OldAndNew, suspects: Map<string, Suspect>): Promise<void> {
  const refs = [...suspects.values()].map(({ ref }) => ref)
  const before = await readAgain(view, old, refs, partitions)
  await pass()
  const [between, beside] = await Promise.all([readAgain(view, fresh, refs, partitions), readAgain(view, old, refs, partitions)])
  await pass()
  const after = await readAgain(view, old, refs, partitions)
  for (const [cell, suspect] of suspects) {
    const [first, now, last] = [digest(before.get(cell)), digest(between.get(cell)), digest(after.get(cell))]
    if (first === now && now === last) suspects.delete(cell)
    suspect.equalOnce ||= now === first || now === last || now === digest(beside.get(cell))
    const pair = `${first}/${now}`
    suspect.confirmed = first !== last ? 0 : pair === suspect.pair ? suspect.confirmed + 1 : 1
    suspect.pair = pair
  }
}
