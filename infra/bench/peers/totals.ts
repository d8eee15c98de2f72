/** The aggregation that peers are compared in, as plain data: what each must come to. */
import { ratings } from '../ratings-topic.ts'

export interface TitleRow { readonly title_id: string; readonly count: number; readonly sum_half_stars: number; readonly mean_stars: number }

/** Count and mean of each title's current ratings, from the same generator that filled the topic. */
export function expectedRows(records: number, seed: number): ReadonlyMap<string, TitleRow> {
  const rows = new Map<string, TitleRow>()
  for (const { before, after: { title_id, half_stars } } of ratings(records, seed)) {
    const old = rows.get(title_id)
    const count = (old?.count ?? 0) + (before === null ? 1 : 0)
    const sum_half_stars = (old?.sum_half_stars ?? 0) + half_stars - (before?.half_stars ?? 0)
    rows.set(title_id, { title_id, count, sum_half_stars, mean_stars: sum_half_stars / count / 2 })
  }
  return rows
}

/** How many titles a contestant has wrong, lacks, or has too many. */
export function wrongRows(expected: ReadonlyMap<string, TitleRow>, found: readonly TitleRow[]): number {
  const right = found.filter((row) => {
    const want = expected.get(row.title_id)
    return want !== undefined && row.count === want.count && row.sum_half_stars === want.sum_half_stars && row.mean_stars === want.mean_stars
  })
  const distinct = new Set(right.map((row) => row.title_id)).size
  return found.length - distinct + expected.size - distinct
}
