/**
 * Rounds in which every contestant takes its turn, in an order shuffled anew each round: what disturbs the machine for a while disturbs
 * all of them. Ratios are taken within a round.
 */

/** Numbers in [0, 1), the same for the same seed (mulberry32, by Tommy Ettinger). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = state + 0x6d2b79f5 >>> 0
    let mixed = Math.imul(state ^ state >>> 15, state | 1)
    mixed ^= mixed + Math.imul(mixed ^ mixed >>> 7, mixed | 61)
    return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32
  }
}

/** A copy in random order (Fisher and Yates). */
export function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  const order = [...items]
  for (let last = order.length - 1; last > 0; last--) {
    const place = Math.floor(random() * (last + 1))
    const taken = order[last] as T
    order[last] = order[place] as T
    order[place] = taken
  }
  return order
}

export interface Rounds { readonly runs: number; readonly warmups: number; readonly seed: number }
export type Contestants<T> = Readonly<Record<string, (round: number) => Promise<T>>>
export type Results<T> = Readonly<Record<string, readonly T[]>>

/**
 * Runs all contestants for `warmups` rounds that do not count, then for `runs` that do; results are in the order of the rounds.
 * `onRun` hears of each turn beforehand; if it throws, the rounds are over.
 */
export async function interleave<T>(contestants: Contestants<T>, { runs, warmups, seed }: Rounds, onRun: (text: string) => void): Promise<Results<T>> {
  const random = seeded(seed)
  const names = Object.keys(contestants)
  const results: Record<string, T[]> = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = 0; round < warmups + runs; round++) {
    for (const name of shuffled(names, random)) {
      onRun(`${round < warmups ? `warm-up ${round + 1} of ${warmups}` : `round ${round - warmups + 1} of ${runs}`}: ${name}`)
      const result = await contestants[name]?.(round)
      if (round >= warmups && result !== undefined) results[name]?.push(result)
    }
  }
  return results
}

/** Round by round, the one through the other. */
export const ratios = (over: readonly number[], under: readonly number[]): readonly number[] =>
  over.slice(0, under.length).map((value, round) => value / (under[round] ?? Number.NaN))
