/** Chance from a seed: the same seed gives the same numbers on every machine, and nothing else in the simulator is random. */
export interface Random {
  /** In [0, 1). */
  next(): number
  /** A whole number in [0, bound). */
  below(bound: number): number
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number
  chance(probability: number): boolean
  pick<T>(from: readonly T[]): T
  /** Another sequence, so that drawing more numbers here does not shift those there. */
  fork(): Random
}

/** Well-spread 32 bits of a counter: the finaliser of splitmix32 (G. Steele, D. Lea, C. Flood, OOPSLA 2014). */
function spread(counter: number): number {
  let z = counter | 0
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
  return (z ^ (z >>> 15)) >>> 0
}

/** Random numbers of a 32-bit seed. */
export function randomOf(seed: number): Random {
  let counter = spread(seed ^ 0x5eed_cd1c)
  const bits = (): number => {
    counter = (counter + 0x9e3779b9) | 0
    return spread(counter)
  }
  const next = (): number => bits() / 0x1_0000_0000
  const below = (bound: number): number => Math.floor(next() * bound)
  return {
    next,
    below,
    between: (low, high) => low + below(high - low + 1),
    chance: (probability) => next() < probability,
    pick: (from) => {
      const picked = from[below(from.length)]
      if (picked === undefined) throw new Error('picking one of nothing')
      return picked
    },
    fork: () => randomOf(bits()),
  }
}
