/** A person of the screen and the titles they are credited for: `(person)-[credited]->(title)`. */
import type { Neo4jReader } from '../../runtime/readers.ts'
import { defineView, type RowOf, type RowSpecs } from '../../runtime/view.ts'
import { isoDateOrNull } from '../dates.ts'
import { mirror } from '../mirror.ts'

const rows = {
  person: {
    key: ['person_id'],
    columns: {
      person_id: 'text', name: 'text', born_on: 'text?', died_on: 'text?', birthplace: 'text?', biography: 'text?', version: 'long',
      updated_at: 'timestamp',
    },
  },
  title: { key: ['title_id'], columns: { title_id: 'text', kind: 'text', name: 'text', release_year: 'int?' } },
  credited: {
    key: ['credit_id'],
    columns: {
      credit_id: 'text', person_id: 'text', title_id: 'text', role: 'text', character_name: 'text', credited_as: 'text', billing: 'int',
    },
    edge: { from: { row: 'person', column: 'person_id' }, to: { row: 'title', column: 'title_id' } },
  },
} as const satisfies RowSpecs
export type Person = RowOf<typeof rows.person>
export type FilmographyCredit = RowOf<typeof rows.title> & Omit<RowOf<typeof rows.credited>, 'person_id'>

export default defineView(import.meta.url, {
  version: 1,
  store: 'neo4j',
  from: {
    'cdc.content.people': ['person_id', 'name', 'born_on', 'died_on', 'birthplace', 'biography', 'version', 'updated_at'],
    'cdc.content.titles': ['title_id', 'kind', 'name', 'release_year'],
    'cdc.content.credits': ['credit_id', 'title_id', 'person_id', 'role', 'character_name', 'credited_as', 'billing'],
  },
  rows,
  apply: (event) => {
    switch (event.topic) {
      case 'cdc.content.people': return mirror('person', event, ({ person_id }) => ({ person_id }), (value) => ({
        person_id: value.person_id, name: value.name, born_on: isoDateOrNull(value.born_on), died_on: isoDateOrNull(value.died_on),
        birthplace: value.birthplace, biography: value.biography, version: value.version, updated_at: value.updated_at,
      }))
      case 'cdc.content.titles': return mirror('title', event, ({ title_id }) => ({ title_id }),
        ({ title_id, kind, name, release_year }) => ({ title_id, kind, name, release_year }))
      case 'cdc.content.credits': return mirror('credited', event, ({ credit_id }) => ({ credit_id }), (credit) => ({
        credit_id: credit.credit_id, person_id: credit.person_id, title_id: credit.title_id, role: credit.role,
        character_name: credit.character_name, credited_as: credit.credited_as, billing: credit.billing,
      }))
    }
  },
})

/** Undefined where no such person is known, even if credits name them. */
export async function person(reader: Neo4jReader, person_id: string): Promise<Person | undefined> {
  const [found] = await reader.run<Person>(`MATCH (p:\`${reader.label('person')}\` {person_id: $person_id}) WHERE p._row
    RETURN p.person_id AS person_id, p.name AS name, p.born_on AS born_on, p.died_on AS died_on, p.birthplace AS birthplace,
      p.biography AS biography, p.version AS version, p.updated_at AS updated_at`, { person_id })
  return found
}

/** Newest title first, titles of no known year last, then by billing; credits of titles that are not there are left out. */
export const credits = (
  reader: Neo4jReader, person_id: string, { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<readonly FilmographyCredit[]> =>
  reader.run(`MATCH (:\`${reader.label('person')}\` {person_id: $person_id})-[c:\`${reader.type('credited')}\`]->(t) WHERE t._row
    RETURN c.credit_id AS credit_id, t.title_id AS title_id, t.kind AS kind, t.name AS name, t.release_year AS release_year, c.role AS role,
      c.character_name AS character_name, c.credited_as AS credited_as, c.billing AS billing
    ORDER BY coalesce(release_year, -1) DESC, billing, name, credit_id SKIP toInteger($offset) LIMIT toInteger($limit)`,
  { person_id, limit, offset })
