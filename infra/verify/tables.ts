/** Reads MySQL tables as the change stream would tell them: every row as a snapshot read, columns as Debezium types them. */
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { topicSpec } from '@cdlc/schemas/topics.ts'
import type { Change } from '@cdlc/streams/runtime/view.ts'
import { createConnection, type Connection, type FieldPacket } from 'mysql2/promise'

const PAGE = 5_000
const DAY_MS = 86_400_000

/** A consistent view over all tables, held until closed. */
export interface Tables {
  /** Rows of a CDC topic's table, in pages. */
  changes(topic: string, columns: readonly string[]): AsyncIterable<readonly Change[]>
  count(topic: string): Promise<number>
  query<T>(sql: string, params?: readonly (string | number)[]): Promise<readonly T[]>
  close(): Promise<void>
}

/** Opens a snapshot of both databases. */
export async function openTables(endpoints: Endpoints): Promise<Tables> {
  const { host, port, user, password } = endpoints.mysql
  const connection: Connection = await createConnection({ host, port, user, password, dateStrings: true, timezone: 'Z', connectTimeout: 5_000 })
  await connection.query('SET SESSION max_execution_time = 60000')
  await connection.query('START TRANSACTION WITH CONSISTENT SNAPSHOT')
  const name = (topic: string): string => {
    const { database, table } = topicSpec(topic)
    if (database === undefined || table === undefined) throw new Error(`reading the table of '${topic}': it is no CDC topic`)
    return `\`${database}\`.\`${table}\``
  }
  const query = async <T>(sql: string, params: readonly (string | number)[] = []): Promise<readonly T[]> => (await connection.query(sql, [...params]))[0] as T[]
  return {
    query,
    count: async (topic) => (await query<{ n: number }>(`SELECT count(*) AS n FROM ${name(topic)}`))[0]?.n ?? 0,
    async *changes(topic, columns) {
      const keys = topicSpec(topic).primary_key ?? []
      const order = keys.map((key) => `\`${key}\``).join(', ')
      let after: readonly (string | number)[] | undefined
      for (;;) {
        const wanted = [...new Set([...columns, ...keys])].map((column) => `\`${column}\``).join(', ')
        const where = after === undefined ? '' : `WHERE (${order}) > (${keys.map(() => '?').join(', ')})`
        const [rows, fields] = await connection.query({ sql: `SELECT ${wanted} FROM ${name(topic)} ${where} ORDER BY ${order} LIMIT ${PAGE}`, values: [...after ?? []] })
        const page = rows as Record<string, unknown>[]
        if (page.length > 0) yield page.map((row) => ({ topic, op: 'r', before: null, after: asDebezium(row, fields, columns) }))
        const last = page.at(-1)
        if (page.length < PAGE || last === undefined) return
        after = keys.map((key) => last[key] as string | number)
      }
    },
    close: () => connection.end(),
  }
}

/** mysql2 names column types by number: 10 DATE, 12 DATETIME. */
function asDebezium(row: Readonly<Record<string, unknown>>, fields: readonly FieldPacket[], columns: readonly string[]): Readonly<Record<string, unknown>> {
  const types = new Map(fields.map((field) => [field.name, field.columnType]))
  return Object.fromEntries(columns.map((column) => {
    const value = row[column]
    if (typeof value === 'string' && types.get(column) === 10) return [column, Math.round(Date.parse(`${value}T00:00:00Z`) / DAY_MS)]
    if (typeof value === 'string' && types.get(column) === 12) return [column, Date.parse(`${value.replace(' ', 'T')}Z`)]
    return [column, value]
  }))
}
