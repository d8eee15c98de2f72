/** How lists are read: out of views, or of MySQL where a `Read-After` is ahead of them; and who sees them. */
import { Refused } from '../shared/errors.ts'
import { readAfter, type Tag } from '../shared/etag.ts'
import { freshest, shows, type Served } from '../shared/read-your-writes.ts'
import { listsList, seesList } from '../shared/visibility.ts'
import { countEntries, readEntries } from './entry-store.ts'
import { loadCollaborators, loadList, readLists } from './list-store.ts'
import { noList, type List } from './list.ts'
import type { ViewedEntry, ViewedList } from './list-views.ts'
import { lookAt, peopleSeen, type Seen, type Viewer } from './looking.ts'
import { wordsOf, type TextPorts as Ports } from './text-reading.ts'

/** A list out of MySQL, as the view would have it. */
const viewed = (list: List): ViewedList => ({ ...list, ranked: list.ranked ? 1 : 0 })

/** `words`: where its words are to be read, as those of the view may be older than the list. */
export interface SeenList { readonly list: ViewedList; readonly collaborators: readonly string[]; readonly from: Served<unknown>['from']; readonly words: 'view' | 'mysql' }

/** A list that the viewer may see; Refused otherwise. */
export async function seeList(ports: Ports, viewer: Viewer, list_id: string, header: string | undefined): Promise<SeenList> {
  const { database, views } = ports
  const asked = readAfter(header).filter((tag) => tag.id === list_id)
  const { value: list, from } = await freshest<ViewedList | undefined>(
    () => views.lists.list(list_id),
    asked.length === 0 ? undefined : (found) => asked.every((tag) => shows(found?.version, tag)),
    async () => {
      const found = await database.read((sql) => loadList(sql, list_id))
      return found === undefined ? undefined : viewed(found)
    },
  )
  if (list === undefined) throw new Refused(noList)
  const collaborators = from === 'view' ? await views.lists.collaborators(list_id) : (await database.read((sql) => loadCollaborators(sql, list_id))).map(({ profile_id }) => profile_id)
  const { viewer_id } = viewer
  // one's own card may not have come to the view yet
  const standing = list.profile_id === viewer_id ? 'self' : (await lookAt(views.members, list.profile_id, viewer))?.standing
  if (standing === undefined || !seesList(standing, list.visibility, viewer_id !== undefined && collaborators.includes(viewer_id))) throw new Refused(noList)
  return { list, collaborators, from, words: asked.length > 0 ? 'mysql' : 'view' }
}

/** Whom the viewer may know to have a part in a list that they see, of 200 at most: its owner, themselves, and those whose cards they see. */
export async function peopleOfList(
  { views }: Pick<Ports, 'views'>, viewer: Viewer, { profile_id: owner_id }: Pick<ViewedList, 'profile_id'>, profile_ids: readonly string[],
): Promise<ReadonlySet<string>> {
  // most lists are kept by their owner alone: nobody else is asked for
  const others = profile_ids.filter((id) => id !== owner_id && id !== viewer.viewer_id)
  const seen = others.length === 0 ? undefined : await peopleSeen(views.members, others, viewer)
  return new Set(profile_ids.filter((id) => id === owner_id || id === viewer.viewer_id || seen?.has(id) === true))
}

/** A list as the API speaks of it, without words and numbers. */
export const listAnswer = ({ description_id: _, ranked, created_at, updated_at, ...list }: ViewedList | List) => ({
  ...list, ranked: ranked === true || ranked === 1, created_at: new Date(created_at).toISOString(), updated_at: new Date(updated_at).toISOString(),
})

/** Lists with their descriptions and numbers; a list that MySQL answered is counted there. */
export async function describeLists(ports: Ports, lists: readonly ViewedList[], { from, words = from }: { readonly from: 'view' | 'mysql'; readonly words?: 'view' | 'mysql' }) {
  const { database, views } = ports
  const list_ids = lists.map(({ list_id }) => list_id)
  const [numbers, texts] = await Promise.all([views.lists.numbers(list_ids), wordsOf(ports, lists.flatMap(({ description_id }) => description_id ?? []), words)])
  return Promise.all(lists.map(async (list) => {
    const known = numbers.get(list.list_id) ?? { entries: 0, likes: 0, comments: 0 }
    const entries = from === 'view' ? known.entries : await database.read((sql) => countEntries(sql, list.list_id))
    return { ...listAnswer(list), ...known, entries, description: texts.get(list.description_id ?? '') ?? null }
  }))
}

export interface Place { readonly place: string; readonly title_id: string }
export interface EntriesAsked { readonly limit: number; readonly after: Place | undefined; readonly readAfter: string | undefined }

/** Entries in their order; of a list that `Read-After` names a write in, MySQL tells, since pages of a view do not say how new they are. */
export async function readPage({ database, views }: Ports, list_id: string, { limit, after, readAfter: header }: EntriesAsked): Promise<Served<readonly ViewedEntry[]>> {
  const names = ({ id }: Tag): boolean => id === list_id || id.startsWith(`${list_id}.`)
  if (!readAfter(header).some(names)) return { value: await views.lists.entries(list_id, limit, after), from: 'view' }
  const rows = await database.read((sql) => readEntries(sql, list_id, limit, after?.place ?? ''))
  return { value: rows.map((row) => ({ ...row, added_at: row.added_at.getTime() })), from: 'mysql' }
}

/** A page of a member's lists that the viewer is shown, newest first; `next` is where the one after begins, seen or not. */
export async function listsPage(ports: Ports, { card: { profile_id }, standing }: Seen, asked: {
  readonly limit: number
  readonly after: { readonly created_at: number; readonly list_id: string } | undefined
  readonly readAfter: string | undefined
}) {
  const { limit, after, readAfter: header } = asked
  const from = readAfter(header).length > 0 ? 'mysql' : 'view'
  const found = from === 'view'
    ? await ports.views.lists.of(profile_id, limit + 1, after)
    : (await ports.database.read((sql) => readLists(sql, profile_id, limit + 1, after))).map(viewed)
  const page = found.slice(0, limit)
  const last = found.length > limit ? page.at(-1) : undefined
  const next = last === undefined ? undefined : ([last.created_at, last.list_id] as const)
  return { items: await describeLists(ports, page.filter(({ visibility }) => listsList(standing, visibility)), { from }), next, from } as const
}
