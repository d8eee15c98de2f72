/**
 * How many things of each key fall into each window of event time, and the sum of a number that each of them has.
 *
 * - *contribution*: a thing as its table has it: a new version replaces what the old one contributed, a removal takes it away
 * - *stream time*: the latest event time that the partition has had; only records move it, no clock does
 * - *late*: said of a contribution to a window that stream time has left behind by more than the grace: it is dropped
 *
 * Each change of a window is emitted, and once more, as final, when the window is over; then its state is forgotten. State is as large
 * as what is in the open windows.
 */
import type { Effect, State } from '../runtime/processor.ts'
import type { RowOf, RowSpecs } from '../runtime/view.ts'
import { endOf, isOver, startsOf, type Windows } from './windows.ts'

export interface Contribution {
  readonly key: string
  /** Tells the things of one key apart. */
  readonly id: string
  /** Event time, ms since the epoch. */
  readonly at: number
  /** Rises with each change of the thing. */
  readonly version: number
  readonly value: number
}

export interface WindowCount {
  readonly key: string
  readonly starts_at: number
  readonly ends_at: number
  readonly count: number
  readonly sum: number
  /** From 1, one more with each change. */
  readonly revision: number
  readonly final: boolean
}

/** The state of a processor that counts. Windows come first in the keys, so that those that are over are found at the front. */
export const windowState = {
  stream: { key: ['id'], columns: { id: 'text', at: 'timestamp' } },
  window: { key: ['starts_at', 'key'], columns: { starts_at: 'timestamp', key: 'text', count: 'int', sum: 'long', revision: 'int' } },
  member: { key: ['starts_at', 'key', 'id'], columns: { starts_at: 'timestamp', key: 'text', id: 'text', version: 'long', value: 'int' } },
} as const satisfies RowSpecs
type Window = RowOf<typeof windowState.window>
type Member = RowOf<typeof windowState.member>

/** Rows that one step removes at most, where windows are over. */
const REMOVED_AT_ONCE = 500
const STREAM = { id: 'time' } as const

/** What a change of a thing does: `before` and `after` are what it contributed and contributes. */
export function windowedCount<V>(windows: Windows, outputOf: (count: WindowCount) => V) {
  type Effects = readonly Effect<typeof windowState, V>[]
  const told = (window: Window, final: boolean): V => outputOf({ ...window, ends_at: endOf(windows, window.starts_at), final })

  /** Tells what is over as final and forgets it; `more` where one step does not suffice. */
  function close(state: State<typeof windowState>, stream_time: number): { readonly effects: Effects; readonly more: boolean } {
    const effects: Effect<typeof windowState, V>[] = []
    for (const window of state.window.scan({})) {
      if (!isOver(windows, window.starts_at, stream_time)) break
      const { starts_at, key, revision } = window
      for (const { id } of state.member.scan({ starts_at, key })) {
        if (effects.length >= REMOVED_AT_ONCE) return { effects, more: true }
        effects.push({ remove: 'member', key: { starts_at, key, id } })
      }
      effects.push({ remove: 'window', key: { starts_at, key } }, { emit: { op: 'u', before: told(window, false), after: told({ ...window, revision: revision + 1 }, true) } })
      if (effects.length >= REMOVED_AT_ONCE) return { effects, more: true }
    }
    return { effects, more: false }
  }

  /** What the thing had in this window goes, what it has now comes; older versions than what is counted change nothing. */
  function change(state: State<typeof windowState>, starts_at: number, key: string, before: Contribution | null, after: Contribution | null): Effects {
    const id = (after ?? before)?.id ?? ''
    const counted = state.member.get({ starts_at, key, id })
    if (counted !== undefined && (after === null ? counted.version > (before?.version ?? 0) : counted.version >= after.version)) return []
    if (counted === undefined && after === null) return []
    const member: Member | undefined = after === null ? undefined : { starts_at, key, id, version: after.version, value: after.value }
    const kept: Effects = member === undefined ? [{ remove: 'member', key: { starts_at, key, id } }] : [{ put: 'member', row: member }]
    if (counted !== undefined && member?.value === counted.value) return kept
    const old = state.window.get({ starts_at, key })
    const row: Window = {
      starts_at, key, revision: (old?.revision ?? 0) + 1,
      count: (old?.count ?? 0) + (member === undefined ? 0 : 1) - (counted === undefined ? 0 : 1),
      sum: (old?.sum ?? 0) + (member?.value ?? 0) - (counted?.value ?? 0),
    }
    return [...kept, { put: 'window', row }, { emit: { op: old === undefined ? 'c' : 'u', before: old === undefined ? null : told(old, false), after: told(row, false) } }]
  }

  return (before: Contribution | null, after: Contribution | null, state: State<typeof windowState>): Effects => {
    const latest = after ?? before
    if (latest === null) return []
    const seen = state.stream.get(STREAM)?.at
    const stream_time = Math.max(seen ?? latest.at, latest.at)
    const closed = close(state, stream_time)
    if (closed.more) return [...closed.effects, { again: true }]
    const moved: Effects = stream_time === seen ? [] : [{ put: 'stream', row: { ...STREAM, at: stream_time } }]
    const touched = new Map<string, { starts_at: number; key: string; before: Contribution | null; after: Contribution | null }>()
    for (const [side, contribution] of [['before', before], ['after', after]] as const) {
      if (contribution === null) continue
      for (const starts_at of startsOf(windows, contribution.at)) {
        const cell = `${starts_at}/${contribution.key}`
        touched.set(cell, { starts_at, key: contribution.key, before: null, after: null, ...touched.get(cell), [side]: contribution })
      }
    }
    const changed = [...touched.values()].flatMap((cell): Effects =>
      (isOver(windows, cell.starts_at, stream_time) ? [{ drop: 'late' }] : change(state, cell.starts_at, cell.key, cell.before, cell.after)))
    return [...closed.effects, ...moved, ...changed]
  }
}
