/**
 * For property tests: random lives of MySQL rows, as Debezium tells them. Each table's changes come in order in its topic,
 * topics interleave at will, and snapshot reads (`op` r) of rows fall in between: of a row as it is, or as it will be a few
 * changes later, since a snapshot may run ahead of the stream. A view's rows must follow from the final tables alone.
 */
import type { CdcRows } from '@cdlc/schemas/generated/topics.ts'
import { topicSpec } from '@cdlc/schemas/topics.ts'
import * as fc from 'fast-check'
import type { Change, View } from '../runtime/view.ts'

type AnyRow = Readonly<Record<string, unknown>>
/** Rows that may be written to a table; those of one primary key are states of one row. */
export type Tables = { readonly [T in keyof CdcRows]?: fc.Arbitrary<CdcRows[T]> }
export interface History<T extends Tables> {
  readonly changes: readonly Change[]
  /** The tables as they end, each by primary key. */
  readonly final: { readonly [N in keyof T & keyof CdcRows]: readonly CdcRows[N][] }
}

/** Histories of these tables with the columns that the view reads; a `version` column rises with each change of its table. */
export function histories<const T extends Tables>(view: View, tables: T): fc.Arbitrary<History<T>> {
  const topics = Object.entries(tables as Readonly<Record<string, fc.Arbitrary<AnyRow>>>)
  const step = (rows: fc.Arbitrary<AnyRow>): fc.Arbitrary<Step> =>
    fc.record({ row: rows, remove: fc.boolean(), snapshot: fc.option(fc.nat(4)) })
  const lives = topics.map(([topic, rows]) =>
    fc.array(step(rows), { maxLength: 24 }).map((steps) => lifeOf(topic, view.from[topic] ?? [], steps)))
  return fc.tuple(fc.tuple(...lives), fc.array(fc.nat(), { minLength: 1, maxLength: 40 })).map(([told, picks]) => ({
    changes: interleaved(told.map(({ changes }) => changes), picks),
    final: Object.fromEntries(told.map(({ topic, final }) => [topic, final])) as unknown as History<T>['final'],
  }))
}

interface Step { readonly row: AnyRow; readonly remove: boolean; readonly snapshot: number | null }

interface Life { readonly topic: string; readonly changes: readonly Change[]; readonly final: readonly AnyRow[] }

function lifeOf(topic: string, columns: readonly string[], steps: readonly Step[]): Life {
  const { primary_key = [] } = topicSpec(topic)
  const idOf = (row: AnyRow): string => primary_key.map((column) => String(row[column])).join(':')
  const seen = (row: AnyRow | undefined): AnyRow | null =>
    (row === undefined ? null : Object.fromEntries(columns.map((column) => [column, row[column]])))
  const states: Map<string, AnyRow>[] = [new Map()]
  const told: (Change | undefined)[] = []
  for (const [index, { row, remove }] of steps.entries()) {
    const state = new Map(states.at(-1))
    const before = state.get(idOf(row))
    const after = remove ? undefined : 'version' in row ? { ...row, version: index + 1 } : row
    if (after === undefined) state.delete(idOf(row))
    else state.set(idOf(row), after)
    states.push(state)
    const op = before === undefined ? 'c' : after === undefined ? 'd' : 'u'
    told.push(before === undefined && after === undefined ? undefined : { topic, op, before: seen(before), after: seen(after) })
  }
  const changes = steps.flatMap(({ row, snapshot }, index): Change[] => {
    const change = told[index]
    const ahead = snapshot === null ? undefined : states[Math.min(index + 1 + snapshot, steps.length)]?.get(idOf(row))
    const read: Change = { topic, op: 'r', before: null, after: seen(ahead) }
    return [...(change === undefined ? [] : [change]), ...(ahead === undefined ? [] : [read])]
  })
  return { topic, changes, final: [...states.at(-1) ?? []].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row) }
}

function interleaved(queues: readonly (readonly Change[])[], picks: readonly number[]): readonly Change[] {
  const left = queues.map((queue) => [...queue])
  const merged: Change[] = []
  for (let turn = 0; left.some((queue) => queue.length > 0); turn++) {
    const open = left.filter((queue) => queue.length > 0)
    const next = open[(picks[turn % picks.length] ?? 0) % open.length]?.shift()
    if (next !== undefined) merged.push(next)
  }
  return merged
}

/** Few values, so that they meet often. */
export const someOf = <const V>(...values: readonly V[]): fc.Arbitrary<V> => fc.constantFrom(...values)
