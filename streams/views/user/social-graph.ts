/**
 * Who knows whom: `(member)-[follows]->(member)`, and `(member)-[liked]->(title)` for each rating of 4 stars and more, so that taste finds
 * members whom nobody one knows follows. Lower ratings, reviews and viewings are edges of their own, so that what those whom one follows turn
 * to is found, and not what one has rated oneself. Likes are kept here beside `rated-together`, since few who rate are members: whom another view
 * named would mostly be nobody to show. Blocks, mutes and requests are edges too, and what is asked leaves those out by itself.
 */
import type { CdcRows } from '@cdlc/schemas/generated/topics.ts'
import type { Neo4jReader } from '../../runtime/readers.ts'
import { defineView, type RowSpecs } from '../../runtime/view.ts'
import { type BeforeAfter, mirror } from '../mirror.ts'
import { luceneQuery, searchText } from '../text.ts'

const LIKED_HALF_STARS = 8

const between = {
  key: ['profile_id', 'other_id'],
  columns: { profile_id: 'text', other_id: 'text' },
  edge: { from: { row: 'member', column: 'profile_id' }, to: { row: 'member', column: 'other_id' } },
} as const
const toTitle = {
  columns: { profile_id: 'text', title_id: 'text' },
  edge: { from: { row: 'member', column: 'profile_id' }, to: { row: 'title', column: 'title_id' } },
} as const
const rows = {
  member: {
    key: ['profile_id'],
    columns: { profile_id: 'text', handle: 'text', name: 'text', is_private: 'int', search_text: 'text' },
    search: ['search_text'],
  },
  follows: between,
  blocks: between,
  /** Who was muted or asked to let one in: nobody to suggest. */
  passes_over: between,
  // an end of relationships only: no topic here puts such a row
  title: { key: ['title_id'], columns: { title_id: 'text' } },
  liked: { key: ['profile_id', 'title_id'], columns: { ...toTitle.columns, half_stars: 'int' }, edge: toTitle.edge },
  /** Rated below 4 stars. */
  rated_lower: { key: ['profile_id', 'title_id'], ...toTitle },
  /** What is to be seen by all. */
  reviewed: { key: ['profile_id', 'title_id', 'review_id'], columns: { ...toTitle.columns, review_id: 'text' }, edge: toTitle.edge },
  watched: { key: ['profile_id', 'title_id', 'viewing_id'], columns: { ...toTitle.columns, viewing_id: 'text' }, edge: toTitle.edge },
} as const satisfies RowSpecs

type Relation = Pick<CdcRows['cdc.user.relations'], 'profile_id' | 'other_id' | 'follow' | 'blocked' | 'muted'>

export default defineView(import.meta.url, {
  version: 2,
  store: 'neo4j',
  from: {
    'cdc.user.relations': ['profile_id', 'other_id', 'follow', 'blocked', 'muted'],
    'cdc.user.social_profiles': ['profile_id', 'handle', 'name', 'is_private'],
    'cdc.user.ratings': ['profile_id', 'title_id', 'half_stars'],
    'cdc.user.reviews': ['profile_id', 'title_id', 'review_id', 'state'],
    'cdc.user.viewings': ['profile_id', 'title_id', 'viewing_id'],
  },
  rows,
  apply: (event) => {
    switch (event.topic) {
      case 'cdc.user.relations': return [
        ...edge('follows', event, ({ follow }) => follow === 'following'),
        ...edge('blocks', event, ({ blocked }) => blocked !== 0),
        ...edge('passes_over', event, ({ follow, muted }) => follow === 'requested' || muted !== 0),
      ]
      case 'cdc.user.social_profiles': return mirror('member', event, ({ profile_id }) => ({ profile_id }),
        ({ profile_id, handle, name, is_private }) => (handle === null ? undefined // on its way out
          : { profile_id, handle, name, is_private, search_text: searchText(handle, name) }))
      case 'cdc.user.ratings': return [
        ...mirror('liked', event, titleOf, (rating) => (rating.half_stars < LIKED_HALF_STARS ? undefined : { ...titleOf(rating), half_stars: rating.half_stars })),
        ...mirror('rated_lower', event, titleOf, (rating) => (rating.half_stars < LIKED_HALF_STARS ? titleOf(rating) : undefined)),
      ]
      case 'cdc.user.reviews': return mirror('reviewed', event, reviewOf, (review) => (review.state === 'published' ? reviewOf(review) : undefined))
      case 'cdc.user.viewings': return mirror('watched', event, viewingOf, viewingOf)
    }
  },
})

const titleOf = ({ profile_id, title_id }: Pick<CdcRows['cdc.user.ratings'], 'profile_id' | 'title_id'>) => ({ profile_id, title_id })
const reviewOf = ({ profile_id, title_id, review_id }: Pick<CdcRows['cdc.user.reviews'], 'profile_id' | 'title_id' | 'review_id'>) => ({ profile_id, title_id, review_id })
const viewingOf = ({ profile_id, title_id, viewing_id }: Pick<CdcRows['cdc.user.viewings'], 'profile_id' | 'title_id' | 'viewing_id'>) => ({ profile_id, title_id, viewing_id })
const pairOf = ({ profile_id, other_id }: Relation) => ({ profile_id, other_id })
const edge = <const N extends 'follows' | 'blocks' | 'passes_over'>(row: N, event: BeforeAfter<Relation>, holds: (relation: Relation) => boolean) =>
  mirror(row, event, pairOf, (relation) => (holds(relation) ? pairOf(relation) : undefined))

/** Edges of one node that are followed, and members that are scored: bound the work for those whom millions follow. */
const SAMPLE = 300
/** Of those whom one follows, who are asked for titles; and of each of them, or of oneself, the titles that are looked at. */
const FRIENDS = 200
const TITLES = 100
/** Fans of one title that are looked at; few of them are members. */
const FANS = 1_000
/** Titles in common at which a likeness counts half: few in common prove little ("shrinkage": Bell, Koren, Volinsky, KDD 2007). */
const SHRINKAGE = 3

/** Names of the view's rows for Cypher, and the pairs that see nothing of one another. */
const words = (reader: Neo4jReader) => {
  const type = (row: Exclude<keyof typeof rows, 'member' | 'title'>): string => `\`${reader.type(row)}\``
  const quoted = (...some: readonly Parameters<typeof type>[0][]): string => `:${some.map(type).join('|')}`
  return {
    member: `:\`${reader.label('member')}\``, follows: quoted('follows'), liked: quoted('liked'), passesOver: quoted('passes_over'),
    rated: quoted('liked', 'rated_lower'), turnedTo: quoted('liked', 'reviewed', 'watched'),
    apart: (a: string, b: string): string => `EXISTS { (${a})-[${quoted('blocks')}]-(${b}) }`,
  }
}

export interface Suggestion {
  readonly profile_id: string
  /** Comparable among suggestions of one reason. */
  readonly score: number
  /** Of those whom one follows, how many follow this profile. */
  readonly mutual: number
  /** `followed`: by those whom one follows; `taste`: likes what one likes. */
  readonly reason: 'followed' | 'taste'
}

/**
 * Members whom those follow whom one follows, best first; then, where they are too few, members of like taste. None that one follows, has
 * asked, muted or blocked, or that blocks one. Each follower in between counts 1 / log(1 + its follows and followers): who is tied to
 * few tells more (Adamic, Adar: "Friends and neighbors on the Web", Social Networks 25, 2003).
 */
export async function whoToFollow(
  reader: Neo4jReader, profile_id: string, { limit }: { readonly limit: number },
): Promise<readonly Suggestion[]> {
  const { member, follows, passesOver, apart } = words(reader)
  const known = await reader.run<Suggestion>(`MATCH (me${member} {profile_id: $profile_id})
    CALL (me) { MATCH (me)-[${follows}]->(via) WHERE NOT ${apart('me', 'via')} RETURN via LIMIT toInteger($sample) }
    WITH me, via, 1 / log(1 + COUNT { (via)-[${follows}]-() }) AS weight
    CALL (via) { MATCH (via)-[${follows}]->(other) RETURN other LIMIT toInteger($sample) }
    WITH me, other, sum(weight) AS score, count(*) AS mutual
    WHERE other <> me AND other._row AND NOT EXISTS { (me)-[${follows}]->(other) } AND NOT EXISTS { (me)-[${passesOver}]->(other) }
      AND NOT ${apart('me', 'other')}
    RETURN other.profile_id AS profile_id, score, mutual, 'followed' AS reason ORDER BY score DESC, profile_id LIMIT toInteger($limit)`,
  { profile_id, limit, sample: SAMPLE })
  if (known.length >= limit) return known
  const alike = await likeMinded(reader, profile_id, { limit, areNew: true })
  const named = new Set(known.map((one) => one.profile_id))
  const more = alike.filter((one) => !named.has(one.profile_id))
    .map((one): Suggestion => ({ profile_id: one.profile_id, score: one.score, mutual: 0, reason: 'taste' }))
  return [...known, ...more].slice(0, limit)
}

export interface Similar {
  readonly profile_id: string
  readonly score: number
  /** Titles that both like, of those that were looked at. */
  readonly shared: number
}

/** Members of like taste, nearest first; of private ones those alone whom one follows. */
export const similarProfiles = (
  reader: Neo4jReader, profile_id: string, { limit }: { readonly limit: number },
): Promise<readonly Similar[]> => likeMinded(reader, profile_id, { limit, areNew: false })

/**
 * Likes in common, of the titles of one's own that the fewest like, each weighed 1 / log(1 + fans) as Adamic and Adar weigh shared items;
 * over √(own likes · the other's likes), as a cosine is, so that who likes everything is near to nobody; times shared / (shared + 3).
 */
function likeMinded(
  reader: Neo4jReader, profile_id: string, { limit, areNew }: { readonly limit: number; readonly areNew: boolean },
): Promise<readonly Similar[]> {
  const { member, follows, liked, passesOver, apart } = words(reader)
  const wanted = areNew ? `o.is_private = 0 AND NOT EXISTS { (me)-[${follows}]->(o) } AND NOT EXISTS { (me)-[${passesOver}]->(o) }`
    : `(o.is_private = 0 OR EXISTS { (me)-[${follows}]->(o) })`
  return reader.run(`MATCH (me${member} {profile_id: $profile_id})
    CALL (me) { MATCH (me)-[${liked}]->(t) WITH t, COUNT { (t)<-[${liked}]-() } AS fans ORDER BY fans, t.title_id LIMIT toInteger($sample) RETURN t, fans }
    CALL (t) { MATCH (t)<-[${liked}]-(o) WITH o LIMIT toInteger($fans) WHERE o._row RETURN o }
    WITH me, o, sum(1 / log(1 + fans)) AS weight, toFloat(count(*)) AS shared
    WHERE o <> me AND ${wanted} AND NOT ${apart('me', 'o')}
    WITH o, shared, weight / sqrt(COUNT { (me)-[${liked}]->() } * COUNT { (o)-[${liked}]->() }) AS nearness
    RETURN o.profile_id AS profile_id, nearness * shared / (shared + $shrinkage) AS score, toInteger(shared) AS shared
    ORDER BY score DESC, profile_id LIMIT toInteger($limit)`, { profile_id, limit, sample: SAMPLE, fans: FANS, shrinkage: SHRINKAGE })
}

/** Those whom `a` follows and who follow `b`; nobody where `a` and `b` are apart. */
export function mutualFollows(
  reader: Neo4jReader, a: string, b: string, { limit }: { readonly limit: number },
): Promise<readonly { readonly profile_id: string }[]> {
  const { member, follows, apart } = words(reader)
  return reader.run(`MATCH (a${member} {profile_id: $a}) MATCH (b${member} {profile_id: $b})
    MATCH (a)-[${follows}]->(m)-[${follows}]->(b)
    WHERE m._row AND NOT ${apart('a', 'b')} AND NOT ${apart('a', 'm')}
    RETURN m.profile_id AS profile_id ORDER BY profile_id LIMIT toInteger($limit)`, { a, b, limit })
}

/** Binds `f`: those whom `me` follows and has not muted, and who are there, as many as are looked at. */
const friends = ({ follows, passesOver, apart }: ReturnType<typeof words>): string => `CALL (me) {
  MATCH (me)-[${follows}]->(f) WHERE f._row AND NOT ${apart('me', 'f')} AND NOT EXISTS { (me)-[${passesOver}]->(f) } RETURN f LIMIT toInteger($friends) }`

/** `friends`: how many of those whom one follows have liked, reviewed or watched it; `profile_ids`: three of them at most, those who like it first. */
export interface PopularTitle { readonly title_id: string; readonly friends: number; readonly profile_ids: readonly string[] }

/** Titles that those whom one follows have liked (4 stars and more), reviewed or watched, and one has not rated; of most of them first, then of most who like it. */
export function popularWithFriends(reader: Neo4jReader, profile_id: string, { limit }: { readonly limit: number }): Promise<readonly PopularTitle[]> {
  const known = words(reader)
  return reader.run(`MATCH (me${known.member} {profile_id: $profile_id}) ${friends(known)}
    WITH me, f, f.profile_id AS friend ORDER BY friend
    CALL (f) { MATCH (f)-[r${known.turnedTo}]->(t) WITH r, t LIMIT toInteger($titles) RETURN t, max(CASE type(r) WHEN $liked THEN 1 ELSE 0 END) AS likes }
    WITH me, t, count(*) AS friends, sum(likes) AS fans, collect(CASE likes WHEN 1 THEN friend END)[..3] AS liking, collect(CASE likes WHEN 0 THEN friend END)[..3] AS others
    WHERE NOT EXISTS { (me)-[${known.rated}]->(t) }
    RETURN t.title_id AS title_id, friends, (liking + others)[..3] AS profile_ids ORDER BY friends DESC, fans DESC, title_id LIMIT toInteger($limit)`,
  { profile_id, limit, friends: FRIENDS, titles: TITLES, liked: reader.type('liked') })
}

export interface Favourites { readonly profile_id: string; readonly title_ids: readonly string[] }

/**
 * Of those whom one follows, the nearest in taste first (as `similarProfiles` measures it, over likes of one's own that the fewest share), each with the
 * titles that they rate highest and one has not rated; those liked by most first among equals. Who has none is left out, and the next comes instead.
 */
export function becauseYouFollow(
  reader: Neo4jReader, profile_id: string, { members, titles }: { readonly members: number; readonly titles: number },
): Promise<readonly Favourites[]> {
  const known = words(reader)
  const { member, liked, rated } = known
  return reader.run(`MATCH (me${member} {profile_id: $profile_id}) WITH me, COUNT { (me)-[${liked}]->() } AS mine
    CALL (me) { MATCH (me)-[${liked}]->(t) WITH t, COUNT { (t)<-[${liked}]-() } AS fans ORDER BY fans, t.title_id LIMIT toInteger($own)
      RETURN collect({title: t, weight: 1 / log(1 + fans)}) AS own }
    ${friends(known)}
    CALL (f, own) { UNWIND own AS one WITH f, one.title AS t, one.weight AS weight WHERE EXISTS { (f)-[${liked}]->(t) }
      RETURN coalesce(sum(weight), 0) AS weight, toFloat(count(*)) AS shared }
    WITH me, f, COUNT { (f)-[${liked}]->() } AS theirs, mine, weight, shared WHERE theirs > 0
    WITH me, f, theirs, CASE mine WHEN 0 THEN 0 ELSE weight / sqrt(mine * theirs) * shared / (shared + $shrinkage) END AS score
    ORDER BY score DESC, theirs DESC, f.profile_id LIMIT toInteger(2 * $members)
    CALL (me, f) { MATCH (f)-[l${liked}]->(t) WITH me, l, t LIMIT toInteger($edges) WHERE NOT EXISTS { (me)-[${rated}]->(t) }
      WITH t, l.half_stars AS half_stars, COUNT { (t)<-[${liked}]-() } AS fans ORDER BY half_stars DESC, fans DESC, t.title_id LIMIT toInteger($titles)
      RETURN collect(t.title_id) AS title_ids }
    WITH f, score, theirs, title_ids WHERE size(title_ids) > 0
    RETURN f.profile_id AS profile_id, title_ids ORDER BY score DESC, theirs DESC, profile_id LIMIT toInteger($members)`,
  { profile_id, members, titles, friends: FRIENDS, own: TITLES, edges: SAMPLE, shrinkage: SHRINKAGE })
}

export interface FoundMember { readonly profile_id: string; readonly handle: string; readonly name: string }
export interface MemberSearch {
  readonly offset: number
  readonly limit: number
  /** Who asks: sees nobody who has blocked them, nor whom they have. */
  readonly viewer_id?: string
}

/** Members by handle or name, misspelt or begun, best match first. */
export async function findMembers(reader: Neo4jReader, q: string, { offset, limit, viewer_id }: MemberSearch): Promise<readonly FoundMember[]> {
  const lucene = luceneQuery(q)
  if (lucene === undefined) return []
  const { member, apart } = words(reader)
  return reader.run(`CALL db.index.fulltext.queryNodes($members, $lucene) YIELD node AS m, score WHERE m._row
    OPTIONAL MATCH (me${member} {profile_id: $viewer_id})
    WITH m, score, me WHERE me IS NULL OR NOT ${apart('me', 'm')}
    RETURN m.profile_id AS profile_id, m.handle AS handle, m.name AS name
    ORDER BY score DESC, handle, profile_id SKIP toInteger($offset) LIMIT toInteger($limit)`,
  { lucene, members: reader.search('member'), viewer_id: viewer_id ?? null, offset, limit })
}
