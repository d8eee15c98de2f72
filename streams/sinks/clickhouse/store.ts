/**
 * A view's rows in ClickHouse. There is no transaction over two tables, and none is needed: each table says by its own rows how
 * far it has come, an insert is one block and so whole or absent, and it is a compare-and-set on the table (see `commits.ts`).
 * What a table already holds is not sent again.
 */
import { type AnyRow, type Batch, type RowWrite, specOf, type ViewStore } from '../../runtime/store.ts'
import type { RowSpec, View } from '../../runtime/view.ts'
import { checkerOf } from '../check.ts'
import { rejecting } from '../errors.ts'
import { openCommits, type PartitionWrites } from './commits.ts'
import { createPositions, createTable, cut, forgetPositions, insertPosition, insertRows, nextOffset, NOTHING, rowEncoder, selectNext, selectPositions, selectRows, tableName, whereKeys } from './compile.ts'
import type { ClickHouseConnection } from './connect.ts'
import { isPermanent } from './errors.ts'
import { putRedriven } from './redriven.ts'

/** An insert and the reads around it cost the server 10 ms of CPU together, for one row as for thousands. */
const GATHER_MS = 50

export function openStore(connection: ClickHouseConnection, view: View): ViewStore {
  const check = checkerOf(view)
  const kinds = Object.entries(view.rows).map(([row, spec]) => kindOf(connection, view, row, spec))
  type Kind = (typeof kinds)[number]
  const passed = tableName(connection.database, view, '_positions')
  const sources = new Set(kinds.flatMap((kind) => kind.spec.source ?? []))

  /** Least position over the tables a topic feeds: what all of them have. */
  const nextOf = (topic: string, partition: number): number => {
    const positions = kinds.filter((kind) => kind.spec.source === topic).map((kind) => kind.commits.known(partition))
    const least = positions.length === 0 ? NOTHING : Math.min(...positions)
    return least === NOTHING ? 0 : nextOffset(least)
  }
  async function put(kind: Kind, partition: number, writes: readonly RowWrite[]): Promise<boolean> {
    for (const run of cut(writes)) if (!await kind.commits.put({ partition, ...run })) return false
    return true
  }

  return {
    gather_ms: GATHER_MS,
    async prepare() {
      await connection.command(`creating database '${connection.database}'`, `CREATE DATABASE IF NOT EXISTS \`${connection.database}\``)
      for (const { table, spec } of kinds) await connection.command(`creating table ${table}`, createTable(table, spec))
      await connection.command(`creating table ${passed}`, createPositions(passed))
    },
    async positions(partition) {
      const [told] = await Promise.all([
        connection.query<{ readonly topic: string; readonly next: number }>(`reading positions of dead letters of view '${view.name}'`, selectNext(passed, partition)),
        ...kinds.map((kind) => kind.commits.read(partition)),
      ])
      const own = [...sources].map((topic) => [topic, nextOf(topic, partition)] as const).filter(([, next]) => next > 0)
      return { fence: '', next: new Map([...own, ...told.map(({ topic, next }) => [topic, next] as const)]) }
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
      check(writes)
      const done = await Promise.allSettled([...Map.groupBy(writes, (write) => write.row)].map(async ([row, own]) => {
        const kind = kinds.find((one) => one.row === row)
        const stray = own.find((write) => kind?.spec.source !== (write.source ?? topic))
        if (kind === undefined || stray !== undefined) throw new Error(`view '${view.name}' writes row '${row}' for a record of '${stray?.source ?? topic}', but its source is '${specOf(view.rows, row).source}'`)
        const redriven = own.filter((write) => write.source !== undefined)
        return await rejecting(isPermanent, own, async () => {
          if (redriven.length > 0) await putRedriven(connection, `putting ${redriven.length} redriven rows '${row}' of view '${view.name}'`, kind, partition, redriven)
          return await put(kind, partition, own.filter((write) => write.source === undefined))
        })
      }))
      for (const one of done) if (one.status === 'rejected') throw one.reason
      if (done.some((one) => one.status === 'fulfilled' && !one.value)) {
        await connection.command(`forgetting how far partition ${partition} of view '${view.name}' has come in its dead letters`, forgetPositions(passed, partition))
        return 'fenced'
      }
      // after the rows: whoever comes to them a second time finds them there
      if (!sources.has(topic)) await connection.command(`noting that view '${view.name}' has come to ${next} of ${topic}/${partition}`, insertPosition(passed, topic, partition, next))
      return nextOf(topic, partition) > next ? 'fenced' : { fence: '' }
    },
    scan: (row) => connection.stream(`scanning rows '${row}' of view '${view.name}'`, selectRows(tableName(connection.database, view, row), specOf(view.rows, row))),
    async drop() {
      for (const table of [...kinds.map((kind) => kind.table), passed]) await connection.command(`dropping table ${table}`, `DROP TABLE IF EXISTS ${table} SYNC`)
    },
  }
}

function kindOf(connection: ClickHouseConnection, view: View, row: string, spec: RowSpec) {
  const table = tableName(connection.database, view, row)
  const encode = rowEncoder(row, spec)
  const commits = openCommits({
    name: table, isPermanent,
    async read() {
      const rows = await connection.query<{ _partition: number; _at: number }>(`reading positions of rows '${row}' of view '${view.name}'`, selectPositions(table))
      return new Map(rows.map(({ _partition, _at }) => [_partition, _at]))
    },
    async insert(of: readonly PartitionWrites[], token) {
      const rows = of.reduce((sum, { writes }) => sum + writes.length, 0)
      await connection.insert(`inserting ${rows} rows '${row}' of view '${view.name}'`, insertRows(table, spec), of.map(({ partition, writes }) => encode(partition, writes)), token)
    },
  })
  return { row, spec, table, encode, commits }
}
