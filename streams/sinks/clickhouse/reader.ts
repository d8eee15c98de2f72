/** What a view's query functions may ask of its rows in ClickHouse. */
import type { ClickHouseReader } from '../../runtime/readers.ts'
import { specOf } from '../../runtime/store.ts'
import type { View } from '../../runtime/view.ts'
import { currentRows, tableName } from './compile.ts'
import type { ClickHouseConnection } from './connect.ts'

export const openReader = (connection: ClickHouseConnection, view: View): ClickHouseReader => ({
  table: (row) => currentRows(tableName(connection.database, view, row), specOf(view.rows, row)),
  run: (sql, params) => connection.query(`querying view '${view.name}'`, sql, params),
})
