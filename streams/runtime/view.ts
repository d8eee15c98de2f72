/**
 * A view is rows in one store, derived from topics by a pure function. This file is its whole vocabulary:
 *
 * - *source*: a topic and the columns of it that the view reads; nothing else of a record is decoded
 * - *change*: one record of a CDC topic (`op` c, u, d or r, with `before` and `after`); an event is the creation of itself
 * - *row spec*: key and columns of one kind of row; a sink derives its DDL from it
 * - *write*: plain data: put this row, or remove the row of this key
 * - *projection*: a view that needs no rows to compute its writes; *fold*: one that does, and names them in `touches`
 */
import type { CdcRows, Events } from '@cdlc/schemas/generated/topics.ts'
import { type FailurePolicy, failurePolicy } from './failure.ts'

/** Values a column can hold; `?` marks a column that may be null. `timestamp` is ms since the epoch. */
export type ScalarType = 'text' | 'int' | 'long' | 'double' | 'bool' | 'timestamp' | 'text[]' | 'int[]'
export interface JsonColumn<T> { readonly json: true; readonly shape?: T }
export type ColumnType = ScalarType | `${ScalarType}?` | JsonColumn<unknown>

/** A column that holds a document of shape `T`; only Redis and memory views may have one. */
export const json = <T>(): JsonColumn<T> => ({ json: true })

type Scalar<C> = C extends 'text' ? string
  : C extends 'int' | 'long' | 'double' | 'timestamp' ? number
  : C extends 'bool' ? boolean
  : C extends 'text[]' ? readonly string[]
  : C extends 'int[]' ? readonly number[]
  : never
type ValueOf<C> = C extends JsonColumn<infer T> ? T : C extends `${infer S}?` ? Scalar<S> | null : Scalar<C>

/** Key and columns of one kind of row. */
export interface RowSpec {
  /** Columns that identify the row. The first is the Kafka key of every source of a Redis row, and the partition key in Scylla. */
  readonly key: readonly string[]
  readonly columns: Readonly<Record<string, ColumnType>>
  /** Scylla and ClickHouse: the one topic that feeds this row; the rows' own positions then say how far that topic has been applied. */
  readonly source?: string
  /** Redis: numeric columns kept in a sorted set, highest first. */
  readonly order?: readonly string[]
  /** Scylla: direction of clustering columns where it is not ascending. */
  readonly clustering?: Readonly<Record<string, 'asc' | 'desc'>>
  /** Neo4j: this row is a relationship between two node rows of the view, whose keys are the columns named here. */
  readonly edge?: { readonly from: EdgeEnd; readonly to: EdgeEnd }
  /** Neo4j: text columns in the full-text index of this row. */
  readonly search?: readonly string[]
  /** Neo4j: columns with a range index. */
  readonly index?: readonly string[]
}
/** `row` names a node row of the same view; `column` is the column of the relationship that holds the node's key. */
export interface EdgeEnd { readonly row: string; readonly column: string }
export type RowSpecs = Readonly<Record<string, RowSpec>>

export type RowOf<S extends RowSpec> = { readonly [C in keyof S['columns']]: ValueOf<S['columns'][C]> }
export type KeyOf<S extends RowSpec> = { readonly [C in S['key'][number] & keyof S['columns']]: ValueOf<S['columns'][C]> }

/** Put this whole row, or remove the row of this key. */
export type Write<R extends RowSpecs = RowSpecs> = { [N in keyof R & string]:
  | { readonly put: N; readonly row: RowOf<R[N]> }
  | { readonly remove: N; readonly key: KeyOf<R[N]> } }[keyof R & string]

/** Names one row: which kind, and its key. */
export type Touch<R extends RowSpecs = RowSpecs> = { [N in keyof R & string]: { readonly row: N; readonly key: KeyOf<R[N]> } }[keyof R & string]

/** State of the touched rows, before this event and after all earlier ones. */
export type Rows<R extends RowSpecs = RowSpecs> = { readonly [N in keyof R & string]: { get(key: KeyOf<R[N]>): RowOf<R[N]> | undefined } }

export type Op = 'c' | 'u' | 'd' | 'r'
/** One change of a MySQL row. `after` is null for a delete; `before` is null for create and snapshot. */
export interface Change<T extends string = string, V = Readonly<Record<string, unknown>>> {
  readonly topic: T
  readonly op: Op
  readonly before: V | null
  readonly after: V | null
}

/** What changes are of: rows of tables and of processors, and events. */
interface Values extends CdcRows, Events {}
export type SourceTopic = keyof Values & string
export type Sources = { readonly [T in SourceTopic]?: readonly (keyof Values[T] & string)[] }
type ColumnsOf<S extends Sources, T extends keyof S> = S[T] extends readonly (infer C)[] ? C : never
/** Union over the sources, told apart by `topic`. */
export type ChangeOf<S extends Sources> = { [T in keyof S & SourceTopic]:
  Change<T, { readonly [C in ColumnsOf<S, T> & keyof Values[T]]: Values[T][C] }> }[keyof S & SourceTopic]

export type StoreName = 'redis' | 'scylla' | 'neo4j' | 'clickhouse' | 'memory'

export interface ViewDefinition<S extends Sources, R extends RowSpecs, N extends StoreName = StoreName> {
  /** Raise it to have the view built again beside the old one. */
  readonly version: number
  readonly store: N
  readonly from: S
  readonly rows: R
  /** What to do where a store or a record fails; left out: try again for ever, and dead-letter what no retry can mend. */
  readonly failure?: Partial<FailurePolicy>
  /** Rows of a partition that stay in memory, up to twice as many. Left out: 10,000, or 2,000 where rows have documents; fewer where those are large. */
  readonly remembers?: number
  /** Rows that `apply` may read for this event. Left out: a projection. */
  readonly touches?: (event: ChangeOf<S>) => readonly Touch<R>[]
  /** Pure and synchronous: no clock, randomness or I/O; never changes what it is given. */
  readonly apply: (event: ChangeOf<S>, rows: Rows<R>) => readonly Write<R>[]
}

/** A view with its types erased, as the runtime handles it; `name` comes from its file. */
export interface View {
  readonly name: string
  readonly version: number
  /** Which filling of this version it is: 0, unless it was rebuilt. */
  readonly build: number
  readonly store: StoreName
  readonly from: Readonly<Record<string, readonly string[]>>
  /** As defined, and for stores that cannot tell a redriven record by its position the hidden kind `_redriven`. */
  readonly rows: RowSpecs
  readonly failure: FailurePolicy
  readonly remembers?: number
  readonly touches: ((event: Change) => readonly Touch[]) | undefined
  readonly apply: (event: Change, rows: Rows) => readonly Write[]
}

/** What tells one filling of a view from another. */
export type Edition = Pick<View, 'name' | 'version' | 'build'>
/** `<name>_v<version>`, and `_b<build>` where it was rebuilt: prefix of everything the view keeps in its store. */
export const storeName = (view: Edition): string => `${view.name}_v${view.version}${view.build === 0 ? '' : `_b${view.build}`}`
/** `<name>-v<version>`, and `-b<build>` where it was rebuilt: the view's consumer group. */
export const groupName = (view: Edition): string => `${view.name}-v${view.version}${view.build === 0 ? '' : `-b${view.build}`}`

/** Row kind that remembers which redriven records have had their effect, in the transaction of that effect. */
export const REDRIVEN = '_redriven'
const redriven = { key: ['id'], columns: { id: 'text', attempt: 'int' } } as const satisfies RowSpec
/** Row kinds that the runtime keeps for itself begin with an underscore; verification and laws leave them out. */
export const ownRows = (view: Pick<View, 'rows'>): readonly string[] => Object.keys(view.rows).filter((row) => !row.startsWith('_'))
/** Whether a row's write is ordered by its event's position in the store itself, so that a late one loses there. */
export const ordersByPosition = (store: StoreName): boolean => store === 'scylla' || store === 'clickhouse'

/** A view that still knows its rows' types, for readers and queries. */
export interface TypedView<R extends RowSpecs, N extends StoreName = StoreName> extends View { readonly rows: R; readonly store: N }

/**
 * Defines the view whose file this is: `export default defineView(import.meta.url, {…})`.
 * The file's name is the view's name. Throws on a spec that its store cannot hold.
 */
export function defineView<const S extends Sources, const R extends RowSpecs, const N extends StoreName>(
  url: string, view: ViewDefinition<S, R, N>,
): TypedView<R, N> {
  const name = url.slice(url.lastIndexOf('/') + 1).replace(/\.ts$/, '')
  const rows = ordersByPosition(view.store) ? view.rows : { ...view.rows, [REDRIVEN]: redriven }
  const defined = { touches: undefined, build: 0, ...view, rows, failure: failurePolicy(view.failure), name } as unknown as TypedView<R, N>
  const problem = problemOf(defined)
  if (problem !== undefined) throw new Error(`defining view '${name}': ${problem}`)
  return defined
}

function problemOf(view: View): string | undefined {
  if (!/^[a-z][a-z0-9-]*$/.test(view.name)) return 'a view\'s file name has lower-case letters, digits and dashes'
  if (!Number.isSafeInteger(view.version) || view.version < 1) return `version is ${view.version}, not a whole number from 1`
  if (Object.keys(view.from).length === 0) return 'it reads no topic'
  if (view.touches !== undefined && ordersByPosition(view.store)) {
    return `${view.store} holds projections only; a fold needs redis or neo4j`
  }
  const hidden = Object.keys(view.rows).find((row) => row.startsWith('_') && row !== REDRIVEN)
  if (hidden !== undefined) return `row '${hidden}' begins with an underscore; such names are the runtime's own`
  for (const [row, spec] of Object.entries(view.rows)) {
    for (const column of [...spec.key, ...(spec.order ?? []), ...(spec.search ?? []), ...(spec.index ?? [])]) {
      if (!(column in spec.columns)) return `row '${row}' names column '${column}', which it does not have`
    }
    if (spec.key.length === 0) return `row '${row}' has no key`
    const open = spec.key.find((column) => String(spec.columns[column]).endsWith('?'))
    if (open !== undefined) return `row '${row}' has '${open}' in its key, which may be null; a key is never null`
    if (spec.source === undefined && ordersByPosition(view.store)) {
      return `row '${row}' has no source; in ${view.store} each row is fed by one topic: name it`
    }
    if (spec.source !== undefined && !(spec.source in view.from)) {
      return `row '${row}' names source '${spec.source}', which the view does not read; it reads ${Object.keys(view.from).join(', ')}`
    }
    const documents = Object.values(spec.columns).some((type) => typeof type !== 'string')
    if (documents && view.store !== 'redis' && view.store !== 'memory') return `row '${row}' has a json column, which ${view.store} does not hold`
    for (const end of spec.edge === undefined ? [] : [spec.edge.from, spec.edge.to]) {
      if (view.rows[end.row]?.key.length !== 1) return `row '${row}' joins '${end.row}', which is no node row with a single key column`
    }
  }
  return undefined
}

/** One string for a row's key: its values joined by ':', escaped where they hold one. */
export function encodeKey({ key }: RowSpec, row: Readonly<Record<string, unknown>>): string {
  let id = escaped(row[key[0] ?? ''])
  for (let place = 1; place < key.length; place++) id += `:${escaped(row[key[place] ?? ''])}`
  return id
}

function escaped(value: unknown): string {
  const text = typeof value === 'string' ? value : String(value)
  return text.includes(':') || text.includes('%') ? encodeURIComponent(text) : text
}
