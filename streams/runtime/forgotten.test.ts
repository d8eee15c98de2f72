/** A topic with a retention begins at a later offset than a new view's position. */
import { expect, test } from 'vitest'
import { openStore } from '../sinks/memory/store.ts'
import type { Outcome, Subscription } from './kafka.ts'
import { created, keepDeadLetters } from './testing.ts'
import { type Change, defineView } from './view.ts'
import { startWorker } from './worker.ts'

const topic = 'cdc.user.ratings'
const view = defineView('file:///views/titles.ts', {
  version: 1, store: 'memory', from: { [topic]: ['title_id'] },
  rows: { titles: { key: ['title_id'], columns: { title_id: 'text' } } },
  apply: ({ after }) => (after === null ? [] : [{ put: 'titles', row: after }]),
})

/** A worker on a partition whose first offset is `low`, that has applied nothing yet. */
async function employ(low: number) {
  let subscription: Subscription | undefined
  const store = openStore({ tables: new Map() }, view)
  await startWorker({
    view, store, deadLetters: keepDeadLetters(view), clock: { now: () => 0 }, random: () => 1, log: () => {}, onCrash: () => {},
    kafka: { offsets: async () => [{ partition: 0, low, high: 100 }], consume: async (wanted) => { subscription = wanted; return { stop: async () => {} } } },
    decoders: new Map([[topic, { prepare: async () => {}, decode: (value) => JSON.parse(value.toString()) as Change }]]),
  })
  subscription?.onAssigned(new Map([[topic, [0]]]), () => {})
  return {
    store,
    deliver: async (offset: number): Promise<Outcome | undefined> => subscription?.onBatch({
      topic, partition: 0, fetched_from: offset, next: offset + 1, high_watermark: 100,
      records: [{ offset, key: 'k', value: Buffer.from(JSON.stringify(created(topic, { title_id: `t${offset}` }))), timestamp: 0, headers: {} }],
    }),
  }
}
async function titlesIn(store: ReturnType<typeof openStore>): Promise<readonly unknown[]> {
  const found: unknown[] = []
  for await (const row of store.scan('titles')) found.push(row['title_id'])
  return found
}

test('a view goes on at the first record that Kafka still has, and counts on from there', async () => {
  const { store, deliver } = await employ(40)
  expect(await deliver(40)).toBe('done')
  expect(await deliver(41)).toBe('done')
  expect(await titlesIn(store)).toEqual(['t40', 't41'])
})

test('it leaves out nothing that Kafka has', async () => {
  const { store, deliver } = await employ(40)
  expect(await deliver(41)).toEqual({ seek: 0 })
  expect(await titlesIn(store)).toEqual([])
  expect(await deliver(40)).toBe('done')
  expect(await deliver(42)).toEqual({ seek: 41 })
})
