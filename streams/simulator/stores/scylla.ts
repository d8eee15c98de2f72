/**
 * ScyllaDB as the sink uses it: rows whose cells and removals each carry a timestamp, of which the newest wins; nothing is compared
 * before a write, and only the statements of one partition of one table are taken together.
 */
import type { AnyRow } from '../../runtime/store.ts'
import { storeName } from '../../runtime/view.ts'
import type { Statement } from '../../sinks/scylla/compile.ts'
import type { ScyllaConnection } from '../../sinks/scylla/connect.ts'
import { openStore } from '../../sinks/scylla/store.ts'
import type { Process } from '../scheduler.ts'
import { serverOf, type SimulatedStore, type StoreWorld } from './store.ts'
import { UnsupportedError } from '../network.ts'

interface Cell { readonly value: unknown; readonly at: number }
/** A row lives while something of it is younger than its removal. */
interface Row { readonly key: AnyRow; readonly cells: Map<string, Cell>; marked_at: number; removed_at: number }
interface Table { readonly key: readonly string[]; readonly columns: readonly string[]; readonly rows: Map<string, Row> }

const KEYSPACE = 'cdlc'
/** What a write without a timestamp gets: microseconds since the epoch, far past any position. */
const CLOCK_US = 1_700_000_000_000_000

const names = (list: string): readonly string[] => [...list.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name)
const statements = {
  create: /^CREATE TABLE IF NOT EXISTS (\S+) \((.*), PRIMARY KEY \(\((.*?)\)(.*?)\)\)/,
  insert: /^INSERT INTO (\S+) \((.*?)\) VALUES \([?, ]*\)( USING TIMESTAMP \?)?$/,
  remove: /^DELETE FROM (\S+)( USING TIMESTAMP \?)? WHERE (.*)$/,
  select: /^SELECT (.*?) FROM (\S+)(?: WHERE (.*))?$/,
} as const

/** Of two cells of one instant a removed one wins, and else the greater. */
const newer = (a: Cell, b: Cell): Cell => (a.at !== b.at ? (a.at > b.at ? a : b) : a.value === null || (b.value !== null && String(a.value) > String(b.value)) ? a : b)

const copyOf = (tables: ReadonlyMap<string, Table>): ReadonlyMap<string, Table> => new Map([...tables].map(([name, table]) => (
  [name, { ...table, rows: new Map([...table.rows].map(([id, row]) => [id, { ...row, cells: new Map(row.cells) }])) }])))

export function createScylla({ scheduler, network, view, violated }: StoreWorld): SimulatedStore {
  const server = serverOf('scylla')
  const tables = new Map<string, Table>()

  function tableOf(name: string): Table {
    const table = tables.get(name)
    if (table === undefined) throw new Error(`unconfigured table ${name}`)
    return table
  }
  function rowOf(table: Table, key: AnyRow): Row {
    const id = JSON.stringify(table.key.map((column) => key[column]))
    const row = table.rows.get(id) ?? { key, cells: new Map(), marked_at: 0, removed_at: 0 }
    table.rows.set(id, row)
    return row
  }
  function valuesOf(table: Table, row: Row): AnyRow | undefined {
    const value: Record<string, unknown> = { ...row.key }
    let lives = row.marked_at > row.removed_at
    for (const column of table.columns) {
      if (table.key.includes(column)) continue
      const cell = row.cells.get(column)
      const held = cell !== undefined && cell.at > row.removed_at ? cell.value : null
      value[column] = held
      lives ||= held !== null
    }
    return lives ? value : undefined
  }
  const keyed = (columns: readonly string[], params: readonly unknown[]): AnyRow => Object.fromEntries(columns.map((column, place) => [column, params[place]]))

  function run({ query, params }: Statement): readonly AnyRow[] {
    const insert = statements.insert.exec(query)
    if (insert !== null) {
      const [, name = '', list = '', timed] = insert
      const table = tableOf(name)
      const columns = names(list)
      const values = keyed(columns, params)
      const at = timed === undefined ? CLOCK_US + scheduler.now() * 1_000 : Number(params[columns.length])
      const row = rowOf(table, Object.fromEntries(table.key.map((column) => [column, values[column]])))
      const before = valuesOf(table, row)
      row.marked_at = Math.max(row.marked_at, at)
      for (const column of columns) {
        if (table.key.includes(column)) continue
        const cell = { value: values[column], at }
        row.cells.set(column, newer(cell, row.cells.get(column) ?? { value: null, at: -1 }))
      }
      const after = valuesOf(table, row)
      if (name.includes('_position') && Number(after?.['next']) < Number(before?.['next'])) violated('positions', `position ${JSON.stringify(before)} went back to ${String(after?.['next'])}`)
      return []
    }
    const remove = statements.remove.exec(query)
    if (remove !== null) {
      const [, name = '', timed, where = ''] = remove
      const [at, ...key] = timed === undefined ? [CLOCK_US + scheduler.now() * 1_000, ...params] : params
      const row = rowOf(tableOf(name), keyed(names(where), key))
      row.removed_at = Math.max(row.removed_at, Number(at))
      return []
    }
    const select = statements.select.exec(query)
    if (select === null) throw new UnsupportedError(`simulated scylla: what is '${query}'?`)
    const [, list = '', name = '', where = ''] = select
    const table = tableOf(name)
    const wanted = Object.entries(keyed(names(where), params))
    return [...table.rows.values()].flatMap((row): readonly AnyRow[] => { const value = valuesOf(table, row); return value === undefined ? [] : [value] }).filter((row) => wanted.every(([column, value]) => row[column] === value))
      .map((row) => Object.fromEntries(names(list).map((column) => [column, row[column]])))
  }

  function change(query: string): void {
    const [, name, columns = '', partition = '', clustering = ''] = statements.create.exec(query) ?? []
    if (name !== undefined && !tables.has(name)) tables.set(name, { key: names(`${partition}${clustering}`), columns: names(columns), rows: new Map() })
  }

  const connect = (process: Process): ScyllaConnection => {
    const call = <T>(what: string, effect: () => T): Promise<T> => network.call(process, server, what, effect)
    const shown = ({ query, params }: Statement): string => `${/^\w+|_position/.exec(query)?.[0]} ${params.join(' ')}`
    return {
      keyspace: KEYSPACE,
      change: (what, query) => network.call(process, server, what, () => { change(query) }),
      execute: (_what, statement) => call(shown(statement), () => { run(statement) }),
      batch: (_what, batch) => call(`batch of ${batch.map(shown).join(', ')}`, () => { for (const statement of batch) run(statement) }),
      query: (_what, statement) => call(shown(statement), () => run(statement)),
      after: (delay_ms, task) => { scheduler.after(delay_ms, process, 'a task of the connection', task) },
      async *stream(_what, statement) { yield* await call(shown(statement), () => run(statement)) },
    }
  }
  function replace(by: ReadonlyMap<string, Table>): void {
    server.life++
    tables.clear()
    for (const [name, table] of copyOf(by)) tables.set(name, table)
  }
  return {
    server,
    loses: 'while nobody works',
    open: (process) => openStore(connect(process), view),
    remember() {
      const kept = copyOf(tables)
      return () => { replace(kept) }
    },
    wipe: () => { replace(new Map([...tables].map(([name, table]) => [name, { ...table, rows: new Map() }]))) },
    rows(row) {
      const table = tables.get(`"${KEYSPACE}"."${`${storeName(view)}_${row}`.replaceAll('-', '_')}"`)
      return table === undefined ? [] : [...table.rows.values()].flatMap((held): readonly AnyRow[] => { const value = valuesOf(table, held); return value === undefined ? [] : [value] })
    },
  }
}
