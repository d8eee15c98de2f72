/**
 * What somebody who types may mean: titles, people, members and lists whose names begin so. Three views of one store are asked in one question: each letter that
 * is typed asks it, and most of what a question costs Neo4j is that it is one (alone 1.0 ms, as three 4.2 ms).
 */
import type { Neo4jReader } from '../runtime/readers.ts'
import { alikeQuery, begunQuery } from './text.ts'

/** Of the views `catalogue`, `social-graph` and `list-search`. */
export interface NameReaders { readonly catalogue: Neo4jReader; readonly members: Neo4jReader; readonly lists: Neo4jReader }

export interface Named {
  readonly group: 'titles' | 'people' | 'members' | 'lists'
  readonly id: string
  readonly name: string
  /** A title's original name, a member's handle. */
  readonly other_name: string | null
  readonly release_year: number | null
  /** The member, or whose list it is: who may have blocked whoever asks, or show them no lists. */
  readonly profile_id: string | null
}

/** In no certain order, `limit` of each group; where no name begins so, those that are spelt alike. */
export async function findNames({ catalogue, members, lists }: NameReaders, q: string, { limit }: { readonly limit: number }): Promise<readonly Named[]> {
  const [begun, alike] = [begunQuery(q), alikeQuery(q)]
  if (begun === undefined || alike === undefined) return []
  const of = (index: string, returned: string): string => `CALL db.index.fulltext.queryNodes(${index}, $lucene, {limit: toInteger($limit)}) YIELD node AS n WHERE n._row
    RETURN ${returned}`
  const ask = (lucene: string): Promise<readonly Named[]> => catalogue.run(`CALL () {
      ${of('$titles', "'titles' AS group, n.title_id AS id, n.name AS name, n.original_name AS other_name, n.release_year AS release_year, null AS profile_id")}
      UNION ALL ${of('$people', "'people' AS group, n.person_id AS id, n.name AS name, null AS other_name, null AS release_year, null AS profile_id")}
      UNION ALL ${of('$members', "'members' AS group, n.profile_id AS id, n.name AS name, n.handle AS other_name, null AS release_year, n.profile_id AS profile_id")}
      UNION ALL ${of('$lists', "'lists' AS group, n.list_id AS id, n.name AS name, null AS other_name, null AS release_year, n.profile_id AS profile_id")}
    } RETURN group, id, name, other_name, release_year, profile_id`,
  { lucene, limit, titles: catalogue.search('title'), people: catalogue.search('person'), members: members.search('member'), lists: lists.search('list') })
  const found = await ask(begun)
  return found.length > 0 ? found : ask(alike)
}
