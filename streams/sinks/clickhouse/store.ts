/**
 * A view's rows in ClickHouse. There is no transaction over two tables, and none is needed: each table says by its own rows how
 * far it has come, an insert is one block and so whole or absent, and it is a compare-and-set on the table's position
 * (see `insertRows` and `insertToken`). What a table already holds is not sent again.
 */
import { type AnyRow, type Batch, type RowWrite, specOf, type ViewStore } from '../../runtime/store.ts'
import type { View } from '../../runtime/view.ts'
import { createTable, insertRows, insertToken, nextOffset, NOTHING, positionOf, rowEncoder, selectPositions, selectRows, tableName, whereKeys } from './compile.ts'
import type { ClickHouseConnection } from './connect.ts'

/** Inserts that left the table where it was, before a token is held for used up, and before we give up. */
const STILL_SAME_TOKEN = 2
const STILL_GIVE_UP = 12
/** An insert and the read of its position cost the server 10 ms of CPU together, for one row as for thousands. */
const GATHER_MS = 300

/** Opens the view's rows; a store remembers the position of each table and partition it has read or written. */
export function openStore(connection: ClickHouseConnection, view: View): ViewStore {
  const kinds = Object.entries(view.rows).map(([row, spec]) => (
    { row, spec, table: tableName(connection.database, view, row), encode: rowEncoder(row, spec) }))
  type Kind = (typeof kinds)[number]
  const held = new Map<string, number>()
  const cell = (kind: Kind, partition: number): string => `${kind.row}:${partition}`
  const heldBy = (kind: Kind, partition: number): number => held.get(cell(kind, partition)) ?? NOTHING

  async function readPositions(partition: number, of: readonly Kind[] = kinds): Promise<void> {
    const sql = selectPositions(of.map((kind) => kind.table), partition)
    const [answer] = await connection.query<{ positions: number[] }>(`reading positions of view '${view.name}'`, sql)
    of.forEach((kind, place) => held.set(cell(kind, partition), answer?.positions[place] ?? NOTHING))
  }

  /** Least position over the tables a topic feeds: what all of them have. */
  const nextOf = (topic: string, partition: number): number => {
    const positions = kinds.filter((kind) => kind.spec.source === topic).map((kind) => heldBy(kind, partition))
    const least = positions.length === 0 ? NOTHING : Math.min(...positions)
    return least === NOTHING ? 0 : nextOffset(least)
  }

  /** Has the table hold all of these writes; false where the table stands behind what we knew: it has lost rows. */
  async function fill(kind: Kind, partition: number, writes: readonly RowWrite[]): Promise<boolean> {
    const last = writes.reduce((most, write) => Math.max(most, positionOf(write)), NOTHING)
    for (let still = 0; still <= STILL_GIVE_UP;) {
      const at = heldBy(kind, partition)
      if (at >= last) return true
      const lacking = writes.filter((write) => positionOf(write) > at)
      const token = insertToken(kind.table, partition, at, Math.max(0, still - STILL_SAME_TOKEN))
      await connection.insert(`inserting ${lacking.length} rows '${kind.row}' of view '${view.name}'`,
        insertRows(kind.table, kind.spec, partition, at), kind.encode(partition, lacking), token)
      await readPositions(partition, [kind])
      const now = heldBy(kind, partition)
      if (now < at) return false
      still = now === at ? still + 1 : 0
    }
    throw new Error(`inserting rows '${kind.row}' of view '${view.name}': the table stood still at position ${heldBy(kind, partition)} through ${STILL_GIVE_UP} inserts`)
  }

  return {
    gather_ms: GATHER_MS,
    async prepare() {
      await connection.command(`creating database '${connection.database}'`, `CREATE DATABASE IF NOT EXISTS \`${connection.database}\``)
      for (const { table, spec } of kinds) await connection.command(`creating table ${table}`, createTable(table, spec))
    },
    async positions(partition) {
      await readPositions(partition)
      const topics = new Set(kinds.flatMap((kind) => kind.spec.source ?? []))
      return { fence: '', next: new Map([...topics].map((topic) => [topic, nextOf(topic, partition)] as const).filter(([, next]) => next > 0)) }
    },
    async read(_partition, refs) {
      const found = new Map<string, AnyRow>()
      for (const kind of kinds) {
        const own = refs.filter((ref) => ref.row === kind.row)
        if (own.length === 0) continue
        const { where, params } = whereKeys(kind.spec, own)
        const rows = await connection.query<AnyRow>(`reading rows '${kind.row}' of view '${view.name}'`, selectRows(kind.table, kind.spec, where), params)
        for (const row of rows) found.set(JSON.stringify([kind.row, ...kind.spec.key.map((column) => row[column])]), row)
      }
      return refs.map((ref) => found.get(JSON.stringify([ref.row, ...specOf(view.rows, ref.row).key.map((column) => ref.key[column])])))
    },
    async flush({ topic, partition, next, writes }: Batch) {
      if (!kinds.every((kind) => held.has(cell(kind, partition)))) await readPositions(partition)
      for (const [row, own] of Map.groupBy(writes, (write) => write.row)) {
        const kind = kinds.find((one) => one.row === row)
        if (kind === undefined || kind.spec.source !== topic) throw new Error(`view '${view.name}' writes row '${row}' for a record of '${topic}', but its source is '${specOf(view.rows, row).source}'`)
        if (!await fill(kind, partition, own)) return 'fenced'
      }
      return nextOf(topic, partition) > next ? 'fenced' : { fence: '' }
    },
    scan: (row) => connection.stream(`scanning rows '${row}' of view '${view.name}'`, selectRows(tableName(connection.database, view, row), specOf(view.rows, row))),
    async drop() {
      for (const { table } of kinds) await connection.command(`dropping table ${table}`, `DROP TABLE IF EXISTS ${table} SYNC`)
      held.clear()
    },
  }
}
