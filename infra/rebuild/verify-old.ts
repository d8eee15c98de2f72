/**
 * Holds a new build against the old one, row by row, while both go on.
 *
 * Rows are compared after both builds have passed one point of the topics. What differs then may only have been read at two moments, so it is
 * read again, each time after both have passed a newer point: rows that are once seen equal are equal; a row that stays as it was on both
 * sides, and different, through several points is different. A record that one side had applied and the other had not would have shown.
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
  /** Rows that differed at first, and were looked at again. */
  readonly looked_at_again: number
  readonly differences_total: number
  /** The first of them: `expected` as the old build or MySQL has it, `actual` as the new build does. */
  readonly differences: readonly Difference[]
  /** Rows that never stood still for long enough to be judged. */
  readonly unsettled: number
}

export interface OldAndNew {
  readonly view: View
  readonly old: Pick<ViewStore, 'scan' | 'read'>
  readonly fresh: Pick<ViewStore, 'scan' | 'read'>
  /** Of the view's topics. */
  readonly partitions: number
  /** Resolves when both builds have applied all that is in the topics now. */
  readonly pass: () => Promise<void>
  /** Points that are passed before a row that keeps changing is given up. */
  readonly rounds?: number
  readonly onProgress?: (rows: number, suspects: number) => void
}

const MAX_SHOWN = 20
/** Points through which a row stays as it was before it counts as different. */
const STILL = 2
const ROUNDS = 40
const TELL_EVERY = 10_000

interface Suspect { readonly ref: RowRef; before: string; still: number }

/** Reads both stores as a whole, then the rows that differ until each is settled. */
export async function compareWithOld({ view, old, fresh, partitions, pass, rounds = ROUNDS, onProgress }: OldAndNew): Promise<BuildVerdict> {
  await pass()
  const { rows, suspects } = await differing(view, old, fresh, (count, found) => onProgress?.(count, found))
  const looked_at_again = suspects.size
  for (let round = 0; round < rounds && [...suspects.values()].some(({ still }) => still < STILL); round++) {
    if (round > 0) await pass()
    await settle(view, suspects, old, fresh, partitions)
    onProgress?.(rows, suspects.size)
  }
  const proven = [...suspects.values()].filter(({ still }) => still >= STILL)
  const shown = proven.slice(0, MAX_SHOWN).map(({ ref }) => ref)
  const [expected, actual] = await Promise.all([readAgain(view, old, shown, partitions), readAgain(view, fresh, shown, partitions)])
  return {
    against: 'old', rows, looked_at_again, differences_total: proven.length, unsettled: suspects.size - proven.length,
    differences: shown.map(({ row, id }) => ({ row, id, expected: expected.get(cellOf(row, id)), actual: actual.get(cellOf(row, id)) })),
  }
}

/** Rows that one store has otherwise than the other, or alone. */
async function differing(view: View, old: OldAndNew['old'], fresh: OldAndNew['fresh'], tell: (rows: number, suspects: number) => void): Promise<{ readonly rows: number; readonly suspects: Map<string, Suspect> }> {
  const digests = new Map<string, string>()
  const suspects = new Map<string, Suspect>()
  const suspect = (cell: string, ref: RowRef): void => { suspects.set(cell, { ref, before: '', still: -1 }) }
  let rows = 0
  for await (const { cell, value } of rowsOf(view, old)) {
    digests.set(cell, digest(value))
    if (++rows % TELL_EVERY === 0) tell(rows, 0)
  }
  for await (const { cell, ref, value } of rowsOf(view, fresh)) {
    if (digests.get(cell) !== digest(value)) suspect(cell, ref)
    if (!digests.delete(cell)) rows++
  }
  // only digests were kept: the keys of rows that the new build lacks are read once more
  if (digests.size > 0) for await (const { cell, ref } of rowsOf(view, old)) if (digests.has(cell)) suspect(cell, ref)
  tell(rows, suspects.size)
  return { rows, suspects }
}

/** Reads the suspects again; those seen equal are suspects no more. */
async function settle(view: View, suspects: Map<string, Suspect>, old: OldAndNew['old'], fresh: OldAndNew['fresh'], partitions: number): Promise<void> {
  const refs = [...suspects.values()].map(({ ref }) => ref)
  const [before, after] = await Promise.all([readAgain(view, old, refs, partitions), readAgain(view, fresh, refs, partitions)])
  for (const [cell, suspect] of suspects) {
    const [left, right] = [digest(before.get(cell)), digest(after.get(cell))]
    if (left === right) { suspects.delete(cell); continue }
    const now = `${left}/${right}`
    suspect.still = now === suspect.before ? suspect.still + 1 : 0
    suspect.before = now
  }
}
