/**
 * How a view's rows lie in ClickHouse: one ReplacingMergeTree per row kind, newest `_position` wins.
 * `_position` is offset × 1024 + the write's place in its event, so the table itself says how far a partition has been applied.
 */
import { TupleParam } from '@clickhouse/client'
import { type AnyRow, RejectedError, type RowRef, type RowWrite } from '../../runtime/store.ts'
import { type ColumnType, type Edition, type RowSpec, type ScalarType, storeName } from '../../runtime/view.ts'
import { byte, type Encode, encoders, int64, nullable, openBytes, uint16, zeroes } from './rowbinary.ts'

const WRITES_PER_EVENT = 1024
/** Characters of text in one insert at most: it is to be one block, which the server cuts at 256 MiB. */
export const CHARS_PER_INSERT = 1 << 25
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
  + `SETTINGS non_replicated_deduplication_window = 10000, deduplicate_merge_projection_mode = 'rebuild'`

export const positionOf = (write: Pick<RowWrite, 'offset' | 'index'>): number => {
  if (write.index >= WRITES_PER_EVENT) throw new Error(`the event at offset ${write.offset} makes more than ${WRITES_PER_EVENT} writes; split what the view derives from it`)
  return write.offset * WRITES_PER_EVENT + write.index
}

export interface Run { readonly writes: readonly RowWrite[]; readonly chars: number }

/** The writes in the order of their positions, in runs of whole events that each fit an insert: a table that holds a run holds all before it. */
export function cut(writes: readonly RowWrite[]): readonly Run[] {
  const chars = writes.map(({ value }) => (value === undefined ? 0 : charsOf(Object.values(value))))
  const total = chars.reduce((sum, more) => sum + more, 0)
  if (total <= CHARS_PER_INSERT) return writes.length === 0 ? [] : [{ writes, chars: total }]
  const events = Map.groupBy(writes.keys(), (place) => writes[place]?.offset ?? 0)
  const runs: { readonly writes: RowWrite[]; chars: number }[] = []
  for (const [, places] of [...events].sort(([a], [b]) => a - b)) {
    const size = places.reduce((sum, place) => sum + (chars[place] ?? 0), 0)
    let run = runs.at(-1)
    if (run === undefined || run.chars + size > CHARS_PER_INSERT) runs.push(run = { writes: [], chars: 0 })
    run.writes.push(...places.flatMap((place) => writes[place] ?? []))
    run.chars += size
  }
  return runs
}
const charsOf = (values: readonly unknown[]): number =>
  values.reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : Array.isArray(value) ? charsOf(value) : 8), 0)

/** Positions of topics that feed no row of their own, which no row can tell: those of the view's dead letters. */
export const createPositions = (table: string): string =>
  `CREATE TABLE IF NOT EXISTS ${table} (topic String, _partition UInt16, next Int64) ENGINE = ReplacingMergeTree(next) ORDER BY (topic, _partition)`
export const insertPosition = (table: string, topic: string, partition: number, next: number): string =>
  `INSERT INTO ${table} (topic, _partition, next) VALUES ('${topic}', ${partition}, ${next})`
/** What was redriven into a table that has lost rows may be among them. */
export const forgetPositions = (table: string, partition: number): string => `DELETE FROM ${table} WHERE _partition = ${partition}`
export const selectNext = (table: string, partition: number): string => `SELECT topic, max(next) AS next FROM ${table} WHERE _partition = ${partition} GROUP BY topic`

/** First offset that a table at this position lacks. */
export const nextOffset = (position: number): number => Math.floor(position / WRITES_PER_EVENT) + 1

/** What a redriven record's rows have added to their partition: they are older than the table's position, and are to say nothing of it. */
export const REDRIVEN = 0x8000

/** Runs on one thread: it reads a row for each partition and part, and threads would cost more. */
const cheaply = 'SETTINGS max_threads = 1, output_format_parallel_formatting = 0'

/** The table's greatest position of each partition. */
export const selectPositions = (table: string): string =>
  `SELECT _partition, max(_position) AS _at FROM ${table} WHERE _partition < ${REDRIVEN} GROUP BY _partition ${cheaply}`

export const insertRows = (table: string, spec: RowSpec): string =>
  `INSERT INTO ${table} (${[...Object.keys(spec.columns), '_partition', '_position', '_deleted'].map((column) => `\`${column}\``).join(', ')}) FORMAT RowBinary`

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
          throw new RejectedError(`encoding row '${row}' of offset ${write.offset}: column '${name}'`, [write], { cause })
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

const shown = (spec: RowSpec, columns: readonly string[]): string => columns.map((name) => (
  columnOf(name, spec.columns[name] ?? 'text').scalar === 'timestamp' ? `toUnixTimestamp64Milli(\`${name}\`) AS \`${name}\`` : `\`${name}\``)).join(', ')

/** Current rows with instants in milliseconds, as the runtime has them; `where` is a condition on the row's own columns. */
export const selectRows = (table: string, spec: RowSpec, where = '1'): string =>
  `SELECT ${shown(spec, Object.keys(spec.columns))} FROM (SELECT * FROM ${currentRows(table, spec)} WHERE ${where})`

/** Condition and parameters that choose the rows of these keys, by way of the primary key. */
export function whereKeys(spec: RowSpec, refs: readonly Pick<RowRef, 'key'>[]): { readonly where: string; readonly params: AnyRow } {
  const keys = spec.key.map((name) => columnOf(name, spec.columns[name] ?? 'text'))
  const types = keys.map(({ scalar, type }) => (scalar === 'timestamp' ? 'Int64' : type))
  const own = keys.map(({ name, scalar }) => (scalar === 'timestamp' ? `toUnixTimestamp64Milli(\`${name}\`)` : `\`${name}\``))
  return {
    where: `tuple(${own.join(', ')}) IN {keys:Array(Tuple(${types.join(', ')}))}`,
    params: { keys: refs.map(({ key }) => new TupleParam(keys.map(({ name }) => key[name]))) },
  }
}

/** The newest position that the table has of each of these keys. */
export const selectNewest = (table: string, spec: RowSpec, where: string): string => {
  const keys = spec.key.map((name) => `\`${name}\``).join(', ')
  return `SELECT ${shown(spec, spec.key)}, _at FROM (SELECT ${keys}, max(_position) AS _at FROM ${table} WHERE ${where} GROUP BY ${keys})`
}
