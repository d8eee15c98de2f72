import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { randomUUID } from 'node:crypto'
import { afterEach, expect, test } from 'vitest'
import { openPresence } from './presence.ts'
import { openRedis } from './redis.ts'

const endpoints = endpointsFrom(process.env)
const closing: (() => Promise<unknown>)[] = []
afterEach(async () => { for (const close of closing.splice(0).toReversed()) await close() })

/** Two processes over keys of their own, and a clock that both go by. */
function scene() {
  const clock = { now: Date.now() }
  const prefix = `test:${randomUUID()}:`
  const open = (url = endpoints.redis.url) => {
    const redis = openRedis({ redis: { url } }, prefix)
    const presence = openPresence(redis, () => clock.now)
    closing.push(async () => { await presence.close(); redis.disconnect() })
    return { redis, presence }
  }
  return { clock, open }
}

test('one is here while a connection is open in any process, and gone with the last', async () => {
  const { open } = scene()
  const [{ presence: one }, { presence: two }] = [open(), open()]
  const online = async (): Promise<readonly string[]> => [...await one.online(['ada', 'bob'])]
  expect(await online()).toEqual([])
  const leaves = [one.enter('ada', false), one.enter('ada', false), two.enter('ada', false)]
  await expect.poll(online).toEqual(['ada'])
  leaves[0]?.()
  leaves[0]?.()
  leaves[2]?.()
  expect([await online(), [...await two.online(['ada'])]]).toEqual([['ada'], ['ada']])
  leaves[1]?.()
  await expect.poll(online).toEqual([])
})
test('who asks not to be seen is not, whatever other connections they have', async () => {
  const { open } = scene()
  const [{ presence: one }, { presence: two }] = [open(), open()]
  const online = async (): Promise<boolean> => (await one.online(['ada'])).has('ada')
  one.enter('ada', false)
  const leave = two.enter('ada', true)
  await expect.poll(online).toBe(false)
  leave()
  await expect.poll(online).toBe(true)
})
test('what nobody renews ends within a minute, by itself', async () => {
  const { clock, open } = scene()
  const { redis, presence } = open()
  presence.enter('ada', true)
  await expect.poll(() => redis.zcard('hidden:ada')).toBe(1)
  for (const key of ['here:ada', 'hidden:ada']) expect(await redis.pttl(key)).toBeGreaterThan(0)
  expect(await redis.pttl('here:ada')).toBeLessThanOrEqual(60_000)
  clock.now += 60_001
  expect(await redis.zcount('here:ada', clock.now, '+inf')).toBe(0)
  expect([...await presence.online(['ada'])]).toEqual([])
})
test('leaving all at the end leaves nothing behind', async () => {
  const { open } = scene()
  const [{ redis, presence }, { presence: other }] = [open(), open()]
  presence.enter('ada', true)
  await expect.poll(() => redis.zcard('hidden:ada')).toBe(1)
  await presence.close()
  expect([await redis.exists('here:ada', 'hidden:ada'), (await other.online(['ada'])).size]).toEqual([0, 0])
})
test('a Redis that is away keeps nobody from coming and going, and who asks is told that it is', async () => {
  const { open } = scene()
  const { presence } = open('redis://127.0.0.1:1')
  presence.enter('ada', false)()
  await expect(presence.online(['ada'])).rejects.toMatchObject({ code: 'store_unavailable' })
})
