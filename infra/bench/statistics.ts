/** Quantiles, and the machine they were taken on. */
import { cpus, totalmem } from 'node:os'

export interface Quantiles { readonly n: number; readonly p50: number; readonly p95: number; readonly p99: number; readonly max: number }

/** Nearest-rank quantiles; zeros for no samples. */
export function quantiles(samples: readonly number[]): Quantiles {
  const sorted = [...samples].sort((a, b) => a - b)
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0
  return { n: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: sorted.at(-1) ?? 0 }
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

/** One line: processor, cores, memory, Node. */
export const machine = (): string => `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`
