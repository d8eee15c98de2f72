/** Accounts' keys, out of MySQL and for a while out of memory: what an erasure destroys is forgotten here within a minute. */
import type { Database } from '../shared/mysql.ts'
import type { Keyed } from '../shared/personal-data.ts'

/** Keys, still wrapped, of those of these accounts that have one. */
export type Keys = (account_ids: readonly string[]) => Promise<ReadonlyMap<string, Keyed>>

/** How long a key is remembered, and so how long words may be read after their account's erasure. */
export const remembered_ms = 60_000
const most_keys = 20_000

/** Asks MySQL for what it does not remember. Who has no key is asked for again: it may come yet. `now` is in ms. */
export function openKeys(database: Pick<Database, 'read'>, now: () => number = () => performance.now(), most: number = most_keys): Keys {
  const known = new Map<string, { readonly key: Keyed; readonly until: number }>()
  return async (account_ids) => {
    const found = new Map<string, Keyed>()
    for (const account_id of account_ids) {
      const hit = known.get(account_id)
      if (hit !== undefined && hit.until > now()) found.set(account_id, hit.key)
    }
    const unknown = [...new Set(account_ids)].filter((account_id) => !found.has(account_id))
    if (unknown.length === 0) return found
    // before MySQL is asked: what is destroyed while it answers is not to live longer for that
    const until = now() + remembered_ms
    const rows = await database.read((sql) => sql.rowsIn<Keyed>('SELECT account_id, key_wrapped FROM social_keys WHERE account_id IN (?)', unknown))
    for (const key of rows) {
      const { account_id } = key
      found.set(account_id, key)
      known.delete(account_id)
      known.set(account_id, { key, until })
    }
    for (const account_id of known.keys()) {
      if (known.size <= most) break
      known.delete(account_id)
    }
    return found
  }
}
