/**
 * Titles that the same people rate highly: `(profile)-[liked]->(title)`, one for each rating of 4 stars and more. Lower
 * ratings are not kept, so that a node's degree, which a graph knows without counting, is its number of fans.
 */
import type { Neo4jReader } from '../../runtime/readers.ts'
import { defineView } from '../../runtime/view.ts'
import { mirror } from '../mirror.ts'

const LIKED_HALF_STARS = 8

export default defineView(import.meta.url, {
  version: 1,
  store: 'neo4j',
  from: { 'cdc.user.ratings': ['profile_id', 'title_id', 'half_stars'] },
  rows: {
    // ends of relationships only: no topic here puts such a row
    profile: { key: ['profile_id'], columns: { profile_id: 'text' } },
    title: { key: ['title_id'], columns: { title_id: 'text' } },
    liked: {
      key: ['profile_id', 'title_id'],
      columns: { profile_id: 'text', title_id: 'text', half_stars: 'int' },
      edge: { from: { row: 'profile', column: 'profile_id' }, to: { row: 'title', column: 'title_id' } },
    },
  },
  apply: (event) => mirror('liked', event, ({ profile_id, title_id }) => ({ profile_id, title_id }),
    ({ profile_id, title_id, half_stars }) => (half_stars < LIKED_HALF_STARS ? undefined : { profile_id, title_id, half_stars })),
})

/** Fans of the title that are asked, and likes of each: bounds the work for a title that millions like. */
const SAMPLE = 300
/** Common fans at which a similarity counts half: few in common prove little ("shrinkage": Bell, Koren, Volinsky, KDD 2007). */
const SHRINKAGE = 10
/** How much the other title's fame counts against it; cosine has 0.5, and there what everybody likes is near to everything. */
const FAME = 0.8

export interface RatedTogether { readonly title_id: string; readonly score: number; readonly shared: number }

/**
 * Nearest first: common fans / (own fans^(1-α) · the other's fans^α), which is the conditional probability of Deshpande and
 * Karypis ("Item-based top-N recommendation algorithms", TOIS 2004), times shared / (shared + 10). `shared` is counted in the sample.
 */
export function ratedTogether(
  reader: Neo4jReader, title_id: string, { limit }: { readonly limit: number },
): Promise<readonly RatedTogether[]> {
  const liked = `:\`${reader.type('liked')}\``
  return reader.run(`MATCH (t:\`${reader.label('title')}\` {title_id: $title_id})
    WITH t, COUNT { (t)<-[${liked}]-() } AS fans
    CALL (t) { MATCH (t)<-[${liked}]-(p) RETURN p LIMIT toInteger($sample) }
    CALL (t, p) { MATCH (p)-[${liked}]->(o) WHERE o <> t RETURN o LIMIT toInteger($sample) }
    WITH o, fans, toFloat(count(*)) AS shared
    WITH o, fans, shared, CASE WHEN fans > $sample THEN shared * fans / $sample ELSE shared END AS common
    WITH o, shared, common / (fans ^ (1 - $fame) * COUNT { (o)<-[${liked}]-() } ^ $fame) AS nearness
    RETURN o.title_id AS title_id, nearness * shared / (shared + $shrinkage) AS score, toInteger(shared) AS shared
    ORDER BY score DESC, title_id LIMIT toInteger($limit)`, { title_id, limit, sample: SAMPLE, shrinkage: SHRINKAGE, fame: FAME })
}
