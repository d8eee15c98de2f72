/** Lists by their maker, what is in them by place, and who keeps them. */
import type { ScyllaReader } from '../../runtime/readers.ts'
import { defineView, type RowOf, type RowSpecs } from '../../runtime/view.ts'
import { mirror } from '../mirror.ts'

const [kept, filled, shared] = ['cdc.user.lists', 'cdc.user.list_entries', 'cdc.user.list_collaborators'] as const
const list_columns = {
  list_id: 'text', profile_id: 'text', kind: 'text', name: 'text', description_id: 'text?', visibility: 'text', ranked: 'int', cloned_from: 'text?', version: 'long', created_at: 'timestamp',
  updated_at: 'timestamp',
} as const
const entry_columns = { list_id: 'text', title_id: 'text', place: 'text', note_id: 'text?', added_by: 'text', version: 'long', added_at: 'timestamp' } as const
const collaborator_columns = { list_id: 'text', profile_id: 'text', version: 'long', added_at: 'timestamp' } as const
const rows = {
  lists: { source: kept, key: ['list_id'], columns: list_columns },
  of_profile: { source: kept, key: ['profile_id', 'created_at', 'list_id'], clustering: { created_at: 'desc', list_id: 'desc' }, columns: list_columns },
  entries: { source: filled, key: ['list_id', 'place', 'title_id'], columns: entry_columns },
  with_title: { source: filled, key: ['title_id', 'list_id'], columns: entry_columns },
  collaborators: { source: shared, key: ['list_id', 'profile_id'], columns: collaborator_columns },
  collaborations: { source: shared, key: ['profile_id', 'list_id'], columns: collaborator_columns },
} as const satisfies RowSpecs
/** `ranked` is 0 or 1; `kind` custom, watchlist or favourites; `visibility` public, unlisted or private. */
export type List = RowOf<typeof rows.lists>
/** Places are compared as text. */
export type ListEntry = RowOf<typeof rows.entries>
export type Collaborator = RowOf<typeof rows.collaborators>

export default defineView(import.meta.url, {
  version: 1,
  store: 'scylla',
  from: {
    [kept]: ['list_id', 'profile_id', 'kind', 'name', 'description_id', 'visibility', 'ranked', 'cloned_from', 'version', 'created_at', 'updated_at'],
    [filled]: ['list_id', 'title_id', 'place', 'note_id', 'added_by', 'version', 'added_at'],
    [shared]: ['list_id', 'profile_id', 'version', 'added_at'],
  },
  rows,
  apply: (event) => {
    if (event.topic === kept) {
      return [
        ...mirror('lists', event, ({ list_id }) => ({ list_id }), (list) => list),
        ...mirror('of_profile', event, ({ profile_id, created_at, list_id }) => ({ profile_id, created_at, list_id }), (list) => list),
      ]
    }
    if (event.topic === filled) {
      return [
        ...mirror('entries', event, ({ list_id, place, title_id }) => ({ list_id, place, title_id }), (entry) => entry),
        ...mirror('with_title', event, ({ title_id, list_id }) => ({ title_id, list_id }), (entry) => entry),
      ]
    }
    return [
      ...mirror('collaborators', event, ({ list_id, profile_id }) => ({ list_id, profile_id }), (one) => one),
      ...mirror('collaborations', event, ({ profile_id, list_id }) => ({ profile_id, list_id }), (one) => one),
    ]
  },
})

const list_selected = `SELECT ${Object.keys(list_columns).join(', ')}`
const entry_selected = `SELECT ${Object.keys(entry_columns).join(', ')}`
const collaborator_selected = `SELECT ${Object.keys(collaborator_columns).join(', ')}`
/** The most that one answer holds of what is not paged. */
const MOST = 200

/** A list, whatever its visibility. */
export const list = async (reader: ScyllaReader, list_id: string): Promise<List | undefined> => (await listsByIds(reader, [list_id]))[0]

/** Those of these lists, at most 200, that there are. */
export const listsByIds = async (reader: ScyllaReader, ids: readonly string[]): Promise<readonly List[]> =>
  (await Promise.all(ids.map((id) => reader.run<List>(`${list_selected} FROM ${reader.table('lists')} WHERE list_id = ?`, [id])))).flat()

export interface ListsPage {
  readonly profile_id: string
  readonly limit: number
  /** Last list of the page before. */
  readonly after?: { readonly created_at: number; readonly list_id: string }
}

/** Lists of a profile, its watchlist and favourites among them, newest first. */
export const listsOfProfile = (reader: ScyllaReader, { profile_id, limit, after }: ListsPage): Promise<readonly List[]> => {
  const page = `${list_selected} FROM ${reader.table('of_profile')} WHERE profile_id = ?`
  return after === undefined ? reader.run(`${page} LIMIT ?`, [profile_id, limit]) : reader.run(`${page} AND (created_at, list_id) < (?, ?) LIMIT ?`, [profile_id, after.created_at, after.list_id, limit])
}

export interface EntriesPage {
  readonly list_id: string
  readonly limit: number
  /** Last entry of the page before. */
  readonly after?: { readonly place: string; readonly title_id: string }
}

/** What is in a list, in its order. */
export const entriesPage = (reader: ScyllaReader, { list_id, limit, after }: EntriesPage): Promise<readonly ListEntry[]> => {
  const page = `${entry_selected} FROM ${reader.table('entries')} WHERE list_id = ?`
  return after === undefined ? reader.run(`${page} LIMIT ?`, [list_id, limit]) : reader.run(`${page} AND (place, title_id) > (?, ?) LIMIT ?`, [list_id, after.place, after.title_id, limit])
}

/** Entries of a title in any list, whatever its visibility. */
export const listsWithTitle = (reader: ScyllaReader, title_id: string, limit: number): Promise<readonly ListEntry[]> =>
  reader.run(`${entry_selected} FROM ${reader.table('with_title')} WHERE title_id = ? LIMIT ?`, [title_id, limit])

/** Who keeps a list besides its maker. */
export const collaboratorsOf = (reader: ScyllaReader, list_id: string): Promise<readonly Collaborator[]> =>
  reader.run(`${collaborator_selected} FROM ${reader.table('collaborators')} WHERE list_id = ? LIMIT ?`, [list_id, MOST])

/** Lists that a profile keeps besides its own. */
export const collaborationsOf = (reader: ScyllaReader, profile_id: string): Promise<readonly Collaborator[]> =>
  reader.run(`${collaborator_selected} FROM ${reader.table('collaborations')} WHERE profile_id = ? LIMIT ?`, [profile_id, MOST])
