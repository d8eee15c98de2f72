/** What a view's query functions may ask of its rows in ScyllaDB. */
import type { ScyllaReader } from '../../runtime/readers.ts'
import { specOf } from '../../runtime/store.ts'
import type { View } from '../../runtime/view.ts'
import { tableName } from './compile.ts'
import type { ScyllaConnection } from './connect.ts'

export const openReader = (connection: ScyllaConnection, view: View): ScyllaReader => ({
  table(row) {
    specOf(view.rows, row)
    return tableName(connection.keyspace, view, row)
  },
  run: async (query, params, options) => await connection.query(`querying view '${view.name}'`, { query, params }, options?.limit) as never,
})
