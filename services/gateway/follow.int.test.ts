import { randomUUID } from 'node:crypto'
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { partitionOf } from '@cdlc/streams/runtime/partition.ts'
import type { View } from '@cdlc/streams/runtime/view.ts'
import { openLiveSinks, type LiveSinks } from '@cdlc/streams/sinks/live.ts'
import title from '@cdlc/streams/views/content/title.ts'
import { ulid } from 'ulid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRedis, type Redis } from '../shared/redis.ts'
import { createCatalogue, type Catalogue } from './catalogue.ts'
import { follow, positionsOf } from './follow.ts'
import type { Answer } from './lanes.ts'
import { createLimiter } from './limiter.ts'
import { followEnded, leaseFrom } from './redis.ts'
import { endedChannel, endedKey } from './sessions.ts'
import { emissionOf, take } from './rate.ts'

const endpoints = endpointsFrom(process.env)
const run = randomUUID().slice(0, 8)
let sinks: LiveSinks
let redis: Redis
beforeAll(() => {
  sinks = openLiveSinks(endpoints, { component: 'gateway-test', log: () => undefined })
  redis = openRedis(endpoints, '')
})
afterAll(async () => {
  redis.disconnect()
  await sinks.close()
})

const by = { by: 'title' } as const
const partitions = 6

/** A view of its own, over a topic of its own, which is applied as far as the test says; and the cache that follows it. */
async function scene(name: string) {
  const topic = `test.gateway.${run}.${name}`
  await sinks.kafka.createTopics([{ name: topic, partitions, config: {} }])
  const view: View = { ...title as unknown as View, name: `gateway-test-${run}-${name}`, from: { [topic]: [] } }
  const store = await sinks.store(view)
  /** What inventory would answer: what the view shows. */
  const shown = new Map<string, number>()
  async function write(key: string): Promise<number> {
    const partition = partitionOf(key, partitions)
    await sinks.kafka.produce(topic, [{ key, value: Buffer.from('x'), partition }])
    return (await sinks.kafka.offsets(topic))[partition]?.high ?? 0
  }
  /** The view applies all before `next` in the partition of the key. */
  async function apply(key: string, next: number): Promise<void> {
    const partition = partitionOf(key, partitions)
    const { fence } = await store.positions(partition)
    shown.set(key, next)
    expect(await store.flush({ topic, partition, from: 0, next, fence, writes: [] })).not.toBe('fenced')
  }
  const catalogue = createCatalogue(1 << 20, { partitionOf: (key) => partitionOf(key, partitions), positions: positionsOf(sinks, view) })
  const ask = async (key: string): Promise<number> => {
    const found = await catalogue.ask(by, `title:${key}`, async (): Promise<Answer> => ({ status: 200, headers: {}, body: Buffer.from(String(shown.get(key) ?? 0)) }))
    return 'kept' in found ? Number(found.kept.body.toString()) : -1
  }
  return { topic, view, store, catalogue, write, apply, ask, start: () => follow(sinks, view, catalogue.freshness, () => undefined) }
}
const keptIn = (catalogue: Catalogue, key: string): number | undefined => {
  const kept = catalogue.find(by, `title:${key}`)
  return kept === undefined ? undefined : Number(kept.body.toString())
}

describe('over Kafka and Redis', () => {
  test('a change makes the kept answer stale, and no other is kept before the view has applied it', async () => {
    const { catalogue, write, apply, ask, start, store } = await scene('change')
    const key = ulid()
    await apply(key, await write(key))
    const stop = await start()
    try {
      await expect.poll(async () => { await ask(key); return keptIn(catalogue, key) }, { timeout: 30_000 }).toBe(1)
      const next = await write(key)
      await expect.poll(() => keptIn(catalogue, key), { timeout: 30_000 }).toBeUndefined()
      // the view lags: it still shows the old answer, and nobody keeps that
      expect([await ask(key), keptIn(catalogue, key)]).toEqual([1, undefined])
      await apply(key, next)
      expect([await ask(key), keptIn(catalogue, key)]).toEqual([2, 2])
    } finally {
      await stop()
      await store.drop()
    }
    expect(keptIn(catalogue, key)).toBeUndefined()
  })
  test('nothing is kept before the view has applied what was there when following began', async () => {
    const { catalogue, write, apply, ask, start, store } = await scene('behind')
    const [key, same] = [ulid(), ulid()]
    const next = await write(key)
    const stop = await start()
    try {
      const other = await scene('signal')
      const signal = ulid()
      await other.apply(signal, await other.write(signal))
      const stopOther = await other.start()
      // by then this one has had the time to begin too; the loop below would find it out if not
      await expect.poll(async () => { await other.ask(signal); return keptIn(other.catalogue, signal) }, { timeout: 30_000 }).toBe(1)
      await stopOther()
      await other.store.drop()
      await ask(key)
      expect(keptIn(catalogue, key)).toBeUndefined()
      await apply(key, next)
      await expect.poll(async () => { await ask(key); return keptIn(catalogue, key) }, { timeout: 30_000 }).toBe(1)
      await ask(same)
      expect(keptIn(catalogue, same)).toBe(0)
    } finally {
      await stop()
      await store.drop()
    }
  })
})

describe('over Redis', () => {
  test('gateways share the room of a client, by the same arithmetic as here', async () => {
    const limit = { requests: 20, period_ms: 60_000 }
    const lease = leaseFrom(redis)
    const key = `test:${run}`
    expect(await lease(key, limit, 3)).toMatchObject({ granted: 3, remaining: 17, wait_us: 0 })
    const here = take(limit, 0, 0, 3)
    expect((await lease(key, limit, 99)).granted).toBe(take(limit, here.tat, 0, 99).granted)
    const refused = await lease(key, limit, 1)
    expect([refused.granted, refused.remaining]).toEqual([0, 0])
    expect(refused.wait_us).toBeGreaterThan(0)
    expect(refused.wait_us).toBeLessThanOrEqual(emissionOf(limit))
    expect(await redis.pttl(`gateway:rate:${key}`)).toBeGreaterThan(0)
    const gateways = [createLimiter(lease), createLimiter(leaseFrom(redis))]
    const verdicts = await Promise.all(Array.from({ length: 60 }, (_, i) => gateways[i % 2]?.take(`${key}:shared`, limit)))
    expect(verdicts.filter((verdict) => verdict?.allowed === true).length).toBeLessThanOrEqual(20)
  })
  test('a sign-out is heard on the channel, and found under its key by who comes later', async () => {
    const { book, close } = followEnded(redis)
    const [said, set] = [`said-${run}`, `set-${run}`]
    await expect.poll(async () => { await book.confirm('any'); return book.isConfirmed('any') }, { timeout: 30_000 }).toBe(true)
    expect(book.isEnded(said)).toBe(false)
    await redis.publish(endedChannel, said)
    await expect.poll(() => book.isEnded(said), { timeout: 30_000 }).toBe(true)
    await redis.set(endedKey(set), '1', 'EX', 60)
    expect([await book.confirm(set), book.isEnded(set)]).toEqual([true, true])
    await close()
  })
})
