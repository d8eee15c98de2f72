/**
 * Rows of redriven records: older than the table's position, and to be put where they would have been. They lose to what is newer of
 * their keys, say nothing of how far the table has come, and are not put again by those that read the dead letters again.
 */
import { createHash } from 'node:crypto'
import type { AnyRow, RowWrite } from '../../runtime/store.ts'
import type { RowSpec } from '../../runtime/view.ts'
import { insertRows, NOTHING, positionOf, REDRIVEN, selectNewest, whereKeys } from './compile.ts'
import type { ClickHouseConnection } from './connect.ts'

/** Keys that one query asks for: they travel in its address. */
const KEYS_PER_QUERY = 200

interface Kind {
  readonly row: string
  readonly spec: RowSpec
  readonly table: string
  readonly encode: (partition: number, writes: readonly RowWrite[]) => Buffer
}

/** Inserts that left rows lacking before we give up. */
const GIVE_UP = 10

export async function putRedriven(connection: ClickHouseConnection, what: string, { row, spec, table, encode }: Kind, partition: number, writes: readonly RowWrite[]): Promise<void> {
  const idOf = (key: AnyRow): string => JSON.stringify(spec.key.map((column) => key[column]))
  for (let start = 0; start < writes.length; start += KEYS_PER_QUERY) {
    const some = writes.slice(start, start + KEYS_PER_QUERY)
    const { where, params } = whereKeys(spec, some)
    for (let attempt = 0; ; attempt++) {
      const found = await connection.query<AnyRow>(`reading what is newer, ${what}`, selectNewest(table, spec, where), params)
      const newest = new Map(found.map((held) => [idOf(held), Number(held['_at'])]))
      const lacking = some.filter((write) => positionOf(write) > (newest.get(idOf(write.key)) ?? NOTHING))
      if (lacking.length === 0) break
      if (attempt > GIVE_UP) throw new Error(`${what}: rows '${row}' are lacking after ${attempt} inserts`)
      const bytes = encode(partition + REDRIVEN, lacking)
      // two owners that come to the same rows at once put them once; a later attempt is for rows that the table has lost since their token was used
      const token = `${table}:redriven:${createHash('sha256').update(bytes).digest('base64url')}${attempt === 0 ? '' : `#${attempt}`}`
      await connection.insert(what, insertRows(table, spec), [bytes], token)
    }
  }
}
