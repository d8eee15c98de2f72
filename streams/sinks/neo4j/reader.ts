/** What a view's query functions may ask of its rows in Neo4j. */
import type { Neo4jReader } from '../../runtime/readers.ts'
import type { AnyRow } from '../../runtime/store.ts'
import type { View } from '../../runtime/view.ts'
import { labelOf, searchIndex } from './compile.ts'
import type { Neo4jConnection } from './connect.ts'
import { toParameters } from './values.ts'

export const openReader = (connection: Neo4jConnection, view: View): Neo4jReader => ({
  label: (row) => labelOf(view, row),
  type: (row) => labelOf(view, row),
  search: (row) => searchIndex(view, row),
  run: (cypher, params) => connection.query(`querying view '${view.name}'`, { cypher, params: toParameters(params) as AnyRow }),
})
