/** The catalogue to list and search: titles by name, kind, genre, year, country and the people credited for them. */
import type { Neo4jReader } from '../../runtime/readers.ts'
import { defineView, type RowOf, type RowSpecs } from '../../runtime/view.ts'
import { mirror } from '../mirror.ts'
import { anyWordQuery, luceneQuery, searchText, sortName } from '../text.ts'

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
  // an end of relationships only: no topic here puts such a row
  country: { key: ['country'], columns: { country: 'text' } },
  of_country: {
    key: ['title_id', 'country'], columns: { title_id: 'text', country: 'text' },
    edge: { from: { row: 'title', column: 'title_id' }, to: { row: 'country', column: 'country' } },
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
  version: 2,
  store: 'neo4j',
  from: {
    'cdc.content.titles': ['title_id', 'kind', 'name', 'original_name', 'release_year', 'version', 'created_at'],
    'cdc.content.genres': ['genre', 'name'],
    'cdc.content.title_genres': ['title_id', 'genre'],
    'cdc.content.title_countries': ['title_id', 'country'],
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
      case 'cdc.content.title_countries': return mirror('of_country', event, ({ title_id, country }) => ({ title_id, country }),
        ({ title_id, country }) => ({ title_id, country }))
      case 'cdc.content.credits': return mirror('credited', event, ({ credit_id }) => ({ credit_id }),
        ({ credit_id, person_id, title_id }) => ({ credit_id, person_id, title_id }))
    }
  },
})

/** What titles are asked for; what is left out is not asked. */
export interface TitleFilter {
  /** Words of a title's name or a credited person's. */
  readonly q?: string
  readonly kind?: string
  readonly genre?: string
  readonly year?: number
  /** By its first year. */
  readonly decade?: number
  /** ISO 3166-1 alpha-2. */
  readonly country?: string
}
export interface TitleSearch extends TitleFilter {
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

/** The best matches of words that are looked at, and the titles that are counted by facets. */
const MATCHES = 10_000

/** Cypher that binds `t` and `score` for all that is asked, and its parameters; undefined where the words have no letter or digit. */
function matching(reader: Neo4jReader, { q, kind, genre, year, decade, country }: TitleFilter) {
  const lucene = q === undefined ? undefined : luceneQuery(q)
  if (q !== undefined && lucene === undefined) return undefined
  const found = lucene === undefined ? `MATCH (t:\`${reader.label('title')}\`) WITH t, 0 AS score` : `CALL () {
      CALL db.index.fulltext.queryNodes($titles, $lucene, {limit: ${MATCHES}}) YIELD node, score RETURN node AS t, score
      UNION ALL
      CALL db.index.fulltext.queryNodes($people, $lucene, {limit: 100}) YIELD node, score
      MATCH (node)-[:\`${reader.type('credited')}\`]->(t) RETURN t, score / 2 AS score
    } WITH t, max(score) AS score`
  const joined = [
    ...(genre === undefined ? [] : [`MATCH (t)-[:\`${reader.type('of_genre')}\`]->(:\`${reader.label('genre')}\` {genre: $genre})`]),
    ...(country === undefined ? [] : [`MATCH (t)-[:\`${reader.type('of_country')}\`]->(:\`${reader.label('country')}\` {country: $country})`]),
  ]
  const wanted = ['t._row',
    ...(kind === undefined ? [] : ['t.kind = $kind']),
    ...(year === undefined ? [] : ['t.release_year = $year']),
    ...(decade === undefined ? [] : ['t.release_year >= $decade AND t.release_year < $decade + 10']),
  ]
  return { cypher: `${found} ${joined.join(' ')}${joined.length === 0 ? '' : ' WITH t, score'} WHERE ${wanted.join(' AND ')}`,
    params: { kind: kind ?? null, genre: genre ?? null, year: year ?? null, decade: decade ?? null, country: country ?? null, lucene: lucene ?? null,
      titles: reader.search('title'), people: reader.search('person') } }
}

/** A page of the titles that match all that is asked; a person's name finds their titles at half the score of a title's own. */
export async function searchTitles(reader: Neo4jReader, { sort, limit, offset, ...filter }: TitleSearch): Promise<readonly CatalogueTitle[]> {
  const matched = matching(reader, filter)
  if (matched === undefined) return []
  return reader.run(`${matched.cypher}
    WITH t, score, t.sort_name AS sort_name, t.title_id AS title_id, t.release_year AS release_year
    ORDER BY ${orders[sort ?? (filter.q === undefined ? 'title' : 'relevance')]} SKIP toInteger($offset) LIMIT toInteger($limit)
    RETURN title_id, t.kind AS kind, t.name AS name, t.original_name AS original_name, release_year, t.added_at AS added_at,
      t.version AS version, COLLECT { MATCH (t)-[:\`${reader.type('of_genre')}\`]->(g) RETURN g.genre ORDER BY g.genre } AS genres`,
  { ...matched.params, limit, offset })
}

export interface Facet<V> { readonly value: V; readonly titles: number }
/** How many of the titles there are of each value, most first; a title counts once for each of its genres and countries. A decade is its first year. */
export interface Facets {
  readonly kinds: readonly Facet<string>[]; readonly genres: readonly Facet<string>[]; readonly decades: readonly Facet<number>[]; readonly countries: readonly Facet<string>[]
}
/** Values of one facet. */
const VALUES = 50

/** Counts of the titles that `searchTitles` finds for the same, of 10,000 at most, the best matches first; 50 values of each facet. */
export async function facets(reader: Neo4jReader, filter: TitleFilter): Promise<Facets> {
  const matched = matching(reader, filter)
  const counted = matched === undefined ? [] : await reader.run<{ readonly facet: string } & Facet<string | number>>(`${matched.cypher}
    WITH t ORDER BY score DESC LIMIT ${MATCHES} WITH collect(t) AS found
    CALL (found) {
      UNWIND found AS t RETURN 'kind' AS facet, t.kind AS value, count(*) AS titles
      UNION ALL
      UNWIND found AS t WITH t WHERE t.release_year IS NOT NULL RETURN 'decade' AS facet, t.release_year - t.release_year % 10 AS value, count(*) AS titles
      UNION ALL
      UNWIND found AS t MATCH (t)-[:\`${reader.type('of_genre')}\`]->(g) RETURN 'genre' AS facet, g.genre AS value, count(*) AS titles
      UNION ALL
      UNWIND found AS t MATCH (t)-[:\`${reader.type('of_country')}\`]->(c) RETURN 'country' AS facet, c.country AS value, count(*) AS titles
    } RETURN facet, value, titles ORDER BY titles DESC, value`, matched.params)
  const of = <V>(facet: string): readonly Facet<V>[] =>
    counted.filter((one) => one.facet === facet).slice(0, VALUES).map(({ value, titles }) => ({ value: value as V, titles }))
  return { kinds: of('kind'), genres: of('genre'), decades: of('decade'), countries: of('country') }
}

/** A film that somebody names, and when it came out. */
export interface NamedFilm { readonly name: string; readonly year: number | null }
export type TitleCandidate = Pick<CatalogueTitle, 'title_id' | 'name' | 'original_name' | 'release_year'>

/** Found by its words, of which nearness of years then chooses: a name of common words has many. */
const WORDY = 50

/** For each film, in their order, titles whose names it may mean: nearest in years first, then likest; `limit` of each, and 100 films at most. */
export async function titleCandidates(reader: Neo4jReader, films: readonly NamedFilm[], { limit }: { readonly limit: number }): Promise<readonly (readonly TitleCandidate[])[]> {
  const asked = films.flatMap(({ name, year }, at) => {
    const lucene = anyWordQuery(name)
    return lucene === undefined ? [] : [{ at, lucene, year, sort_name: sortName(name) }]
  })
  const found = asked.length === 0 ? [] : await reader.run<{ readonly at: number; readonly titles: readonly TitleCandidate[] }>(`UNWIND $asked AS one
    CALL (one) {
      CALL (one) {
        CALL db.index.fulltext.queryNodes($titles, one.lucene, {limit: ${WORDY}}) YIELD node, score RETURN node AS t, score
        UNION ALL
        MATCH (t:\`${reader.label('title')}\` {sort_name: one.sort_name}) RETURN t, 1000.0 AS score
      } WITH one, t, max(score) AS score WHERE t._row
      WITH t, score, CASE WHEN one.year IS NULL OR t.release_year IS NULL OR abs(t.release_year - one.year) < 2 THEN 0 ELSE 1 END AS apart
      ORDER BY apart, score DESC, t.title_id LIMIT toInteger($limit)
      RETURN collect({title_id: t.title_id, name: t.name, original_name: t.original_name, release_year: t.release_year}) AS titles
    } RETURN one.at AS at, titles`, { asked, limit, titles: reader.search('title') })
  const byFilm = new Map(found.map(({ at, titles }) => [at, titles]))
  return films.map((_, at) => byFilm.get(at) ?? [])
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
