/** How fast a build fills, and when it will be there. Pure. */

/** Where a build stood at a time. */
export interface Sample {
  readonly at_ms: number
  readonly records: number
  readonly behind: number
}

export interface Progress extends Sample {
  readonly applied: number
  /** Of all records, from 0 to 1. */
  readonly share: number
  readonly seconds_behind: number
  readonly records_per_second: number
  /** Undefined while it does not come nearer to the end. */
  readonly eta_seconds: number | undefined
  /** Workers that fill it. */
  readonly workers: number
}

/** Speed is that of the last while: a store slows down as it fills. */
const WINDOW_MS = 10_000

/** The samples that still count, the new one with them. */
export const withSample = (samples: readonly Sample[], sample: Sample): readonly Sample[] =>
  [...samples.filter(({ at_ms }) => at_ms >= sample.at_ms - WINDOW_MS), sample]

/** Where the newest sample stands, and how it has moved since the oldest. Throws on no samples. */
export function progressOf(samples: readonly Sample[], seconds_behind: number, workers: number): Progress {
  const [oldest] = samples
  const newest = samples.at(-1)
  if (oldest === undefined || newest === undefined) throw new Error('telling the progress of a rebuild: there are no samples')
  const { records, behind } = newest
  const elapsed = (newest.at_ms - oldest.at_ms) / 1_000
  const rate = (change: number): number => (elapsed === 0 ? 0 : change / elapsed)
  // new records come meanwhile: the end is reached at the speed by which the lag shrinks
  const nearing = rate(oldest.behind - behind)
  return {
    ...newest, applied: records - behind, share: records === 0 ? 1 : (records - behind) / records, seconds_behind, workers,
    records_per_second: Math.max(0, rate(records - behind - (oldest.records - oldest.behind))),
    eta_seconds: behind === 0 ? 0 : nearing > 0 ? behind / nearing : undefined,
  }
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** A bar of this many characters, drawn to an eighth of one. */
export function bar(share: number, width: number): string {
  const filled = Math.floor(Math.min(1, Math.max(0, share)) * width * 8)
  return `${'█'.repeat(Math.floor(filled / 8))}${eighths[filled % 8] ?? ''}`.padEnd(width, '░')
}

const count = (n: number): string => Math.round(n).toLocaleString('en-US')

/** `90` is `1 min 30 s`. */
export function span(seconds: number): string {
  const whole = Math.round(seconds)
  if (whole < 10) return `${Math.round(seconds * 10) / 10} s`
  if (whole < 60) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  return minutes < 60 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** One line for people. */
export function line({ applied, records, share, behind, seconds_behind, records_per_second, eta_seconds, workers }: Progress, width = 24): string {
  const when = workers === 0 ? 'no worker fills it: are the workers up?' : eta_seconds === undefined ? 'no nearer to the end' : `ready in ${span(eta_seconds)}`
  return `${bar(share, width)} ${(Math.floor(share * 1_000) / 10).toFixed(1)} %  ${count(applied)} of ${count(records)} records, ${count(records_per_second)}/s  `
    + `behind ${count(behind)} records, ${span(seconds_behind)}  ${when}`
}
