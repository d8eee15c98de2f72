/** What a column of each type holds, in every store alike: a row is held against it before it is sent, so that no store keeps what another refuses. */
import { type AnyRow, RejectedError, type RowWrite, specOf } from '../runtime/store.ts'
import type { ColumnType, RowSpec, ScalarType, View } from '../runtime/view.ts'

type Holds = (value: unknown) => boolean
const text: Holds = (value) => typeof value === 'string'
const int: Holds = (value) => typeof value === 'number' && (value | 0) === value
const listOf = (holds: Holds): Holds => (value) => Array.isArray(value) && value.every(holds)
/** What a Date reaches: 100,000,000 days either way of 1970. */
const LAST_INSTANT_MS = 8.64e15

const holds: Readonly<Record<ScalarType, Holds>> = {
  text, int,
  long: (value) => Number.isSafeInteger(value),
  double: (value) => Number.isFinite(value),
  bool: (value) => typeof value === 'boolean',
  timestamp: (value) => Number.isSafeInteger(value) && Math.abs(value as number) <= LAST_INSTANT_MS,
  'text[]': listOf(text), 'int[]': listOf(int),
}

interface Column { readonly name: string; readonly type: string; readonly null: boolean; readonly holds: Holds }
function columnOf(name: string, type: ColumnType): Column {
  if (typeof type !== 'string') return { name, type: 'json', null: true, holds: (value) => value !== undefined }
  const scalar = type.replace('?', '') as ScalarType
  return { name, type, null: scalar !== type, holds: holds[scalar] }
}

function problemIn(columns: readonly Column[], row: AnyRow): string | undefined {
  for (const column of columns) {
    const value = row[column.name] ?? null
    if (value === null ? !column.null : !column.holds(value)) return `column '${column.name}' is ${column.type}, and ${shown(value)} is none`
  }
  return undefined
}
const MOST_SHOWN = 60
const shown = (value: unknown): string => {
  const whole = typeof value === 'number' || typeof value === 'bigint' ? String(value) : JSON.stringify(value) ?? typeof value
  return whole.length > MOST_SHOWN ? `${whole.slice(0, MOST_SHOWN)}…` : whole
}

/** Throws RejectedError, with every write that no store holds, where there is one. */
export type CheckWrites = (writes: readonly RowWrite[]) => void

export function checkerOf(view: View): CheckWrites {
  const columnsOf = (spec: RowSpec, names: readonly string[]): readonly Column[] => names.map((name) => columnOf(name, spec.columns[name] ?? 'text'))
  const kindOf = (spec: RowSpec) => ({ key: columnsOf(spec, spec.key), all: columnsOf(spec, Object.keys(spec.columns)) })
  const kinds = new Map(Object.entries(view.rows).map(([row, spec]) => [row, kindOf(spec)]))
  return (writes) => {
    let bad: RowWrite[] | undefined
    let first = ''
    for (const write of writes) {
      const kind = kinds.get(write.row) ?? kindOf(specOf(view.rows, write.row))
      const problem = write.value === undefined ? problemIn(kind.key, write.key) : problemIn(kind.all, write.value)
      if (problem === undefined) continue
      if (bad === undefined) first = `writing row '${write.row}' of view '${view.name}', offset ${write.offset}: ${problem}`
      bad = [...bad ?? [], write]
    }
    if (bad !== undefined) throw new RejectedError(bad.length === 1 ? first : `${first}; and ${bad.length - 1} more`, bad)
  }
}
