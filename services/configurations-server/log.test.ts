import { afterEach, expect, test } from 'vitest'
import { Unavailable } from '../shared/errors.ts'
import { current, decide, newest, topic, type Command, type Expected } from './entry.ts'
import type { ConfigurationLog } from './log.ts'
import { logOver, memoryTopic, type MemoryTopic } from './testing.ts'

const open: ConfigurationLog[] = []
afterEach(async () => { await Promise.all(open.splice(0).map((log) => log.close())) })
const follow = (scene: MemoryTopic, logged: string[] = []): ConfigurationLog => { const log = logOver(scene, logged); open.push(log); return log }
async function known(log: ConfigurationLog): Promise<ConfigurationLog> {
  if (!log.isRead()) await new Promise<void>((resolve) => { const end = log.onChange((key) => { if (key === undefined) { end(); resolve() } }) })
  return log
}
const heard = (log: ConfigurationLog, holds: () => boolean): Promise<void> => new Promise((resolve) => {
  const end = log.onChange(() => { if (holds()) { end(); resolve() } })
  if (holds()) { end(); resolve() }
})
const named = { namespace: 'services', name: 'limit' }
const by = { author: 'tools', author_kind: 'service', client_id: 'tools', reason: 'a test' } as const
const set = (log: ConfigurationLog, value: number, expected: Expected = 'any') => {
  const command: Command = { do: 'set', value: String(value), schema: '{}', expected }
  return log.change(named, by, (entry) => decide(entry, command))
}
const valueIn = (log: ConfigurationLog): string | undefined => current(log.book().entries.get('services/limit'))?.value ?? undefined

test('nothing is answered before the topic has been read', async () => {
  const log = follow(memoryTopic())
  expect(() => log.book()).toThrow(Unavailable)
  await known(log)
  expect(log.book().entries.size).toBe(0)
})

test('a change carries who made it and why, under a key of its own', async () => {
  const scene = memoryTopic()
  const entry = await set(follow(scene), 20, 'none')
  expect(newest(entry)).toMatchObject({ ...named, ...by, version: 1, expects: 0, value: '20', change: 'Set', changed_at: 7, offset: 0 })
  expect(scene.records.map(({ key }) => key)).toEqual([newest(entry)?.revision])
  expect(newest(entry)?.revision).toMatch(/^services\/limit\/1\/[0-9a-f-]{36}$/)
})

test('what one process changes all hear, and one that starts late knows', async () => {
  const scene = memoryTopic()
  const [one, other] = [await known(follow(scene)), await known(follow(scene))]
  await set(one, 20, 'none')
  await heard(other, () => valueIn(other) === '20')
  await set(other, 30)
  expect(valueIn(await known(follow(scene)))).toBe('30')
})

test('of changes that several make from one version at once, one counts, and the others are refused', async () => {
  const scene = memoryTopic()
  const writers = [follow(scene), follow(scene), follow(scene)]
  await set(await known(writers[0] as ConfigurationLog), 1, 'none')
  const outcomes = await Promise.allSettled(writers.map((writer, index) => set(writer, 10 + index, [1])))
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected'])
  for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'version_mismatch' })
  for (const writer of writers) await heard(writer, () => newest(writer.book().entries.get('services/limit'))?.version === 2)
  expect(new Set(writers.map(valueIn)).size).toBe(1)
})

test('a change that says any version will do is made anew where another came before it', async () => {
  const scene = memoryTopic()
  const [one, other] = [await known(follow(scene)), await known(follow(scene))]
  await set(one, 1, 'none')
  scene.before = () => set(other, 2)
  expect(newest(await set(one, 3))).toMatchObject({ version: 3, value: '3' })
  expect(scene.records).toHaveLength(4)
})

test('where somebody is always faster, it ends, and says so', async () => {
  const scene = memoryTopic()
  const [one, other] = [await known(follow(scene)), await known(follow(scene))]
  await set(one, 0, 'none')
  let value = 0
  const overtake = async (): Promise<void> => { await set(other, ++value); scene.before = overtake }
  scene.before = overtake
  await expect(set(one, -1)).rejects.toMatchObject({ code: 'overloaded' })
  scene.before = undefined
})

test('a refused change writes nothing', async () => {
  const scene = memoryTopic()
  await expect(set(follow(scene), 1, [7])).rejects.toMatchObject({ code: 'version_mismatch' })
  expect(scene.records).toHaveLength(0)
})

test('bytes that are no record are left out, and told as an error', async () => {
  const scene = memoryTopic()
  await scene.kafka.produce(topic, [{ key: 'x', value: Buffer.from('???') }])
  const logged: string[] = []
  expect(newest(await set(await known(follow(scene, logged)), 1, 'none'))?.offset).toBe(1)
  expect(logged).toEqual([expect.stringContaining('is none: left out')])
})

test('a version is erased with all records that came too late to be it, and the newest cannot be', async () => {
  const scene = memoryTopic()
  const [one, other] = [await known(follow(scene)), await known(follow(scene))]
  await set(one, 1, 'none')
  scene.before = () => set(other, 2)
  await set(one, 3)
  await one.erase(named, 2)
  expect(scene.records.slice(4).map(({ key, value }) => [key?.split('/')[2], value])).toEqual([['2', null], ['2', null]])
  const late = await known(follow(scene))
  for (const log of [one, late]) expect(log.book().entries.get('services/limit')?.versions.map(({ version }) => version)).toEqual([1, 3])
  await expect(one.erase(named, 3)).rejects.toMatchObject({ code: 'configuration_version_in_use' })
  await expect(one.erase(named, 2)).rejects.toMatchObject({ code: 'configuration_version_not_found' })
})

test('while the broker is away what is known holds, and changes are refused as that', async () => {
  const scene = memoryTopic()
  const log = await known(follow(scene))
  await set(log, 20, 'none')
  scene.state.away = true
  await expect(set(log, 30)).rejects.toBeInstanceOf(Unavailable)
  expect(valueIn(log)).toBe('20')
  scene.state.away = false
  await set(log, 30)
  expect(valueIn(log)).toBe('30')
})

test('a consumer that is down for good is replaced, and misses nothing', async () => {
  const scene = memoryTopic()
  const [one, other] = [await known(follow(scene)), await known(follow(scene))]
  scene.crash()
  await set(one, 20, 'none')
  await heard(other, () => valueIn(other) === '20')
})
