/**
 * How a view's rows lie in Neo4j: node rows are nodes of their own label, edge rows are relationships of their own type.
 *
 * - *stub*: a node that an edge needed before its row came, or after its row went; `_row` is true on rows only
 * - *position*: `(:Position {id: '<view>:<partition>', fence, <topic>: next})`, written in the transaction of the rows
 */
import neo4j from 'neo4j-driver'
import { fenceAfter, NO_FENCE } from '../../runtime/fence.ts'
import { type AnyRow, type Batch, type RowRef, type RowWrite, specOf } from '../../runtime/store.ts'
import { type EdgeEnd, type Edition, type RowSpec, storeName, type View } from '../../runtime/view.ts'
import { toProperties } from './values.ts'

export interface Statement { readonly cypher: string; readonly params: AnyRow }
type Named = Edition

/** Unquoted name of a row kind's label, or of its relationship type. */
export const labelOf = (view: Named, row: string): string => `${storeName(view)}_${row}`.replaceAll('-', '_')
export const searchIndex = (view: Named, row: string): string => `${labelOf(view, row)}_search`
export const positionId = (view: Named, partition: number): string => `${storeName(view)}:${partition}`

const quoted = (name: string): string => `\`${name}\``
const list = (columns: readonly string[], of: string): string => columns.map((column) => `${of}.${quoted(column)}`).join(', ')
/** `{a: r.a, b: r.b}`, or nothing for no columns. */
const pattern = (columns: readonly string[]): string =>
  (columns.length === 0 ? '' : ` {${columns.map((column) => `${quoted(column)}: r.${quoted(column)}`).join(', ')}}`)

/**
 * What Cypher needs to know of an edge row: its ends, and how an edge of row `r` is found. The planner is told the way, since it
 * plans while a view is still empty, when reading all edges looks as cheap as seeking one.
 */
function edgeOf(view: View, row: string) {
  const spec = specOf(view.rows, row)
  if (spec.edge === undefined) return undefined
  const keyOf = (end: EdgeEnd): string => quoted(specOf(view.rows, end.row).key[0] ?? '')
  const end = (at: EdgeEnd): string => `:${quoted(labelOf(view, at.row))} {${keyOf(at)}: r.${quoted(at.column)}}`
  const { from, to } = spec.edge
  /** Where the key holds both ends, an edge is found through its nodes and never moves. */
  const anchored = spec.key.includes(from.column) && spec.key.includes(to.column)
  const type = quoted(labelOf(view, row))
  const own = spec.key.filter((column) => !anchored || (column !== from.column && column !== to.column))
  const relationship = `[e:${type}${pattern(own)}]`
  const found = anchored ? `MATCH (a${end(from)}) MATCH (b${end(to)}) WITH r, a, b MATCH (a)-${relationship}->(b)`
    : `MATCH (a)-${relationship}->(b) USING INDEX SEEK e:${type}(${spec.key.map(quoted).join(', ')})`
  const moved = `a.${keyOf(from)} <> r.${quoted(from.column)} OR b.${keyOf(to)} <> r.${quoted(to.column)}`
  return { anchored, moved, from: end(from), to: end(to), relationship, found }
}

/** Constraints and indexes of a view, in the order they are made; `name` is what they are dropped by. */
export function schemaOf(view: View): readonly { readonly name: string; readonly kind: 'CONSTRAINT' | 'INDEX'; readonly cypher: string }[] {
  return Object.entries(view.rows).flatMap(([row, spec]) => {
    const label = labelOf(view, row)
    const edge = edgeOf(view, row)
    const of = edge === undefined ? `(n:${quoted(label)})` : `()-[n:${quoted(label)}]-()`
    const key = { name: `${label}_key`, kind: 'CONSTRAINT' as const, cypher: `CREATE CONSTRAINT ${quoted(`${label}_key`)} IF NOT EXISTS FOR ${of} REQUIRE (${list(spec.key, 'n')}) IS UNIQUE` }
    const indexes = (spec.index ?? []).map((column) => (
      { name: `${label}_${column}`, kind: 'INDEX' as const, cypher: `CREATE INDEX ${quoted(`${label}_${column}`)} IF NOT EXISTS FOR ${of} ON (${list([column], 'n')})` }))
    const name = searchIndex(view, row)
    const search = (spec.search ?? []).length === 0 ? [] : [
      { name, kind: 'INDEX' as const, cypher: `CREATE FULLTEXT INDEX ${quoted(name)} IF NOT EXISTS FOR ${of} ON EACH [${list(spec.search ?? [], 'n')}]` }]
    return [...(edge?.anchored === true ? [] : [key]), ...indexes, ...search]
  })
}
/** Waits until an index, or that of a constraint, is online. */
export const awaitIndex = (name: string): Statement => ({ cypher: 'CALL db.awaitIndex($name, $seconds)', params: { name, seconds: neo4j.int(240) } })
export const positionConstraint = 'CREATE CONSTRAINT `cdlc_position` IF NOT EXISTS FOR (p:Position) REQUIRE p.id IS UNIQUE'

/**
 * Takes the partition's lock (SET does), compares, moves. No row comes back where another owner has moved the position: by its
 * fence, or past `from`.
 */
export const movePosition = (view: Named, batch: Batch): Statement => ({
  // a fence that was a number is one still where a database is older than this
  cypher: 'MERGE (p:Position {id: $id}) ON CREATE SET p.fence = $none SET p.locked = true WITH p '
    + 'WHERE toString(p.fence) = $fence AND coalesce(p[$topic], $from) <= $from SET p.fence = $moved, p += $next RETURN p.fence AS fence',
  params: {
    id: positionId(view, batch.partition), none: NO_FENCE, fence: batch.fence, moved: fenceAfter(batch), topic: batch.topic, from: neo4j.int(batch.from), next: { [batch.topic]: neo4j.int(batch.next) },
  },
})
export const readPosition = (view: Named, partition: number): Statement =>
  ({ cypher: 'MATCH (p:Position {id: $id}) RETURN properties(p) AS position', params: { id: positionId(view, partition) } })

/** Deletes ends that were only stubs and have lost their last edge. */
const tidy = 'WITH collect(a) + collect(b) AS ends UNWIND ends AS n WITH DISTINCT n WHERE n._row IS NULL AND NOT EXISTS { (n)--() } DELETE n'

const putNodes = (view: View, row: string, spec: RowSpec): string => `UNWIND $rows AS r MERGE (n:${quoted(labelOf(view, row))}${pattern(spec.key)}) SET n = r`
const removeNodes = (view: View, row: string, spec: RowSpec): string =>
  `UNWIND $rows AS r MATCH (n:${quoted(labelOf(view, row))}${pattern(spec.key)}) SET n = r WITH n WHERE NOT EXISTS { (n)--() } DELETE n`

const columnsOf = (spec: RowSpec): readonly string[] => Object.keys(spec.columns)
/** Every transaction takes its locks in one order, as far as it can, so that few of them deadlock. */
const inOrder = (spec: RowSpec, writes: readonly RowWrite[]): readonly RowWrite[] => {
  const ends = spec.edge === undefined ? [] : [spec.edge.from.column, spec.edge.to.column]
  const placeOf = (write: RowWrite): string => [...ends.map((column) => String((write.value ?? write.key)[column])), write.id].join('\n')
  const places = new Map(writes.map((write) => [write, placeOf(write)]))
  return [...writes].sort((a, b) => ((places.get(a) ?? '') < (places.get(b) ?? '') ? -1 : 1))
}

/** The batch's rows as at most a handful of statements: nodes first, so that edges find them; removed nodes last. */
export function compileWrites(view: View, writes: readonly RowWrite[]): readonly Statement[] {
  const steps: Statement[][] = [[], [], [], []]
  const add = (step: number, cypher: string, rows: readonly AnyRow[]): void => { if (rows.length > 0) steps[step]?.push({ cypher, params: { rows } }) }
  for (const [row, unsorted] of Map.groupBy(writes, (write) => write.row)) {
    const spec = specOf(view.rows, row)
    const edge = edgeOf(view, row)
    const own = inOrder(spec, unsorted)
    const put = own.flatMap(({ value }) => (value === undefined ? [] : [toProperties(spec, columnsOf(spec), value)]))
    const removed = own.flatMap(({ value, key }) => (value === undefined ? [toProperties(spec, spec.key, key)] : []))
    if (edge === undefined) {
      add(0, putNodes(view, row, spec), put.map((properties) => ({ ...properties, _row: true })))
      add(3, removeNodes(view, row, spec), removed)
    } else {
      if (!edge.anchored) add(1, `UNWIND $rows AS r ${edge.found} WHERE ${edge.moved} DELETE e ${tidy}`, put)
      add(1, `UNWIND $rows AS r MERGE (a${edge.from}) MERGE (b${edge.to}) MERGE (a)-${edge.relationship}->(b) SET e = r`, put)
      add(2, `UNWIND $rows AS r ${edge.found} DELETE e ${tidy}`, removed)
    }
  }
  return steps.flat()
}

/** Reads rows by key; each answer carries the place of its ref. */
export function readRows(view: View, row: string, refs: readonly (RowRef & { readonly place: number })[]): Statement {
  const spec = specOf(view.rows, row)
  const edge = edgeOf(view, row)
  const rows = refs.map((ref) => ({ ...toProperties(spec, spec.key, ref.key), _place: neo4j.int(ref.place) }))
  const found = edge === undefined ? `MATCH (n:${quoted(labelOf(view, row))}${pattern(spec.key)}) WHERE n._row RETURN r._place AS place, properties(n) AS properties`
    : `${edge.found} RETURN r._place AS place, properties(e) AS properties`
  return { cypher: `UNWIND $rows AS r ${found}`, params: { rows } }
}

export const scanRows = (view: View, row: string): string => (specOf(view.rows, row).edge === undefined
  ? `MATCH (n:${quoted(labelOf(view, row))}) WHERE n._row RETURN properties(n) AS properties`
  : `MATCH ()-[e:${quoted(labelOf(view, row))}]->() RETURN properties(e) AS properties`)

export const dropPositions = (view: View): Statement =>
  ({ cypher: 'MATCH (p:Position) WHERE p.id STARTS WITH $prefix DELETE p', params: { prefix: `${storeName(view)}:` } })

/** Rows removed in one transaction: what a transaction changes lies in the heap, and readers wait while that is collected. */
const ROWS_PER_DROP = 2_000

/** Statements that each remove some rows and answer how many: to be run until that is none. Edges go before the nodes, some of which have thousands. */
export const dropSome = (view: View): readonly Statement[] => {
  const kinds = Object.entries(view.rows).map(([row, spec]) => ({ label: quoted(labelOf(view, row)), isEdge: spec.edge !== undefined }))
  const params = { rows: neo4j.int(ROWS_PER_DROP) }
  return [
    ...kinds.filter(({ isEdge }) => isEdge).map(({ label }) => ({ cypher: `MATCH ()-[e:${label}]->() WITH e LIMIT $rows DELETE e RETURN count(*) AS removed`, params })),
    ...kinds.filter(({ isEdge }) => !isEdge).map(({ label }) => ({ cypher: `MATCH (n:${label}) WITH n LIMIT $rows DETACH DELETE n RETURN count(*) AS removed`, params })),
  ]
}

export const dropSchema = (view: View): readonly Statement[] => schemaOf(view).map(({ kind, name }) => ({ cypher: `DROP ${kind} ${quoted(name)} IF EXISTS`, params: {} }))
