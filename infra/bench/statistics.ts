/** Quantiles, spreads and histograms. Pure. */

export interface Quantiles { readonly n: number; readonly p50: number; readonly p95: number; readonly p99: number; readonly max: number }

/** Nearest-rank quantiles; zeros for no samples. */
export function quantiles(samples: readonly number[]): Quantiles {
  const sorted = [...samples].sort((a, b) => a - b)
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0
  return { n: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: sorted.at(-1) ?? 0 }
}

/** Half of the samples lie between `q1` and `q3`. */
export interface Spread { readonly n: number; readonly median: number; readonly q1: number; readonly q3: number }

/** Median and quartiles, interpolated between ranks, as few samples need (Hyndman and Fan's type 7); zeros for no samples. */
export function spread(samples: readonly number[]): Spread {
  const sorted = [...samples].sort((a, b) => a - b)
  const at = (share: number): number => {
    const rank = share * (sorted.length - 1)
    const below = sorted[Math.floor(rank)] ?? 0
    return below + ((sorted[Math.ceil(rank)] ?? below) - below) * (rank - Math.floor(rank))
  }
  return { n: sorted.length, median: at(0.5), q1: at(0.25), q3: at(0.75) }
}

/** Counts in buckets whose upper bounds are given; the last bucket has the rest. */
export function histogram(samples: readonly number[], bounds: readonly number[]): readonly number[] {
  const counts = new Array<number>(bounds.length + 1).fill(0)
  for (const sample of samples) {
    const bucket = bounds.findIndex((bound) => sample <= bound)
    const place = bucket === -1 ? bounds.length : bucket
    counts[place] = (counts[place] ?? 0) + 1
  }
  return counts
}
