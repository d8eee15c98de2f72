/**
 * ClickHouse as the sink uses it: tables that only grow, of which the newest position of each key counts, and inserts that take their
 * time and are dropped in silence where their token was seen before. Reading a table and inserting into it are never one step.
 */
import type { AnyRow } from '../../runtime/store.ts'
import { storeName } from '../../runtime/view.ts'
import type { ClickHouseConnection } from '../../sinks/clickhouse/connect.ts'
import { openStore } from '../../sinks/clickhouse/store.ts'
import { UnsupportedError } from '../network.ts'
import type { Process } from '../scheduler.ts'
import { type Column, columnsIn, rowsIn } from './rowbinary.ts'
import { serverOf, type SimulatedStore, type StoreWorld } from './store.ts'

/** Rows without a deduplication token, in a table of three columns. */
interface Position { readonly topic: string; readonly partition: number; readonly next: number }
interface Table { readonly columns: readonly Column[]; readonly key: readonly string[]; readonly window: number; rows: readonly AnyRow[]; tokens: readonly string[] }

const DATABASE = 'cdlc'
/** How long an insert may be on the server before it counts (ms). */
const INSERT_MS = 40

const statements = {
  create_positions: /^CREATE TABLE IF NOT EXISTS (\S+) \(topic String, _partition UInt16, next Int64\) ENGINE = ReplacingMergeTree\(next\)/,
  insert_position: /^INSERT INTO (\S+) \(topic, _partition, next\) VALUES \('(.*)', (\d+), (\d+)\)$/,
  forget: /^DELETE FROM (\S+) WHERE _partition = (\d+)$/,
  next: /^SELECT topic, max\(next\) AS next FROM (\S+) WHERE _partition = (\d+) GROUP BY topic$/,
  create: /^CREATE TABLE IF NOT EXISTS (\S+) \((.*), PROJECTION .* ORDER BY \((.*?)\)(.*)$/s,
  insert: /^INSERT INTO (\S+) \((.*)\) FORMAT RowBinary$/s,
  positions: /^SELECT _partition, max\(_position\) AS _at FROM (\S+) WHERE _partition < (\d+) GROUP BY _partition/,
  newest: /, max\(_position\) AS _at FROM (\S+) WHERE tuple\((.*?)\) IN \{keys:.*GROUP BY/,
} as const

const namesIn = (list: string): readonly string[] => [...list.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)
const greatest = (rows: readonly AnyRow[]): number => Math.max(...rows.map((row) => Number(row['_position'])))

export function createClickHouse({ network, view, violated }: StoreWorld): SimulatedStore {
  const server = serverOf('clickhouse')
  const tables = new Map<string, Table>()
  const positions = new Map<string, readonly Position[]>()
  const tableOf = (name: string): Table => {
    const table = tables.get(name)
    if (table === undefined) throw new Error(`table ${name} does not exist`)
    return table
  }

  const positionsOf = (name: string): readonly Position[] => {
    const table = positions.get(name)
    if (table === undefined) throw new Error(`table ${name} does not exist`)
    return table
  }

  function command(sql: string): void {
    if (sql.startsWith('CREATE DATABASE')) return
    const [, kept] = statements.create_positions.exec(sql) ?? []
    if (kept !== undefined) {
      if (!positions.has(kept)) positions.set(kept, [])
      return
    }
    const [, into, topic = '', partition, next] = statements.insert_position.exec(sql) ?? []
    if (into !== undefined) {
      positions.set(into, [...positionsOf(into), { topic, partition: Number(partition), next: Number(next) }])
      return
    }
    const [, from, gone] = statements.forget.exec(sql) ?? []
    if (from !== undefined) {
      positions.set(from, positionsOf(from).filter(({ partition: of }) => of !== Number(gone)))
      return
    }
    const [, name, columns = '', key = '', rest = ''] = statements.create.exec(sql) ?? []
    if (name === undefined) throw new UnsupportedError(`simulated clickhouse: what is '${sql}'?`)
    if (tables.has(name)) return
    const window = Number(/non_replicated_deduplication_window = (\d+)/.exec(rest)?.[1] ?? 0)
    tables.set(name, { columns: columnsIn(columns), key: namesIn(key), window, rows: [], tokens: [] })
  }

  async function insert(sql: string, bytes: Buffer, token: string): Promise<void> {
    const [, name = '', list = ''] = statements.insert.exec(sql) ?? []
    if (name === '') throw new UnsupportedError(`simulated clickhouse: what is '${sql}'?`)
    const table = tableOf(name)
    const rows = rowsIn(namesIn(list).flatMap((column) => table.columns.find((one) => one.name === column) ?? []), bytes)
    const { life } = server
    await network.pass(INSERT_MS)
    if (life !== server.life) throw new Error('the server died meanwhile')
    if (table.window > 0 && table.tokens.slice(-table.window).includes(token)) return
    for (const row of rows) {
      const twice = table.rows.some((held) => held['_partition'] === row['_partition'] && held['_position'] === row['_position'])
      if (twice) violated('once', `${name} has position ${String(row['_position'])} of partition ${String(row['_partition'])} twice`)
    }
    table.tokens = [...table.tokens, token]
    table.rows = [...table.rows, ...rows]
  }

  /** Keys travel as the client's tuples. */
  function query(sql: string, params: AnyRow): readonly AnyRow[] {
    const [, counted, bound] = statements.positions.exec(sql) ?? []
    if (counted !== undefined) {
      const rows = tableOf(counted).rows.filter((row) => Number(row['_partition']) < Number(bound))
      return [...Map.groupBy(rows, (row) => row['_partition'])].map(([_partition, own]) => ({ _partition, _at: greatest(own) }))
    }
    const [, kept, wanted] = statements.next.exec(sql) ?? []
    if (kept !== undefined) {
      const own = positionsOf(kept).filter(({ partition }) => partition === Number(wanted))
      return [...Map.groupBy(own, ({ topic }) => topic)].map(([topic, all]) => ({ topic, next: Math.max(...all.map(({ next }) => next)) }))
    }
    const [, searched, columns = ''] = statements.newest.exec(sql) ?? []
    if (searched === undefined) throw new UnsupportedError(`simulated clickhouse: what is '${sql}'?`)
    const names = namesIn(columns)
    const keys = new Set((params['keys'] as readonly { readonly values: readonly unknown[] }[]).map(({ values }) => JSON.stringify(values)))
    const rows = Map.groupBy(tableOf(searched).rows, (row) => JSON.stringify(names.map((name) => row[name])))
    return [...rows].filter(([id]) => keys.has(id)).map(([, own]) => ({ ...own[0], _at: greatest(own) }))
  }

  const connect = (process: Process): ClickHouseConnection => ({
    database: DATABASE,
    command: (what, sql) => network.call(process, server, what, () => { command(sql) }),
    insert: (what, sql, bytes, token) => network.call(process, server, `${what} with token ${token}`, () => insert(sql, Buffer.concat(bytes), token)),
    query: <T>(what: string, sql: string, params: AnyRow = {}) => network.call(process, server, what, () => query(sql, params) as readonly T[]),
    stream: () => { throw new UnsupportedError('simulated clickhouse: nothing is streamed') },
  })

  return {
    server,
    loses: 'noticed late',
    open: (process) => openStore(connect(process), view),
    remember() {
      const kept = new Map([...tables].map(([name, { rows }]) => [name, rows]))
      const noted = new Map(positions)
      // parts are lost, the log of tokens is not
      return () => {
        server.life++
        for (const [name, table] of tables) table.rows = kept.get(name) ?? []
        for (const name of positions.keys()) positions.set(name, noted.get(name) ?? [])
      }
    },
    wipe() {
      server.life++
      for (const table of tables.values()) table.rows = []
      for (const name of positions.keys()) positions.set(name, [])
    },
    rows(row) {
      const table = tables.get(`\`${DATABASE}\`.\`${`${storeName(view)}_${row}`.replaceAll('-', '_')}\``)
      const newest = new Map<string, AnyRow>()
      for (const held of table?.rows ?? []) {
        const id = JSON.stringify(table?.key.map((column) => held[column]))
        if (Number(newest.get(id)?.['_position'] ?? -1) <= Number(held['_position'])) newest.set(id, held)
      }
      return [...newest.values()].filter((held) => held['_deleted'] === 0)
    },
  }
}
