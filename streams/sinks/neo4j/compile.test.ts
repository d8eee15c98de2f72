import neo4j from 'neo4j-driver'
import { expect, test } from 'vitest'
import type { AnyRow, RowWrite } from '../../runtime/store.ts'
import { failurePolicy } from '../../runtime/failure.ts'
import type { View } from '../../runtime/view.ts'
import { fenceAfter, NO_FENCE } from '../../runtime/fence.ts'
import { compileWrites, dropPositions, dropSchema, dropSome, labelOf, movePosition, positionId, readRows, scanRows, schemaOf } from './compile.ts'
import { fromProperties, toParameters, toProperties } from './values.ts'

const view: View = {
  name: 'person-films', version: 2, build: 0, store: 'neo4j', failure: failurePolicy(), from: {}, touches: undefined, apply: () => [],
  rows: {
    people: { key: ['person_id'], columns: { person_id: 'text', name: 'text', born_at: 'timestamp?' }, search: ['name'], index: ['born_at'] },
    titles: { key: ['title_id'], columns: { title_id: 'text', year: 'int?', tags: 'text[]' } },
    credits: {
      key: ['credit_id'], columns: { credit_id: 'text', person_id: 'text', title_id: 'text', place: 'int' },
      edge: { from: { row: 'people', column: 'person_id' }, to: { row: 'titles', column: 'title_id' } },
    },
    pairs: {
      key: ['left_id', 'right_id'], columns: { left_id: 'text', right_id: 'text', n: 'int' }, index: ['n'],
      edge: { from: { row: 'titles', column: 'left_id' }, to: { row: 'titles', column: 'right_id' } },
    },
  },
}
const write = (row: string, key: AnyRow, value?: AnyRow): RowWrite => ({ row, id: Object.values(key).join(':'), key, value: value === undefined ? undefined : { ...key, ...value }, offset: 1, index: 0 })
const int = (value: number) => neo4j.int(value)

test('names tell versions apart', () => {
  expect([labelOf(view, 'people'), positionId(view, 3)]).toEqual(['person_films_v2_people', 'person-films_v2:3'])
})

test('the schema has a key for nodes and for edges that their ends do not tell apart', () => {
  expect(schemaOf(view).map(({ cypher }) => cypher)).toEqual([
    'CREATE CONSTRAINT `person_films_v2_people_key` IF NOT EXISTS FOR (n:`person_films_v2_people`) REQUIRE (n.`person_id`) IS UNIQUE',
    'CREATE INDEX `person_films_v2_people_born_at` IF NOT EXISTS FOR (n:`person_films_v2_people`) ON (n.`born_at`)',
    'CREATE FULLTEXT INDEX `person_films_v2_people_search` IF NOT EXISTS FOR (n:`person_films_v2_people`) ON EACH [n.`name`]',
    'CREATE CONSTRAINT `person_films_v2_titles_key` IF NOT EXISTS FOR (n:`person_films_v2_titles`) REQUIRE (n.`title_id`) IS UNIQUE',
    'CREATE CONSTRAINT `person_films_v2_credits_key` IF NOT EXISTS FOR ()-[n:`person_films_v2_credits`]-() REQUIRE (n.`credit_id`) IS UNIQUE',
    'CREATE INDEX `person_films_v2_pairs_n` IF NOT EXISTS FOR ()-[n:`person_films_v2_pairs`]-() ON (n.`n`)',
  ])
})

test('the position is locked, compared by fence and offset, and moved', () => {
  const batch = { topic: 'cdc.user.ratings', partition: 3, from: 5, next: 9, fence: '41', writes: [] }
  expect(movePosition(view, batch)).toEqual({
    cypher: 'MERGE (p:Position {id: $id}) ON CREATE SET p.fence = $none SET p.locked = true WITH p '
      + 'WHERE toString(p.fence) = $fence AND coalesce(p[$topic], $from) <= $from SET p.fence = $moved, p += $next RETURN p.fence AS fence',
    params: { id: 'person-films_v2:3', none: NO_FENCE, fence: '41', moved: fenceAfter(batch), topic: 'cdc.user.ratings', from: int(5), next: { 'cdc.user.ratings': int(9) } },
  })
})

test('nodes are put first and removed last, rows in order of their keys', () => {
  const [put, removed, ...more] = compileWrites(view, [
    write('people', { person_id: 'z' }), write('people', { person_id: 'b' }, { name: 'B', born_at: 5 }), write('people', { person_id: 'a' }, { name: 'A', born_at: null })])
  expect(put).toEqual({
    cypher: 'UNWIND $rows AS r MERGE (n:`person_films_v2_people` {`person_id`: r.`person_id`}) SET n = r',
    params: { rows: [{ person_id: 'a', name: 'A', _row: true }, { person_id: 'b', name: 'B', born_at: int(5), _row: true }] },
  })
  expect(removed).toEqual({
    cypher: 'UNWIND $rows AS r MATCH (n:`person_films_v2_people` {`person_id`: r.`person_id`}) SET n = r WITH n WHERE NOT EXISTS { (n)--() } DELETE n',
    params: { rows: [{ person_id: 'z' }] },
  })
  expect(more).toEqual([])
})

const tidy = 'WITH collect(a) + collect(b) AS ends UNWIND ends AS n WITH DISTINCT n WHERE n._row IS NULL AND NOT EXISTS { (n)--() } DELETE n'

test('an edge with a key of its own is taken from its old ends, then put between the new', () => {
  const statements = compileWrites(view, [write('credits', { credit_id: 'c' }, { person_id: 'p', title_id: 't', place: 1 }), write('credits', { credit_id: 'd' })])
  expect(statements.map(({ cypher }) => cypher)).toEqual([
    'UNWIND $rows AS r MATCH (a)-[e:`person_films_v2_credits` {`credit_id`: r.`credit_id`}]->(b) USING INDEX SEEK e:`person_films_v2_credits`(`credit_id`) '
      + `WHERE a.\`person_id\` <> r.\`person_id\` OR b.\`title_id\` <> r.\`title_id\` DELETE e ${tidy}`,
    'UNWIND $rows AS r MERGE (a:`person_films_v2_people` {`person_id`: r.`person_id`}) MERGE (b:`person_films_v2_titles` {`title_id`: r.`title_id`}) '
      + 'MERGE (a)-[e:`person_films_v2_credits` {`credit_id`: r.`credit_id`}]->(b) SET e = r',
    'UNWIND $rows AS r MATCH (a)-[e:`person_films_v2_credits` {`credit_id`: r.`credit_id`}]->(b) USING INDEX SEEK e:`person_films_v2_credits`(`credit_id`) '
      + `DELETE e ${tidy}`,
  ])
  expect(statements[1]?.params).toEqual({ rows: [{ credit_id: 'c', person_id: 'p', title_id: 't', place: int(1) }] })
})

test('an edge keyed by its ends is found through them', () => {
  const statements = compileWrites(view, [write('pairs', { left_id: 'b', right_id: 'c' }, { n: 2 }), write('pairs', { left_id: 'a', right_id: 'z' }, { n: 1 }), write('pairs', { left_id: 'x', right_id: 'y' })])
  const ends = '(a:`person_films_v2_titles` {`title_id`: r.`left_id`})', to = '(b:`person_films_v2_titles` {`title_id`: r.`right_id`})'
  expect(statements).toEqual([
    { cypher: `UNWIND $rows AS r MERGE ${ends} MERGE ${to} MERGE (a)-[e:\`person_films_v2_pairs\`]->(b) SET e = r`, params: { rows: [{ left_id: 'a', right_id: 'z', n: int(1) }, { left_id: 'b', right_id: 'c', n: int(2) }] } },
    { cypher: `UNWIND $rows AS r MATCH ${ends} MATCH ${to} WITH r, a, b MATCH (a)-[e:\`person_films_v2_pairs\`]->(b) DELETE e ${tidy}`, params: { rows: [{ left_id: 'x', right_id: 'y' }] } },
  ])
})

test('stubs are no rows to readers', () => {
  expect(scanRows(view, 'people')).toBe('MATCH (n:`person_films_v2_people`) WHERE n._row RETURN properties(n) AS properties')
  expect(readRows(view, 'people', [{ row: 'people', id: 'a', key: { person_id: 'a' }, place: 4 }])).toEqual({
    cypher: 'UNWIND $rows AS r MATCH (n:`person_films_v2_people` {`person_id`: r.`person_id`}) WHERE n._row RETURN r._place AS place, properties(n) AS properties',
    params: { rows: [{ person_id: 'a', _place: int(4) }] },
  })
})

test('a drop takes positions, edges before nodes and some at a time, and every constraint and index', () => {
  expect(dropPositions(view)).toEqual({ cypher: 'MATCH (p:Position) WHERE p.id STARTS WITH $prefix DELETE p', params: { prefix: 'person-films_v2:' } })
  expect(dropSome(view).map(({ cypher }) => cypher)).toEqual([
    'MATCH ()-[e:`person_films_v2_credits`]->() WITH e LIMIT $rows DELETE e RETURN count(*) AS removed',
    'MATCH ()-[e:`person_films_v2_pairs`]->() WITH e LIMIT $rows DELETE e RETURN count(*) AS removed',
    'MATCH (n:`person_films_v2_people`) WITH n LIMIT $rows DETACH DELETE n RETURN count(*) AS removed',
    'MATCH (n:`person_films_v2_titles`) WITH n LIMIT $rows DETACH DELETE n RETURN count(*) AS removed',
  ])
  expect(dropSchema(view).map(({ cypher }) => cypher.startsWith('DROP'))).toEqual(schemaOf(view).map(() => true))
})

test('values go in as integers, lists and absent nulls, and come back whole', () => {
  const spec = { key: ['a'], columns: { a: 'text', n: 'long', d: 'double', l: 'int[]', gone: 'text?' } } as const
  const row = { a: 'x', n: Number.MAX_SAFE_INTEGER, d: 3, l: [1, 2], gone: null }
  expect(toProperties(spec, Object.keys(spec.columns), row)).toEqual({ a: 'x', n: int(Number.MAX_SAFE_INTEGER), d: 3, l: [int(1), int(2)] })
  expect(fromProperties(spec, { a: 'x', n: 1, d: 3, l: [], _row: true })).toEqual({ a: 'x', n: 1, d: 3, l: [], gone: null })
  expect(toParameters({ limit: 10, floor: 0.5, ids: ['a', 2], at: null })).toEqual({ limit: int(10), floor: 0.5, ids: ['a', int(2)], at: null })
})
