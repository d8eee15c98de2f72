/** Drives a view with no broker and no store: given changes, when they are applied, then these are its rows. */
import { type DeadLetter, type DeadLetters, deadLetterTopic } from './dead-letter.ts'
import { cellsOf, emptyCells, fold, type Placed, touched } from './fold.ts'
import type { AnyRow } from './store.ts'
import { specOf } from './store.ts'
import { type Change, encodeKey, type RowSpec, type View } from './view.ts'

export interface Driven {
  /** Applies the changes as one batch, in order, as the worker would. */
  apply(...changes: readonly Change[]): Driven
  /** All rows of a kind, by key. */
  rows(row: string): readonly AnyRow[]
}

/** Starts from an empty store. Throws where the view reads what it did not touch, changes its input, or writes a malformed row. */
export function drive(view: View): Driven {
  const cells = emptyCells(view)
  let offset = 0
  const driven: Driven = {
    apply(...changes) {
      const events: readonly Placed[] = changes.map((change) => ({ offset: offset++, change: deepFreeze(structuredClone(change)) }))
      for (const ref of touched(view, events, (row, id) => cellsOf(cells, row).has(id)).refs) cellsOf(cells, ref.row).set(ref.id, undefined)
      for (const write of fold(view, events, cells)) {
        if (write.value !== undefined) checkRow(view, write.row, write.value)
        cellsOf(cells, write.row).set(write.id, deepFreeze(write.value))
      }
      return driven
    },
    rows(row) {
      const spec = specOf(view.rows, row)
      return [...cellsOf(cells, row).values()].filter((value) => value !== undefined).sort((a, b) => (encodeKey(spec, a) < encodeKey(spec, b) ? -1 : 1))
    },
  }
  return driven
}

/** Dead letters kept in a list. */
export function keepDeadLetters(view: Pick<View, 'name'>): DeadLetters & { readonly letters: readonly DeadLetter[] } {
  const letters: DeadLetter[] = []
  return { topic: deadLetterTopic(view), letters, prepare: async () => {}, publish: async (more) => { letters.push(...more) } }
}

/** A created row. */
export const created = <T extends string, V>(topic: T, after: V): Change<T, V> => ({ topic, op: 'c', before: null, after })
/** A changed row. */
export const updated = <T extends string, V>(topic: T, before: V, after: V): Change<T, V> => ({ topic, op: 'u', before, after })
/** A deleted row. */
export const deleted = <T extends string, V>(topic: T, before: V): Change<T, V> => ({ topic, op: 'd', before, after: null })
/** A row read again by a snapshot. */
export const snapshot = <T extends string, V>(topic: T, after: V): Change<T, V> => ({ topic, op: 'r', before: null, after })

/** Freezes a value through and through, so that an `apply` which changes its input fails. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value) && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const part of Object.values(value)) deepFreeze(part)
  }
  return value
}

/** Throws unless the row has exactly its spec's columns, each of its type. */
export function checkRow(view: View, row: string, value: AnyRow): void {
  const spec = specOf(view.rows, row)
  for (const column of Object.keys(value)) {
    if (!(column in spec.columns)) throw new Error(`view '${view.name}' wrote row '${row}' with column '${column}', which its spec does not have`)
  }
  for (const [column, type] of Object.entries(spec.columns)) {
    if (!holds(type, value[column])) {
      throw new Error(`view '${view.name}' wrote row '${row}' with ${column} = ${JSON.stringify(value[column])}, which is no ${typeof type === 'string' ? type : 'document'}`)
    }
  }
}

function holds(type: RowSpec['columns'][string], value: unknown): boolean {
  if (typeof type !== 'string') return value !== undefined
  if (type.endsWith('?')) return value === null || holds(type.slice(0, -1) as typeof type, value)
  switch (type) {
    case 'text': return typeof value === 'string'
    case 'int': return Number.isInteger(value) && Math.abs(value as number) < 2 ** 31
    case 'long': case 'timestamp': return Number.isSafeInteger(value)
    case 'double': return Number.isFinite(value)
    case 'bool': return typeof value === 'boolean'
    case 'text[]': return Array.isArray(value) && value.every((item) => typeof item === 'string')
    case 'int[]': return Array.isArray(value) && value.every((item) => Number.isInteger(item))
    default: return false
  }
}
