/**
 * ClickHouse as the sink uses it: tables that only grow, of which the newest position of each key counts; inserts that compare, take
 * their time, and are dropped in silence where their token was seen before. Comparing and inserting are not one step.
 */
import type { AnyRow } from '../../runtime/store.ts'
import { storeName } from '../../runtime/view.ts'
import type { ClickHouseConnection } from '../../sinks/clickhouse/connect.ts'
import { openStore } from '../../sinks/clickhouse/store.ts'
import type { Process } from '../scheduler.ts'
import { rowsIn } from './rowbinary.ts'
import { serverOf, type SimulatedStore, type StoreWorld } from './store.ts'

interface Table { readonly key: readonly string[]; readonly window: number; rows: readonly AnyRow[]; tokens: readonly string[] }

const DATABASE = 'cdlc'
/** How long an insert may take between its comparison and its commit (ms). */
const INSERT_MS = 40

const statements = {
  create: /^CREATE TABLE IF NOT EXISTS (\S+) \(.*ORDER BY \((.*?)\)(.*)$/s,
  insert: /^INSERT INTO (\S+) SELECT \* FROM input\('(.*?)'\)(?: WHERE (.*))? FORMAT RowBinary$/s,
  positions: /^SELECT \[(.*)\] AS positions$/s,
} as const
const position = /coalesce\(\(SELECT max\((\w+)\) FROM (\S+) WHERE (\w+) = (\d+) GROUP BY \w+\), (-?\d+)\)/g
const comparisons: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '=': (a, b) => a === b, '!=': (a, b) => a !== b, '<': (a, b) => a < b, '<=': (a, b) => a <= b, '>': (a, b) => a > b, '>=': (a, b) => a >= b,
}

export function createClickHouse({ network, view, violated }: StoreWorld): SimulatedStore {
  const server = serverOf('clickhouse')
  const tables = new Map<string, Table>()
  const tableOf = (name: string): Table => {
    const table = tables.get(name)
    if (table === undefined) throw new Error(`simulated clickhouse: table ${name} does not exist`)
    return table
  }
  /** An expression with the positions of its tables filled in. */
  const filled = (sql: string): string => sql.replaceAll(position, (_all, of: string, name: string, by: string, value: string, otherwise: string) => {
    const found = tableOf(name).rows.filter((row) => row[by] === Number(value)).map((row) => Number(row[of]))
    return String(found.length === 0 ? otherwise : Math.max(...found))
  })

  function holds(condition: string, row: AnyRow): boolean {
    if (condition === '1') return true
    const [, left = '', operator = '', right = ''] = /^(\S+) (\S+) (\S+)$/.exec(condition) ?? []
    const value = (text: string): number => (/^-?\d+$/.test(text) ? Number(text) : Number(row[text]))
    const compare = comparisons[operator]
    if (compare === undefined) throw new Error(`simulated clickhouse: what is '${condition}'?`)
    return compare(value(left), value(right))
  }

  async function insert(sql: string, bytes: Buffer, token: string): Promise<void> {
    const [, name = '', declaration = '', where = '1'] = statements.insert.exec(sql) ?? []
    const condition = filled(where)
    const rows = rowsIn(declaration, bytes).filter((row) => holds(condition, row))
    await network.pass(INSERT_MS)
    const table = tableOf(name)
    if (rows.length === 0 || table.tokens.slice(-table.window).includes(token)) return
    for (const row of rows) {
      const twice = table.rows.some((held) => held['_partition'] === row['_partition'] && held['_position'] === row['_position'])
      if (twice) violated('once', `${name} has position ${String(row['_position'])} of partition ${String(row['_partition'])} twice`)
    }
    table.tokens = [...table.tokens, token]
    table.rows = [...table.rows, ...rows]
  }

  function command(sql: string): void {
    const [, name, key = '', rest = ''] = statements.create.exec(sql) ?? []
    if (name === undefined || tables.has(name)) return
    const window = Number(/non_replicated_deduplication_window = (\d+)/.exec(rest)?.[1] ?? 0)
    tables.set(name, { key: [...key.matchAll(/`([^`]+)`/g)].map(([, column = '']) => column), window, rows: [], tokens: [] })
  }

  const connect = (process: Process): ClickHouseConnection => ({
    database: DATABASE,
    command: (what, sql) => network.call(process, server, what, () => { command(sql) }),
    insert: (what, sql, bytes, token) => network.call(process, server, `${what} with token ${token}`, () => insert(sql, bytes, token)),
    query: <T>(what: string, sql: string) => network.call(process, server, what, () => {
      const [, list] = statements.positions.exec(sql) ?? []
      if (list === undefined) throw new Error(`simulated clickhouse: what is '${sql}'?`)
      return JSON.parse(`[{"positions":[${filled(list)}]}]`) as readonly T[]
    }),
    stream: () => { throw new Error('simulated clickhouse: nothing is streamed') },
  })

  return {
    server,
    loses: 'noticed late',
    open: (process) => openStore(connect(process), view),
    remember() {
      const kept = new Map([...tables].map(([name, { rows }]) => [name, rows]))
      // parts are lost, the log of tokens is not
      return () => { for (const [name, table] of tables) table.rows = kept.get(name) ?? [] }
    },
    wipe: () => { for (const table of tables.values()) table.rows = [] },
    rows(row) {
      const [name, table] = [...tables].find(([candidate]) => candidate === `\`${DATABASE}\`.\`${`${storeName(view)}_${row}`.replaceAll('-', '_')}\``) ?? []
      if (name === undefined || table === undefined) return []
      const newest = new Map<string, AnyRow>()
      for (const held of table.rows) {
        const id = JSON.stringify(table.key.map((column) => held[column]))
        if (Number(newest.get(id)?.['_position'] ?? -1) <= Number(held['_position'])) newest.set(id, held)
      }
      return [...newest.values()].filter((held) => held['_deleted'] === 0)
    },
  }
}
