import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { RejectedError, type RowWrite } from '../../runtime/store.ts'
import type { View } from '../../runtime/view.ts'
import { conformanceView, writeOf } from '../fixtures.ts'
import { connect } from './connect.ts'

const topic = 'cdc.user.ratings'
const view: View = { ...conformanceView('neo4j'), rows: { people: { key: ['id'], columns: { id: 'text', name: 'text', text: 'text?' }, index: ['name'] } } }
const sink = await connect(endpointsFrom(process.env))
const store = sink.open(view)
beforeAll(() => store.prepare(), 60_000)
afterAll(async () => {
  await store.drop()
  await sink.close()
}, 60_000)

/** Text that a block of an index cannot make short. */
const noise = (length: number): string => Array.from({ length }, (_, i) => String.fromCharCode(33 + (i * i * 7_919 + i) % 90)).join('')
const put = (id: string, name: string, text: string | null = null): RowWrite => writeOf(view, 'people', { id }, { id, name, text }, 0)
async function flush(...writes: readonly RowWrite[]): Promise<unknown> {
  const { fence, next } = await store.positions(0)
  const from = next.get(topic) ?? 0
  return await store.flush({ topic, partition: 0, from, next: from + 1, fence, writes }).catch((error: unknown) => error)
}

test('a value or a key that an index cannot hold is a rejection, and nothing is written', async () => {
  const [value, key] = [put('a', noise(900_000)), put(noise(9_000), 'x')]
  for (const write of [value, key]) {
    expect(await flush(write)).toEqual(expect.objectContaining({ writes: [write], message: expect.stringMatching(/too large to index/) }))
  }
  const both = await flush(put('b', 'x'), value)
  expect(both).toBeInstanceOf(RejectedError)
  expect(both).toEqual(expect.objectContaining({ writes: [] })) // Neo4j does not say which
  for await (const row of store.scan('people')) expect.fail(`row ${JSON.stringify(row)} was rolled back`)
  expect((await store.positions(0)).next.get(topic) ?? 0).toBe(0)
})

test('900 kB that nothing indexes are taken', async () => {
  expect(await flush(put('c', 'x', noise(900_000)))).toEqual({ fence: expect.any(String) })
})
