import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AnyRow, RowWrite } from '../../runtime/store.ts'
import type { View } from '../../runtime/view.ts'
import { conformanceView, writeOf } from '../fixtures.ts'
import { connect } from './connect.ts'

const topic = 'cdc.user.ratings'
const view: View = {
  ...conformanceView('neo4j'),
  rows: {
    people: { key: ['person_id'], columns: { person_id: 'text', name: 'text' }, search: ['name'], index: ['name'] },
    titles: { key: ['title_id'], columns: { title_id: 'text', name: 'text' } },
    credits: {
      key: ['credit_id'], columns: { credit_id: 'text', person_id: 'text', title_id: 'text', job: 'text' }, search: ['job'], index: ['job'],
      edge: { from: { row: 'people', column: 'person_id' }, to: { row: 'titles', column: 'title_id' } },
    },
    pairs: {
      key: ['left_id', 'right_id', 'kind'], columns: { left_id: 'text', right_id: 'text', kind: 'text', n: 'int' },
      edge: { from: { row: 'titles', column: 'left_id' }, to: { row: 'titles', column: 'right_id' } },
    },
  },
}
const sink = await connect(endpointsFrom(process.env))
const store = sink.open(view)
const reader = sink.reader(view)
let offset = 0

beforeAll(() => store.prepare(), 60_000)
afterAll(async () => {
  await store.drop()
  await sink.close()
}, 60_000)

const put = (row: string, value: AnyRow): RowWrite => writeOf(view, row, keyOf(row, value), value, offset)
const remove = (row: string, value: AnyRow): RowWrite => writeOf(view, row, keyOf(row, value), undefined, offset)
const keyOf = (row: string, value: AnyRow): AnyRow => Object.fromEntries((view.rows[row]?.key ?? []).map((column) => [column, value[column]]))
const apply = async (...writes: readonly RowWrite[]): Promise<void> => {
  const { fence } = await store.positions(0)
  expect(await store.flush({ topic, partition: 0, from: offset, next: ++offset, fence, writes })).not.toBe('fenced')
}
const rows = async (row: string): Promise<readonly AnyRow[]> => {
  const all: AnyRow[] = []
  for await (const one of store.scan(row)) all.push(one)
  return all
}
const nodes = async (row: string): Promise<number> => (await reader.run<{ n: number }>(`MATCH (n:${reader.label(row)}) RETURN count(n) AS n`, {}))[0]?.n ?? -1

const person = { person_id: 'p1', name: 'Al Pacino' }
const heat = { title_id: 't1', name: 'Heat' }
const credit = { credit_id: 'c1', person_id: 'p1', title_id: 't1', job: 'actor' }
const ends = async (): Promise<readonly AnyRow[]> => reader.run(`MATCH (p:${reader.label('people')})-[c:${reader.type('credits')}]->(t:${reader.label('titles')})
  RETURN p.person_id AS person, t.title_id AS title, c.job AS job ORDER BY title LIMIT $limit`, { limit: 10 })

test('an edge may come before its nodes, which are no rows until they come', { timeout: 60_000 }, async () => {
  await apply(put('credits', credit))
  expect([await rows('credits'), await rows('people'), await rows('titles')]).toEqual([[credit], [], []])
  expect(await nodes('people')).toBe(1)
  await apply(put('people', person), put('titles', heat))
  expect([await rows('people'), await rows('titles'), await nodes('people')]).toEqual([[person], [heat], 1])
  expect(await ends()).toEqual([{ person: 'p1', title: 't1', job: 'actor' }])
  const refs = [credit].map((value) => ({ row: 'credits', id: 'c1', key: keyOf('credits', value) }))
  expect(await store.read(0, refs)).toEqual([credit])
})

test('an edge whose end changes moves, and the stub it leaves goes', { timeout: 60_000 }, async () => {
  await apply(put('credits', { ...credit, title_id: 't9', job: 'producer' }))
  expect(await ends()).toEqual([{ person: 'p1', title: 't9', job: 'producer' }])
  await apply(put('credits', { ...credit, job: 'producer' }))
  expect([await ends(), await nodes('titles')]).toEqual([[{ person: 'p1', title: 't1', job: 'producer' }], 1])
})

test('words of nodes and of edges are found by full text', { timeout: 60_000 }, async () => {
  const found = (kind: 'Nodes' | 'Relationships', row: string, words: string): Promise<readonly unknown[]> => reader.run(
    `CALL db.index.fulltext.query${kind}($index, $words) YIELD score RETURN score`, { index: reader.search(row), words })
  expect(await found('Nodes', 'people', 'pacin~')).toHaveLength(1)
  expect(await found('Relationships', 'credits', 'produc*')).toHaveLength(1)
  expect(await found('Nodes', 'people', 'niro')).toHaveLength(0)
})

test('a node removed before its edges stays as a stub until the last one goes', { timeout: 60_000 }, async () => {
  await apply(remove('people', person))
  expect([await rows('people'), await nodes('people'), (await ends()).length]).toEqual([[], 1, 1])
  await apply(remove('credits', credit))
  expect([await rows('credits'), await nodes('people'), await nodes('titles')]).toEqual([[], 0, 1])
  await apply(remove('titles', heat))
  expect(await nodes('titles')).toBe(0)
})

test('edges keyed by their ends are told apart by the rest of the key', { timeout: 60_000 }, async () => {
  const pair = { left_id: 'a', right_id: 'b', kind: 'liked', n: 1 }
  await apply(put('pairs', pair), put('pairs', { ...pair, kind: 'seen' }), put('pairs', { ...pair, right_id: 'a' }))
  await apply(put('pairs', { ...pair, n: 2 }), remove('pairs', { ...pair, kind: 'seen' }))
  expect(new Set(await rows('pairs'))).toEqual(new Set([{ ...pair, n: 2 }, { ...pair, right_id: 'a' }]))
  expect(await store.read(0, [{ row: 'pairs', id: '', key: { left_id: 'a', right_id: 'b', kind: 'seen' } }, { row: 'pairs', id: '', key: { left_id: 'a', right_id: 'b', kind: 'liked' } }]))
    .toEqual([undefined, { ...pair, n: 2 }])
  await apply(remove('pairs', pair), remove('pairs', { ...pair, right_id: 'a' }))
  expect([await rows('pairs'), await nodes('titles')]).toEqual([[], 0])
})

test('partitions that share nodes wait for each other rather than fail', { timeout: 120_000 }, async () => {
  const own = [0, 1, 2, 3, 4, 5].map(async (partition) => {
    const store = sink.open(view) // as a worker of its own
    let { fence } = await store.positions(partition)
    const begin = partition === 0 ? offset : 0
    for (let from = begin; from < begin + 6; from++) {
      const writes = Array.from({ length: 200 }, (_, place) => {
        const value = { left_id: `n${(from * 7 + place * 13 + partition) % 31}`, right_id: `n${(from * 3 + place * 5) % 37}`, kind: `k${partition}`, n: from }
        return writeOf(view, 'pairs', keyOf('pairs', value), value, from, place)
      })
      const last = [...new Map(writes.map((write) => [write.id, write])).values()]
      const flushed = await store.flush({ topic, partition, from, next: from + 1, fence, writes: last })
      if (flushed === 'fenced') throw new Error(`partition ${partition} fenced at ${from}`)
      fence = flushed.fence
    }
  })
  await Promise.all(own)
  expect(new Set((await rows('pairs')).map((row) => row['kind']))).toEqual(new Set(['k0', 'k1', 'k2', 'k3', 'k4', 'k5']))
})
