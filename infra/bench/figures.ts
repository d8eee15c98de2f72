/** Figures: samples against a target, and how they are told. Pure. */
import { type Cell, table } from '../cli/table.ts'
import { type Spread, spread } from './statistics.ts'

export type Target = { readonly at_most: number } | { readonly at_least: number }
export interface Figure {
  readonly what: string
  readonly unit: string
  readonly samples: readonly number[]
  readonly target?: Target | undefined
}
export interface Judged extends Spread {
  readonly what: string
  readonly unit: string
  readonly target: string
  readonly verdict: string
}

/** Three digits that mean something: what is beyond them is noise. */
export function digits(value: number): string {
  const size = Math.abs(value)
  if (size >= 100 || Number.isInteger(value)) return Math.round(value).toLocaleString('en-US')
  return value.toFixed(size >= 10 ? 1 : 2)
}

/** 'met', or by how much of the target it was missed; empty where there is none. */
export function verdict(measured: number, target: Target | undefined): string {
  if (target === undefined) return ''
  const [wanted, met] = 'at_most' in target ? [target.at_most, measured <= target.at_most] : [target.at_least, measured >= target.at_least]
  if (met) return 'met'
  const distance = Math.abs(measured - wanted)
  return wanted === 0 ? `missed by ${digits(distance)}` : `missed by ${digits(distance / wanted * 100)} %`
}

const targetText = (target: Target | undefined): string =>
  target === undefined ? '' : 'at_most' in target ? `≤ ${digits(target.at_most)}` : `≥ ${digits(target.at_least)}`

/** The median is what is held to the target. */
export function judge({ what, unit, samples, target }: Figure): Judged {
  const found = spread(samples)
  return { what, unit, ...found, target: targetText(target), verdict: samples.length === 0 ? 'not measured' : verdict(found.median, target) }
}

const cells = ({ what, unit, target, median, q1, q3, n, verdict: found }: Judged): readonly Cell[] =>
  [what, target, n === 0 ? '–' : digits(median), n < 2 ? '' : `${digits(q1)} – ${digits(q3)}`, unit, found]

/** One line per figure: target, median, quartiles, and whether the target is met. */
export const figureTable = (figures: readonly Judged[]): string =>
  table(['what', 'target', 'median', 'quartiles', 'unit', 'target met'], figures.map(cells))
