/**
 * How a view's rows lie in ClickHouse: one ReplacingMergeTree per row kind, newest `_position` wins.
 * `_position` is offset × 1024 + the write's place in its event, so the table itself says how far a partition has been applied.
 */
import type { AnyRow, RowRef, RowWrite } from '../../runtime/store.ts'
import { type ColumnType, type Edition, type RowSpec, type ScalarType, storeName } from '../../runtime/view.ts'
import { byte, type Encode, encoders, int64, nullable, openBytes, uint16, zeroes } from './rowbinary.ts'

const WRITES_PER_EVENT = 1024
/** Position of a table that holds nothing of a partition. */
export const NOTHING = -1

/** Quoted name of a row kind's table. */
export const tableName = (database: string, view: Edition, row: string): string =>
  `\`${database}\`.\`${`${storeName(view)}_${row}`.replaceAll('-', '_')}\``

const names = { text: 'String', int: 'Int32', long: 'Int64', double: 'Float64', bool: 'Bool', timestamp: 'DateTime64(3)', 'text[]': 'Array(String)', 'int[]': 'Array(Int32)' } as const

interface Column { readonly name: string; readonly scalar: ScalarType; readonly null: boolean; readonly type: string }

const columnOf = (name: string, type: ColumnType): Column => {
  if (typeof type !== 'string') throw new Error(`column '${name}' is a json document, which clickhouse views do not hold`)
  const scalar = type.replace('?', '') as ScalarType
  const maybe = scalar !== type
  if (maybe && scalar.endsWith('[]')) throw new Error(`column '${name}' is '${type}', but a clickhouse list is never null; declare '${scalar}' and write an empty list`)
  return { name, scalar, null: maybe, type: maybe ? `Nullable(${names[scalar]})` : names[scalar] }
}
const columnsOf = (spec: RowSpec): readonly Column[] => Object.entries(spec.columns).map(([name, type]) => columnOf(name, type))
const declared = (spec: RowSpec): string =>
  [...columnsOf(spec).map(({ name, type }) => `\`${name}\` ${type}`), '`_partition` UInt16', '`_position` Int64', '`_deleted` UInt8'].join(', ')

/** The projection keeps the greatest position of each partition, so reading it does not scan; `rebuild` keeps it right through merges. */
export const createTable = (table: string, spec: RowSpec): string =>
  `CREATE TABLE IF NOT EXISTS ${table} (${declared(spec)}, `
  + 'PROJECTION pos (SELECT _partition, max(_position) GROUP BY _partition)) '
  + `ENGINE = ReplacingMergeTree(_position, _deleted) ORDER BY (${spec.key.map((column) => `\`${column}\``).join(', ')}) `
  + `SETTINGS non_replicated_deduplication_window = 1000, deduplicate_merge_projection_mode = 'rebuild'`

export const positionOf = (write: Pick<RowWrite, 'offset' | 'index'>): number => {
  if (write.index >= WRITES_PER_EVENT) throw new Error(`the event at offset ${write.offset} makes more than ${WRITES_PER_EVENT} writes; split what the view derives from it`)
  return write.offset * WRITES_PER_EVENT + write.index
}
/** First offset that a table at this position lacks. */
export const nextOffset = (position: number): number => Math.floor(position / WRITES_PER_EVENT) + 1

const positionIn = (table: string, partition: number): string =>
  `coalesce((SELECT max(_position) FROM ${table} WHERE _partition = ${partition} GROUP BY _partition), ${NOTHING})`

/** One row: the position of each table, in their order. */
export const selectPositions = (tables: readonly string[], partition: number): string =>
  `SELECT [${tables.map((table) => positionIn(table, partition)).join(', ')}] AS positions`

/** Inserts only where the table still stands at `at`: the comparison of the compare-and-set, of which the token is the set. */
export const insertRows = (table: string, spec: RowSpec, partition: number, at: number): string =>
  `INSERT INTO ${table} SELECT * FROM input('${declared(spec)}') WHERE ${at} = ${positionIn(table, partition)} FORMAT RowBinary`

/** Owners at one position share a token, so one of their inserts is dropped. `attempt` > 0 tells a token apart that an earlier insert used up. */
export const insertToken = (table: string, partition: number, at: number, attempt: number): string =>
  `${table.replaceAll('`', '')}:${partition}:${at}${attempt === 0 ? '' : `#${attempt}`}`

/** Encodes writes of one row kind as RowBinary, in the table's column order. */
export function rowEncoder(row: string, spec: RowSpec): (partition: number, writes: readonly RowWrite[]) => Buffer {
  const columns = columnsOf(spec).map((column) => {
    const encode: Encode = column.null ? nullable(encoders[column.scalar]) : encoders[column.scalar]
    return { name: column.name, encode, gone: column.null ? null : zeroes[column.scalar] }
  })
  let size = 4_096
  return (partition, writes) => {
    const bytes = openBytes(size)
    for (const write of writes) {
      const { value } = write
      for (const { name, encode, gone } of columns) {
        try {
          encode(bytes, value === undefined ? write.key[name] ?? gone : value[name] ?? null)
        } catch (cause) {
          throw new TypeError(`encoding row '${row}' of offset ${write.offset}: column '${name}'`, { cause })
        }
      }
      uint16(bytes, partition)
      int64(bytes, positionOf(write))
      byte(bytes, value === undefined ? 1 : 0)
    }
    size = Math.max(size, bytes.at)
    return bytes.buffer.subarray(0, bytes.at)
  }
}

/** A row kind's current rows as a table expression, without technical columns. */
export const currentRows = (table: string, spec: RowSpec): string =>
  `(SELECT ${Object.keys(spec.columns).map((column) => `\`${column}\``).join(', ')} FROM ${table} FINAL)`

/** Current rows with instants in milliseconds, as the runtime has them; `where` is a condition on the row's own columns. */
export const selectRows = (table: string, spec: RowSpec, where = '1'): string => {
  const columns = columnsOf(spec).map(({ name, scalar }) => (scalar === 'timestamp' ? `toUnixTimestamp64Milli(\`${name}\`) AS \`${name}\`` : `\`${name}\``))
  return `SELECT ${columns.join(', ')} FROM (SELECT * FROM ${currentRows(table, spec)} WHERE ${where})`
}

/** Condition and parameters that choose the rows of these refs. */
export function whereKeys(spec: RowSpec, refs: readonly RowRef[]): { readonly where: string; readonly params: AnyRow } {
  const keys = spec.key.map((name, place) => ({ column: columnOf(name, spec.columns[name] ?? 'text'), param: `key${place}` }))
  const params = Object.fromEntries(keys.map(({ column, param }) => [param, refs.map((ref) => ref.key[column.name])]))
  const lists = keys.map(({ column, param }) => `{${param}:Array(${column.scalar === 'timestamp' ? 'Int64' : column.type})}`)
  const own = keys.map(({ column }) => (column.scalar === 'timestamp' ? `toUnixTimestamp64Milli(\`${column.name}\`)` : `\`${column.name}\``))
  return { where: `has(arrayZip(${lists.join(', ')}), tuple(${own.join(', ')}))`, params }
}
