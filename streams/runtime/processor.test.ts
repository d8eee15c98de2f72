import { changelogConfig, topics, topicSpec } from '@cdlc/schemas/topics.ts'
import { describe, expect, test } from 'vitest'
import { memoryLog } from '../processor-log.ts'
import type { DeadLetter } from './dead-letter.ts'
import { record } from './dead-letter.ts'
import type { RawRecord } from './kafka.ts'
import { memoryStores } from './local-store-memory.ts'
import { startProcessor } from './processor-worker.ts'
import { changelogTopic, defineProcessor, type Output, type Processor } from './processor.ts'
import { processors } from './registry.ts'
import { created, keepDeadLetters } from './testing.ts'
import type { Change } from './view.ts'

/** What a key column holds an id of, where its name says in which part instead: topics of one kind of id agree on its partition. */
const heldBy: ReadonlyMap<string, string> = new Map([['profile_id', 'profile'], ['other_id', 'profile'], ['follower_id', 'profile']])
const kindOfId = (column: string): string => heldBy.get(column) ?? column

describe.each(await processors())('the processor $name', (processor) => {
  test('writes a derived topic, and is the only one to', async () => {
    expect(topicSpec(processor.to).kind).toBe('derived')
    expect((await processors()).filter(({ to }) => to === processor.to)).toEqual([processor])
  })

  test('has a changelog in the catalogue, with a partition for each of its sources\'', () => {
    const { partitions, config } = topicSpec(changelogTopic(processor))
    expect(config).toEqual(changelogConfig)
    expect(Object.keys(processor.from).map((topic) => topicSpec(topic).partitions)).toEqual(Object.keys(processor.from).map(() => partitions))
  })

  test('reads topics keyed by ids of one kind, so that what meets in its state lies in one partition', () => {
    expect(new Set(Object.keys(processor.from).map((topic) => kindOfId(topicSpec(topic).key ?? ''))).size).toBe(1)
  })
})

test('every changelog and derived topic of the catalogue is some processor\'s', async () => {
  const all = await processors()
  expect(topics.filter(({ kind }) => kind === 'derived').map(({ name }) => name).sort()).toEqual(all.map(({ to }) => to).sort())
  expect(topics.filter(({ name }) => name.endsWith('-changelog')).map(({ name }) => name).sort()).toEqual(all.map(changelogTopic).sort())
})

describe('a definition', () => {
  const from = { 'cdc.user.ratings': ['profile_id'] } as const
  const define = (file: string, over: object) => () => defineProcessor(`file:///processors/${file}.ts`, { version: 1, from, to: 'user.ratings-by-profile', state: {}, apply: () => [], ...over })
  test.each([
    ['Upper', {}, 'lower-case letters'],
    ['good', { version: 0 }, 'not a whole number from 1'],
    ['good', { from: {} }, 'it reads no topic'],
    ['good', { to: 'cdc.user.ratings' }, 'which it reads'],
    ['good', { state: { _own: { key: ['a'], columns: { a: 'text' } } } }, 'the runtime\'s own'],
    ['good', { state: { row: { key: [], columns: { a: 'text' } } } }, 'has no key'],
    ['good', { state: { row: { key: ['a'], columns: { a: 'double' } } } }, 'no column of type text, int, long or timestamp'],
  ])('%s with %j is refused', (file, over, says) => {
    expect(define(file, over)).toThrow(says)
  })
})

/** A worker fed by hand; its processor counts ratings by title and cannot bear a rating of 0. */
async function employed(over: Partial<Processor> = {}) {
  const source = 'cdc.user.ratings'
  const counting: Processor = { ...defineProcessor('file:///processors/counting.ts', {
    version: 1, from: { 'cdc.user.ratings': ['title_id', 'half_stars'] }, to: 'user.ratings-by-profile',
    state: { count: { key: ['title_id'], columns: { title_id: 'text', count: 'int' } } },
    apply: ({ after }, { count }) => {
      if (after === null) return []
      const { title_id, half_stars } = after
      if (half_stars === 0) throw new Error('no stars at all')
      const row = { title_id, count: (count.get({ title_id })?.count ?? 0) + 1 }
      return [{ put: 'count', row }, { emit: { op: 'u', before: null, after: { profile_id: String(row.count), title_id, half_stars, rated_at: 0, version: 0 } } }]
    },
  }), ...over }
  const letters = keepDeadLetters(counting)
  const log = memoryLog([source, counting.to, changelogTopic(counting), letters.topic].map((name) => ({ name, partitions: 1 })), () => 0)
  const process = log.process(memoryStores())
  const worker = await startProcessor({
    processor: counting, kafka: process.kafka, producers: process.producers, stores: process.stores, deadLetters: letters, clock: { now: () => 0 }, random: () => 0, log: () => {}, onCrash: () => {},
    output: { keyOf: ({ after }) => String(after?.['title_id']), encode: (change) => Buffer.from(JSON.stringify(change)) },
    decoders: new Map([[source, { prepare: async () => {}, decode: (value) => JSON.parse(value.toString()) as Change }]]),
  })
  process.subscription()?.onAssigned(new Map([source, letters.topic].map((topic) => [topic, [0]])), () => {})
  const rating = (half_stars: number): Buffer => Buffer.from(JSON.stringify(created(source, { title_id: 't', half_stars })))
  const say = async (topic: string, values: readonly Pick<RawRecord, 'key' | 'value' | 'headers'>[]) => {
    const from = log.end(topic, 0)
    log.append(topic, values.map(({ headers, ...rest }) => ({ ...rest, headers, partition: 0 })))
    const records = log.records(topic, 0).slice(from)
    return process.subscription()?.onBatch({ topic, partition: 0, fetched_from: from, next: from + records.length, high_watermark: log.end(topic, 0), records })
  }
  return {
    worker, letters,
    rate: (...stars: readonly (number | Buffer | null)[]) => say(source, stars.map((value) => ({ key: 't', value: typeof value === 'number' ? rating(value) : value, headers: {} }))),
    redrive: (letter: DeadLetter | undefined, stars: number) => {
      if (letter === undefined) throw new Error('no such dead letter')
      const { key, value, headers = {} } = record({ ...letter, state: 'redrive', value: rating(stars) })
      return say(letters.topic, [{ key, value, headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])) }])
    },
    told: () => log.records(counting.to, 0).map(({ value }) => Number((JSON.parse(value?.toString() ?? '') as Output).after?.['profile_id'])),
  }
}

describe('a record that a processor cannot apply', () => {
  test('goes to the dead letters, with its place and what was wrong, and the partition goes on', async () => {
    const { rate, told, letters, worker } = await employed()
    expect(await rate(5, Buffer.from('no JSON'), 0, null, 7)).toBe('done')
    expect(told()).toEqual([1, 2])
    expect(letters.letters).toMatchObject([
      { origin: { topic: 'cdc.user.ratings', partition: 0, offset: 1 }, attempt: 1, edition: 'counting-v1' },
      { origin: { topic: 'cdc.user.ratings', partition: 0, offset: 2 }, attempt: 1, error: 'no stars at all' },
    ])
    expect(await worker.status()).toMatchObject({ state: 'running', dead_letters_total: 2, records_total: 5 })
  })

  test('has its effect once when it is sent again, however often that is', async () => {
    const { rate, redrive, told, letters } = await employed()
    await rate(5, 0)
    const [letter] = letters.letters
    await redrive(letter, 9)
    await redrive(letter, 9)
    expect(told()).toEqual([1, 2])
    await rate(5)
    expect(told()).toEqual([1, 2, 3])
  })

  test('stops the partition where that is the policy, with all before it as if it had not come', async () => {
    const { rate, told, worker } = await employed({ failure: { transient: { first_ms: 1, last_ms: 9 }, poison: 'stop' } })
    expect(await rate(5)).toBe('done')
    expect(await rate(6, 0, 7)).toEqual({ pause_ms: 9 })
    expect(told()).toEqual([1])
    expect((await worker.status()).state).toBe('stopped')
  })

  test('is one whose step is too large for a record batch, or asks for itself for ever', async () => {
    const large = await employed({ apply: () => [{ emit: { op: 'c', before: null, after: { title_id: 'x'.repeat(500_000) } } }] })
    await large.rate(1)
    expect(large.letters.letters).toMatchObject([{ code: 'too_large' }])
    const endless = await employed({ apply: () => [{ again: true }] })
    await endless.rate(1)
    expect(endless.letters.letters).toMatchObject([{ code: 'endless' }])
  })
})
