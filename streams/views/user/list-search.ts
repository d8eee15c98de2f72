/** Lists found by their names: those alone that anybody may find, which are the public ones with a name. */
import type { Neo4jReader } from '../../runtime/readers.ts'
import { defineView, type RowOf, type RowSpecs } from '../../runtime/view.ts'
import { mirror } from '../mirror.ts'
import { luceneQuery, searchText } from '../text.ts'

const rows = {
  list: {
    key: ['list_id'],
    columns: { list_id: 'text', profile_id: 'text', name: 'text', search_text: 'text' },
    search: ['search_text'],
  },
} as const satisfies RowSpecs

export default defineView(import.meta.url, {
  version: 1,
  store: 'neo4j',
  from: { 'cdc.user.lists': ['list_id', 'profile_id', 'kind', 'name', 'visibility'] },
  rows,
  // a watchlist and favourites are found by whose they are, and a list whose account is erased has lost its name
  apply: (event) => mirror('list', event, ({ list_id }) => ({ list_id }), ({ list_id, profile_id, kind, name, visibility }) => (
    kind === 'custom' && visibility === 'public' && name !== '' ? { list_id, profile_id, name, search_text: searchText(name) } : undefined)),
})

/** `profile_id`: its maker, who may be private or have blocked whoever asks: that is the caller's to look at. */
export type FoundList = Omit<RowOf<typeof rows.list>, 'search_text'>

/** Public lists by name, misspelt or begun, best match first. */
export async function findLists(reader: Neo4jReader, q: string, { offset, limit }: { readonly offset: number; readonly limit: number }): Promise<readonly FoundList[]> {
  const lucene = luceneQuery(q)
  if (lucene === undefined) return []
  return reader.run(`CALL db.index.fulltext.queryNodes($lists, $lucene) YIELD node AS l, score WHERE l._row
    RETURN l.list_id AS list_id, l.profile_id AS profile_id, l.name AS name
    ORDER BY score DESC, name, list_id SKIP toInteger($offset) LIMIT toInteger($limit)`,
  { lucene, lists: reader.search('list'), offset, limit })
}
