/** Views of lists that have caught up: they answer what MySQL has. */
import type { Database } from '../shared/mysql.ts'
import { countEntries, readEntries } from './entry-store.ts'
import { loadCollaborators, loadList, readLists } from './list-store.ts'
import type { ListViews } from './list-views.ts'

/** Asks MySQL; nobody likes or comments. */
export function caughtUpLists(database: Database): ListViews {
  const viewed = <T extends { readonly ranked: boolean }>(list: T) => ({ ...list, ranked: Number(list.ranked) })
  return {
    list: async (list_id) => {
      const list = await database.read((sql) => loadList(sql, list_id))
      return list === undefined ? undefined : viewed(list)
    },
    of: async (profile_id, limit, after) => (await database.read((sql) => readLists(sql, profile_id, limit, after))).map(viewed),
    entries: async (list_id, limit, after) =>
      (await database.read((sql) => readEntries(sql, list_id, limit, after?.place ?? ''))).map((row) => ({ ...row, added_at: row.added_at.getTime() })),
    collaborators: async (list_id) => (await database.read((sql) => loadCollaborators(sql, list_id))).map(({ profile_id }) => profile_id),
    numbers: async (list_ids) =>
      new Map(await Promise.all(list_ids.map(async (id) => [id, { entries: await database.read((sql) => countEntries(sql, id)), likes: 0, comments: 0 }] as const))),
  }
}
