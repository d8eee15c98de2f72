import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { RejectedError, type RowWrite } from '../../runtime/store.ts'
import type { View } from '../../runtime/view.ts'
import { conformanceView, writeOf } from '../fixtures.ts'
import { connect } from './connect.ts'

const topic = 'cdc.user.ratings'
const view: View = { ...conformanceView('scylla'), rows: { notes: { key: ['owner', 'id'], columns: { owner: 'text', id: 'int', text: 'text' }, source: topic } } }
const sink = await connect(endpointsFrom(process.env))
const store = sink.open(view)
beforeAll(() => store.prepare(), 60_000)
afterAll(async () => {
  await store.drop()
  await sink.close()
}, 60_000)

const put = (owner: string, id: number, text = ''): RowWrite => writeOf(view, 'notes', { owner, id }, { owner, id, text }, id)
const flush = (from: number, next: number, ...writes: readonly RowWrite[]): Promise<unknown> =>
  store.flush({ topic, partition: 0, from, next, fence: '', writes }).catch((error: unknown) => error)

test.each<[string, RowWrite, RegExp]>([
  ['an empty partition key', put('', 1), /Key may not be empty/],
  ['a key past 64 kB', put('k'.repeat(70_000), 1), /Key length of 70000/],
  ['a row larger than a mutation may be', put('a', 2, 'x'.repeat(9_000_000)), /oversized mutation/],
])('%s is a rejection that names its write, and the position stays', async (_what, write, message) => {
  const refused = await flush(0, 3, put('b', 1), write, put('c', 1))
  expect(refused).toBeInstanceOf(RejectedError)
  expect(refused).toEqual(expect.objectContaining({ writes: [write], message: expect.stringMatching(message) }))
  expect((await store.positions(0)).next.size).toBe(0)
})

test('of a batch that is refused, only the row that is the reason is named', async () => {
  const rows = Array.from({ length: 10 }, (_, id) => put('together', id))
  const large = put('together', 10, 'x'.repeat(9_000_000))
  expect(await flush(0, 11, ...rows, large)).toEqual(expect.objectContaining({ writes: [large] }))
  expect(await flush(0, 11, ...rows)).toEqual({ fence: '' })
  expect((await store.positions(0)).next).toEqual(new Map([[topic, 11]]))
})

test('twenty values of 900 kB in one partition are taken', async () => {
  expect(await flush(11, 31, ...Array.from({ length: 20 }, (_, i) => put('large', 11 + i, 'x'.repeat(900_000))))).toEqual({ fence: '' })
})

test('a table that is gone is no fault of the rows', async () => {
  await store.drop()
  const refused = await flush(31, 32, put('a', 1))
  expect(refused).toBeInstanceOf(Error)
  expect(refused).not.toBeInstanceOf(RejectedError)
})
