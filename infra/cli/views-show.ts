/** What `cdlc views list` shows: one line per view, the worst first. Pure. */
import type { Role } from '@cdlc/streams/runtime/editions.ts'
import { stripVTControlCharacters, type styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]
/** Colours a text, or leaves it. */
export type Paint = (style: Style, text: string) => string

/** One edition as the workers tell of it. */
export interface EditionLine {
  readonly name: string
  readonly version: number
  readonly build: number
  readonly role: Role
  readonly store: string
  readonly state: string
  readonly lag_records: number | null
  readonly lag_seconds: number | null
  readonly records_total?: number
  readonly retries_total?: number
  readonly last_flush_at?: number | null
  readonly problem?: string | null
}

/** A view: the edition that readers read, and what else there is of it. */
export interface ViewLine extends EditionLine {
  readonly others: readonly EditionLine[]
  /** Null where it cannot be told, as from one look alone. */
  readonly records_per_second: number | null
  readonly dead_letters_pending: number | null
}

/** Where the worst stand: the larger, the worse. */
const badness = ({ state }: Pick<EditionLine, 'state'>): number => ['running', 'starting', 'retrying', 'stopped', 'down'].indexOf(state)
const LATE_SECONDS = 10
const VERY_LATE_SECONDS = 60

/** Whether nobody need look at it. What is orphaned only takes room. */
export const isWell = (view: ViewLine): boolean => view.state === 'orphaned' ||
  view.state === 'running' && (view.lag_seconds ?? 0) < VERY_LATE_SECONDS && (view.dead_letters_pending ?? 0) === 0 && view.others.every(({ state }) => state === 'running')

/** By state, lag, dead letters, and then by name. */
export const worstFirst = (views: readonly ViewLine[]): readonly ViewLine[] => views.toSorted((a, b) => (
  badness(b) - badness(a) || (b.lag_seconds ?? 0) - (a.lag_seconds ?? 0) || (b.dead_letters_pending ?? 0) - (a.dead_letters_pending ?? 0) || (a.name < b.name ? -1 : 1)))

/** '4.2 s', '3 min', '5 h', '2 d'. */
export function ago(seconds: number): string {
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1).replace(/\.0$/, '') : Math.round(seconds)} s`
  if (seconds < 3_600) return `${Math.round(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} d`
}
const count = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 1 : 0 })
const buildOf = ({ version, build }: EditionLine): string => `v${version}${build === 0 ? '' : `.${build}`}`

const stateStyles: Readonly<Record<string, Style>> = { running: 'green', starting: 'yellow', retrying: 'yellow', stopped: 'red', down: 'red', orphaned: 'dim' }

function cells(view: ViewLine, now: number, paint: Paint): readonly string[] {
  const style = stateStyles[view.state] ?? 'red'
  const lagStyle: Style = (view.lag_seconds ?? 0) >= VERY_LATE_SECONDS ? 'red' : (view.lag_seconds ?? 0) >= LATE_SECONDS ? 'yellow' : 'reset'
  const others = view.others.map((other) => ` +${buildOf(other)} ${other.role}${other.lag_records === null ? '' : ` ${count(other.lag_records)} behind`}`).join('')
  const known = <T>(value: T | null | undefined, shown: (value: T) => string): string => (value === null || value === undefined ? paint('dim', '-') : shown(value))
  return [
    paint(style, view.state === 'running' ? '●' : '▲'), paint('bold', view.name), `${buildOf(view)}${paint('cyan', others)}`, view.store, paint(style, view.state),
    known(view.lag_records, (lag) => (lag === 0 ? paint('dim', '0') : paint(lagStyle, count(lag)))),
    known(view.lag_seconds, (lag) => (lag === 0 ? paint('dim', '0 s') : paint(lagStyle, ago(lag)))),
    known(view.records_per_second, (rate) => (rate === 0 ? paint('dim', '0') : count(rate))),
    known(view.last_flush_at, (at) => `${ago(Math.max(0, now - at) / 1_000)} ago`),
    known(view.dead_letters_pending, (dead) => (dead === 0 ? paint('dim', '0') : paint('red', count(dead)))),
    known(view.retries_total, (retries) => (retries === 0 ? paint('dim', '0') : paint('yellow', count(retries)))),
    view.problem === null || view.problem === undefined ? '' : paint('red', view.problem),
  ]
}

const head = ['', 'view', 'build', 'store', 'state', 'lag (records)', 'lag', 'records/s', 'last flush', 'dead letters', 'retries', '']
const toTheRight = new Set(['lag (records)', 'lag', 'records/s', 'last flush', 'dead letters', 'retries'])

/** The table, and a line that says how all of it stands. `now` is ms since the epoch. */
export function shownViews(views: readonly ViewLine[], now: number, paint: Paint): string {
  const rows = worstFirst(views).map((view) => cells(view, now, paint))
  const lines = [head.map((title) => (title === '' ? '' : paint('dim', title))), ...rows]
  const width = (text: string): number => stripVTControlCharacters(text).length
  const widths = head.map((_, column) => Math.max(...lines.map((line) => width(line[column] ?? ''))))
  const aligned = lines.map((line) => line.map((text, column) => {
    const room = ' '.repeat((widths[column] ?? 0) - width(text))
    return toTheRight.has(head[column] ?? '') ? room + text : text + room
  }).join('  ').trimEnd())
  const ill = views.filter((view) => !isWell(view)).length
  const rate = views.reduce((sum, view) => sum + (view.records_per_second ?? 0), 0)
  const summary = `${views.length} views, ${ill === 0 ? paint('green', 'all well') : paint('red', `${ill} to look at`)}; ${count(rate)} records/s`
  return [...aligned, '', summary].join('\n')
}
