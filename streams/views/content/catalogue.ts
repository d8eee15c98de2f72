/** The catalogue to list and search: titles by name, kind, genre, year and the people credited for them. */
import type { Neo4jReader } from '../../runtime/readers.ts'
import { defineView, type RowOf, type RowSpecs } from '../../runtime/view.ts'
import { mirror } from '../mirror.ts'
import { luceneQuery, searchText, sortName } from '../text.ts'

const rows = {
  title: {
    key: ['title_id'],
    columns: {
      title_id: 'text', kind: 'text', name: 'text', original_name: 'text?', sort_name: 'text', release_year: 'int?',
      added_at: 'timestamp', version: 'long', search_text: 'text',
    },
    search: ['search_text'],
    index: ['sort_name', 'release_year'],
  },
  genre: { key: ['genre'], columns: { genre: 'text', name: 'text' } },
  person: { key: ['person_id'], columns: { person_id: 'text', name: 'text', search_text: 'text' }, search: ['search_text'] },
  of_genre: {
    key: ['title_id', 'genre'],
    columns: { title_id: 'text', genre: 'text' },
    edge: { from: { row: 'title', column: 'title_id' }, to: { row: 'genre', column: 'genre' } },
  },
  credited: {
    key: ['credit_id'],
    columns: { credit_id: 'text', person_id: 'text', title_id: 'text' },
    edge: { from: { row: 'person', column: 'person_id' }, to: { row: 'title', column: 'title_id' } },
  },
} as const satisfies RowSpecs
/** `genres` are slugs, sorted. */
export type CatalogueTitle = Omit<RowOf<typeof rows.title>, 'sort_name' | 'search_text'> & { readonly genres: readonly string[] }

export default defineView(import.meta.url, {
  version: 1,
  store: 'neo4j',
  from: {
    'cdc.content.titles': ['title_id', 'kind', 'name', 'original_name', 'release_year', 'version', 'created_at'],
    'cdc.content.genres': ['genre', 'name'],
    'cdc.content.title_genres': ['title_id', 'genre'],
    'cdc.content.people': ['person_id', 'name'],
    'cdc.content.credits': ['credit_id', 'title_id', 'person_id'],
  },
  rows,
  apply: (event) => {
    switch (event.topic) {
      case 'cdc.content.titles': return mirror('title', event, ({ title_id }) => ({ title_id }), (title) => ({
        title_id: title.title_id, kind: title.kind, name: title.name, original_name: title.original_name, sort_name: sortName(title.name),
        release_year: title.release_year, added_at: title.created_at, version: title.version,
        search_text: searchText(title.name, title.original_name),
      }))
      case 'cdc.content.genres': return mirror('genre', event, ({ genre }) => ({ genre }), ({ genre, name }) => ({ genre, name }))
      case 'cdc.content.people': return mirror('person', event, ({ person_id }) => ({ person_id }),
        ({ person_id, name }) => ({ person_id, name, search_text: searchText(name) }))
      case 'cdc.content.title_genres': return mirror('of_genre', event, ({ title_id, genre }) => ({ title_id, genre }),
        ({ title_id, genre }) => ({ title_id, genre }))
      case 'cdc.content.credits': return mirror('credited', event, ({ credit_id }) => ({ credit_id }),
        ({ credit_id, person_id, title_id }) => ({ credit_id, person_id, title_id }))
    }
  },
})

export interface TitleSearch {
  /** Words of a title's name or a credited person's. */
  readonly q?: string
  readonly kind?: string
  readonly genre?: string
  readonly year?: number
  /** Left out: relevance where there is a `q`, else title. */
  readonly sort?: 'relevance' | 'title' | 'year'
  readonly limit: number
  readonly offset: number
}

const orders = {
  relevance: 'score DESC, sort_name, title_id',
  title: 'sort_name, title_id',
  year: 'coalesce(release_year, -1) DESC, sort_name, title_id',
} as const

/** A page of the titles that match all that is asked; a person's name finds their titles at half the score of a title's own. */
export async function searchTitles(reader: Neo4jReader, search: TitleSearch): Promise<readonly CatalogueTitle[]> {
  const { q, kind, genre, year, sort, limit, offset } = search
  const lucene = q === undefined ? undefined : luceneQuery(q)
  if (q !== undefined && lucene === undefined) return []
  const found = lucene === undefined ? `MATCH (t:\`${reader.label('title')}\`)` : `CALL () {
      CALL db.index.fulltext.queryNodes($titles, $lucene) YIELD node, score RETURN node AS t, score
      UNION ALL
      CALL db.index.fulltext.queryNodes($people, $lucene, {limit: 100}) YIELD node, score
      MATCH (node)-[:\`${reader.type('credited')}\`]->(t) RETURN t, score / 2 AS score
    } WITH t, max(score) AS score`
  const ofGenre = `MATCH (t)-[:\`${reader.type('of_genre')}\`]->(g:\`${reader.label('genre')}\`)`
  const wanted = [
    't._row',
    ...(kind === undefined ? [] : ['t.kind = $kind']),
    ...(year === undefined ? [] : ['t.release_year = $year']),
    ...(genre === undefined ? [] : ['g.genre = $genre']),
  ]
  return reader.run(`${found} ${genre === undefined ? '' : ofGenre} WHERE ${wanted.join(' AND ')}
    WITH t, ${lucene === undefined ? '0' : 'score'} AS score, t.sort_name AS sort_name, t.title_id AS title_id,
      t.release_year AS release_year
    ORDER BY ${orders[sort ?? 'relevance']} SKIP toInteger($offset) LIMIT toInteger($limit)
    RETURN title_id, t.kind AS kind, t.name AS name, t.original_name AS original_name, release_year, t.added_at AS added_at,
      t.version AS version, COLLECT { ${ofGenre} RETURN g.genre ORDER BY g.genre } AS genres`,
  { kind: kind ?? null, genre: genre ?? null, year: year ?? null, limit, offset, lucene: lucene ?? null,
    titles: reader.search('title'), people: reader.search('person') })
}

/** People by name, best match first. */
export async function searchPeople(
  reader: Neo4jReader, { q, limit, offset }: { readonly q: string; readonly limit: number; readonly offset: number },
): Promise<readonly { readonly person_id: string; readonly name: string }[]> {
  const lucene = luceneQuery(q)
  if (lucene === undefined) return []
  return reader.run(`CALL db.index.fulltext.queryNodes($people, $lucene) YIELD node AS p, score WHERE p._row
    RETURN p.person_id AS person_id, p.name AS name ORDER BY score DESC, name, person_id SKIP toInteger($offset) LIMIT toInteger($limit)`,
  { lucene, people: reader.search('person'), limit, offset })
}

export interface Genre { readonly genre: string; readonly name: string; readonly titles: number }

/** All genres by name, with how many titles each has. */
export const genres = (reader: Neo4jReader): Promise<readonly Genre[]> =>
  reader.run(`MATCH (g:\`${reader.label('genre')}\`) WHERE g._row
    RETURN g.genre AS genre, g.name AS name, COUNT { (g)<-[:\`${reader.type('of_genre')}\`]-(t WHERE t._row) } AS titles
    ORDER BY name, genre`, {})

/** One of what joins two people: a person, or a title that those before and after it are credited for. */
export type PathStep =
  | { readonly kind: 'person'; readonly person_id: string; readonly name: string }
  | { readonly kind: 'title'; readonly title_id: string; readonly name: string }

/** Edges of six degrees: each is a title, between two people. */
const MAX_EDGES = 12

/**
 * A shortest way from one person to another, both of them in it: person, title, person and so on. One step where both are the same;
 * undefined where more than six titles lie between, or one of the two is not there.
 */
export async function shortestPath(reader: Neo4jReader, person_a: string, person_b: string): Promise<readonly PathStep[] | undefined> {
  const person = `:\`${reader.label('person')}\``
  const way = person_a === person_b ? '(a)' // Neo4j looks for no way from a node to itself
    : `shortestPath((a)-[:\`${reader.type('credited')}\`*..${MAX_EDGES}]-(b))`
  const found = await reader.run<{ readonly steps: readonly PathStep[] }>(`MATCH (a${person} {person_id: $person_a}) MATCH (b${person} {person_id: $person_b})
    MATCH way = ${way} WHERE all(n IN nodes(way) WHERE n._row)
    RETURN [n IN nodes(way) | CASE WHEN n.title_id IS NULL THEN {kind: 'person', person_id: n.person_id, name: n.name}
      ELSE {kind: 'title', title_id: n.title_id, name: n.name} END] AS steps`, { person_a, person_b })
  return found[0]?.steps
}
