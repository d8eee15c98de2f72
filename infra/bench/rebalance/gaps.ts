/** How long partitions stood still. Pure. */

/** A flush of a partition, by whichever worker; `at` is ms since the epoch. */
export interface Flushed { readonly partition: number; readonly at: number }

/** The longest time between two flushes of one partition that follow each other, of those times that touch [`from`, `to`]. */
export function longestGap(flushes: readonly Flushed[], from: number, to: number): number {
  let longest = 0
  for (const own of Map.groupBy(flushes, (flush) => flush.partition).values()) {
    const times = own.map((flush) => flush.at).sort((a, b) => a - b)
    for (const [place, at] of times.entries()) {
      const before = times[place - 1]
      if (before !== undefined && at >= from && before <= to) longest = Math.max(longest, at - before)
    }
  }
  return longest
}
