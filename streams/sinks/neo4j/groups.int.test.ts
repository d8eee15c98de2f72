import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type AnyRow, RejectedError, type RowWrite } from '../../runtime/store.ts'
import type { View } from '../../runtime/view.ts'
import { conformanceView, writeOf } from '../fixtures.ts'
import { type Neo4jConnection, openConnection } from './connect.ts'
import { openStore } from './store.ts'

const topic = 'cdc.user.ratings'
const view: View = { ...conformanceView('neo4j'), rows: { people: { key: ['id'], columns: { id: 'text', name: 'text' } } } }
const connection = openConnection(endpointsFrom(process.env))
const count = { transactions: 0 }
const counting: Neo4jConnection = { ...connection, transact: (what, work) => {
  count.transactions++
  return connection.transact(what, work)
} }
const store = openStore(counting, view)
beforeAll(() => store.prepare(), 60_000)
afterAll(async () => {
  await store.drop()
  await connection.close()
}, 60_000)

let first = 0
beforeEach(() => { first += 10 })
const put = (id: string): RowWrite => writeOf(view, 'people', { id }, { id, name: id.slice(0, 9) }, 0)
/** Flushes one row into each of so many partitions at once; `fence` may be a wrong one. */
const flushAll = (ids: readonly string[], fence = (_place: number): string => '0'): Promise<readonly unknown[]> => Promise.all(ids.map((id, place) => (
  store.flush({ topic, partition: first + place, from: 0, next: 1, fence: fence(place), writes: [put(id)] }).catch((error: unknown) => error))))
const ids = async (): Promise<readonly unknown[]> => {
  const all: AnyRow[] = []
  for await (const row of store.scan('people')) all.push(row)
  return all.map((row) => row['id']).sort()
}
const moved = async (places: readonly number[]): Promise<readonly number[]> => Promise.all(places.map(async (place) => (await store.positions(first + place)).next.get(topic) ?? 0))

test('flushes that wait go in one transaction', async () => {
  count.transactions = 0
  await flushAll(['a0', 'a1', 'a2', 'a3', 'a4', 'a5'])
  expect(count.transactions).toBe(2) // the first begins at once
  expect(await ids()).toEqual(['a0', 'a1', 'a2', 'a3', 'a4', 'a5'])
  expect(await moved([0, 1, 2, 3, 4, 5])).toEqual([1, 1, 1, 1, 1, 1])
})

test('one that is fenced writes nothing, and the others go without it', async () => {
  const done = await flushAll(['b0', 'b1', 'b2', 'b3'], (place) => (place === 2 ? 'stale' : '0'))
  expect(done.map((one) => one === 'fenced')).toEqual([false, false, true, false])
  expect((await ids()).filter((id) => String(id).startsWith('b'))).toEqual(['b0', 'b1', 'b3'])
  expect(await moved([0, 1, 2, 3])).toEqual([1, 1, 0, 1])
})

test('one that is refused is refused alone', async () => {
  const long = `c${Array.from({ length: 9_000 }, (_, i) => String.fromCharCode(33 + (i * i * 7_919 + i) % 90)).join('')}`
  const done = await flushAll(['c0', 'c1', long, 'c3'])
  expect(done.map((one) => one instanceof RejectedError)).toEqual([false, false, true, false])
  expect(done[2]).toEqual(expect.objectContaining({ writes: [put(long)] }))
  expect(await moved([0, 1, 2, 3])).toEqual([1, 1, 0, 1])
})
