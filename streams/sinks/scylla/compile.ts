/**
 * How a view's rows lie in ScyllaDB: one table per row kind, partitioned by the first key column, clustered by the others.
 * Every write carries the position of its event as its timestamp, so of two deliveries the store itself keeps the later event.
 * The statements are those that Cassandra and ScyllaDB both have.
 */
import type { AnyRow, Batch, RowRef, RowWrite } from '../../runtime/store.ts'
import { type ColumnType, type Edition, type RowSpec, storeName, type View } from '../../runtime/view.ts'

type Named = Edition
export interface Statement { readonly query: string; readonly params: readonly unknown[] }

const WRITES_PER_EVENT = 1024
/** Statements in one unlogged batch at most, and characters of text: Cassandra takes 8 MiB in a mutation, ScyllaDB 1 MiB in a batch of several. */
const STATEMENTS_PER_BATCH = 20
const CHARS_PER_BATCH = 1 << 18

const quoted = (name: string): string => `"${name}"`
const qualified = (keyspace: string, view: Named, suffix: string): string => `${quoted(keyspace)}.${quoted(`${storeName(view)}_${suffix}`.replaceAll('-', '_'))}`
export const tableName = (keyspace: string, view: Named, row: string): string => qualified(keyspace, view, row)
/** A table of each view's own: what is dropped leaves no timestamps behind that would shadow the next build. */
export const positionTable = (keyspace: string, view: Named): string => qualified(keyspace, view, '_position')

const types: Readonly<Record<string, string>> = {
  text: 'text', int: 'int', long: 'bigint', double: 'double', bool: 'boolean', timestamp: 'timestamp', 'text[]': 'frozen<list<text>>', 'int[]': 'frozen<list<int>>',
}
function typeOf(column: string, type: ColumnType): string {
  const cql = typeof type === 'string' ? types[type.replace('?', '')] : undefined
  if (cql === undefined) throw new Error(`column '${column}' is a json document, which scylla views do not hold`)
  if (type === 'text[]?' || type === 'int[]?') throw new Error(`column '${column}' is '${type}', but in scylla an empty list and null are one; declare '${type.slice(0, -1)}'`)
  return cql
}

export const createKeyspace = (keyspace: string): string =>
  `CREATE KEYSPACE IF NOT EXISTS ${quoted(keyspace)} WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}`

export function createTable(table: string, spec: RowSpec): string {
  const columns = Object.entries(spec.columns).map(([name, type]) => `${quoted(name)} ${typeOf(name, type)}`)
  const [partition, ...clustering] = spec.key.map(quoted)
  const order = spec.key.slice(1).map((column) => `${quoted(column)} ${spec.clustering?.[column] === 'desc' ? 'DESC' : 'ASC'}`)
  return `CREATE TABLE IF NOT EXISTS ${table} (${columns.join(', ')}, PRIMARY KEY (${[`(${partition})`, ...clustering].join(', ')}))`
    + (order.length === 0 ? '' : ` WITH CLUSTERING ORDER BY (${order.join(', ')})`)
}
export const createPositions = (table: string): string => `CREATE TABLE IF NOT EXISTS ${table} ("partition" int, "topic" text, "next" bigint, PRIMARY KEY (("partition"), "topic"))`
export const dropTable = (table: string): string => `DROP TABLE IF EXISTS ${table}`

/** One more than the write's position, since timestamps begin at 1. */
export function timestampOf({ offset, index }: Pick<RowWrite, 'offset' | 'index'>): number {
  if (index >= WRITES_PER_EVENT) throw new Error(`the event at offset ${offset} makes more than ${WRITES_PER_EVENT} writes; split what the view derives from it`)
  return offset * WRITES_PER_EVENT + index + 1
}

const whole = (spec: RowSpec): string => spec.key.map((column) => `${quoted(column)} = ?`).join(' AND ')
const valuesOf = (columns: readonly string[], row: AnyRow): readonly unknown[] => columns.map((column) => row[column] ?? null)

/** Compiles puts and removals of whole rows of a table, at the timestamps of their events. */
export function writerOf(table: string, spec: RowSpec): (write: RowWrite) => Statement {
  const columns = Object.keys(spec.columns)
  const put = `INSERT INTO ${table} (${columns.map(quoted).join(', ')}) VALUES (${columns.map(() => '?').join(', ')}) USING TIMESTAMP ?`
  const remove = `DELETE FROM ${table} USING TIMESTAMP ? WHERE ${whole(spec)}`
  return (write) => (write.value === undefined ? { query: remove, params: [timestampOf(write), ...valuesOf(spec.key, write.key)] }
    : { query: put, params: [...valuesOf(columns, write.value), timestampOf(write)] })
}

/** Statements of one partition, maybe of several tables, and the writes they came from, in the same order. */
export interface Together { readonly statements: readonly Statement[]; readonly writes: readonly RowWrite[] }

/**
 * Batches of statements that share their partition key, of few statements and not too much text. What several tables hold of one key
 * goes together: it lies on the same nodes, and Cassandra makes one mutation of it.
 */
export function compileBatches(keyspace: string, view: View, writes: readonly RowWrite[]): readonly Together[] {
  const batches: Together[] = []
  const open = new Map<string, { readonly statements: Statement[]; readonly writes: RowWrite[]; chars: number }>()
  const kinds = new Map(Object.entries(view.rows).map(([row, spec]) => {
    const [partition = ''] = spec.key
    return [row, { compile: writerOf(tableName(keyspace, view, row), spec), partition, type: String(spec.columns[partition]) }]
  }))
  for (const write of writes) {
    const kind = kinds.get(write.row)
    if (kind === undefined) throw new Error(`no row kind '${write.row}' in view '${view.name}'`)
    const statement = kind.compile(write)
    const chars = charsOf(statement.params)
    const place = `${kind.type} ${String(write.key[kind.partition])}`
    let batch = open.get(place)
    if (batch === undefined || batch.statements.length === STATEMENTS_PER_BATCH || batch.chars + chars > CHARS_PER_BATCH) {
      batch = { statements: [], writes: [], chars: 0 }
      batches.push(batch)
      open.set(place, batch)
    }
    batch.statements.push(statement)
    batch.writes.push(write)
    batch.chars += chars
  }
  return batches
}

const charsOf = (values: readonly unknown[]): number =>
  values.reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : Array.isArray(value) ? charsOf(value) : 8), 0)

/** The position carries itself as its timestamp: an older one that arrives late changes nothing. */
export const movePosition = (table: string, batch: Pick<Batch, 'partition' | 'topic' | 'next'>): Statement => ({
  query: `INSERT INTO ${table} ("partition", "topic", "next") VALUES (?, ?, ?) USING TIMESTAMP ?`,
  params: [batch.partition, batch.topic, batch.next, batch.next],
})
export const readPositions = (table: string, partition: number): Statement => ({ query: `SELECT "topic", "next" FROM ${table} WHERE "partition" = ?`, params: [partition] })

const columnList = (spec: RowSpec): string => Object.keys(spec.columns).map(quoted).join(', ')
export const readRow = (table: string, spec: RowSpec, ref: RowRef): Statement =>
  ({ query: `SELECT ${columnList(spec)} FROM ${table} WHERE ${whole(spec)}`, params: valuesOf(spec.key, ref.key) })

/** Pieces of the ring that a table is scanned in. */
const PIECES = 64n
const FIRST = -(2n ** 63n)
/**
 * A table whole, in pieces of the ring of tokens. What was deleted lies there until it is compacted, and a server refuses to pass over too much of
 * it for one answer (Cassandra: 100,000 cells, `tombstone_failure_threshold`).
 */
export function scanRows(table: string, spec: RowSpec): readonly string[] {
  const token = `token(${quoted(spec.key[0] ?? '')})`
  const bound = (piece: bigint): bigint => FIRST + piece * (2n ** 64n / PIECES)
  return Array.from({ length: Number(PIECES) }, (_, n) =>
    `SELECT ${columnList(spec)} FROM ${table} WHERE ${token} > ${bound(BigInt(n))} AND ${token} <= ${BigInt(n) + 1n === PIECES ? -FIRST - 1n : bound(BigInt(n) + 1n)}`)
}
