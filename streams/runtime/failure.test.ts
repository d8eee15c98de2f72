import { expect, test } from 'vitest'
import { openStore } from '../sinks/memory/store.ts'
import { record } from './dead-letter.ts'
import { failurePolicy, pauseAfter } from './failure.ts'
import type { Outcome, RawRecord, Subscription } from './kafka.ts'
import { type Batch, RejectedError, type ViewStore } from './store.ts'
import { created, keepDeadLetters } from './testing.ts'
import { type Change, defineView, type View } from './view.ts'
import { startWorker } from './worker.ts'

const topic = 'cdc.user.ratings'
/** Counts; throws at the title 'bad'. */
const counting = defineView('file:///views/counting.ts', {
  version: 1, store: 'memory', from: { 'cdc.user.ratings': ['title_id'] },
  rows: { count: { key: ['title_id'], columns: { title_id: 'text', count: 'int' } } },
  touches: (event) => (event.after === null ? [] : [{ row: 'count', key: { title_id: event.after.title_id } }]),
  apply: (event, rows) => {
    if (event.after === null) return []
    if (event.after.title_id === 'bad') throw new TypeError('no such title')
    return [{ put: 'count', row: { title_id: event.after.title_id, count: (rows.count.get({ title_id: event.after.title_id })?.count ?? 0) + 1 } }]
  },
})

const rating = (title_id: string) => Buffer.from(JSON.stringify(created(topic, { title_id })))
const at = (offset: number, value: Buffer | null, key: string | null = 'k', headers = {}): RawRecord => ({ offset, key, value, timestamp: 1_000, headers })

/** A worker over a store and a Kafka that is this function call. */
async function employ(view: View, store: ViewStore) {
  let subscription: Subscription | undefined
  const deadLetters = keepDeadLetters(view)
  const pauses: number[] = []
  const worker = await startWorker({
    view, store, deadLetters, clock: { now: () => 0 }, random: () => 1, log: () => {}, onCrash: () => {},
    kafka: { offsets: async () => [], consume: async (wanted) => { subscription = wanted; return { stop: async () => {} } } },
    decoders: new Map([[topic, { prepare: async () => {}, decode: (value) => JSON.parse(value.toString()) as Change }]]),
  })
  const seeks: unknown[][] = []
  subscription?.onAssigned(new Map([[topic, [0]], [deadLetters.topic, [0]]]), (...seek) => { seeks.push(seek) })
  const once = async (records: readonly RawRecord[], of = topic): Promise<Outcome> => {
    const [from = 0, next] = [records[0]?.offset, (records.at(-1)?.offset ?? 0) + 1]
    return await subscription?.onBatch({ topic: of, partition: 0, fetched_from: from, next, high_watermark: next, records }) ?? 'done'
  }
  return {
    worker, deadLetters, pauses, seeks, once,
    /** Delivers until it is done, as Kafka does after a pause. */
    async deliver(records: readonly RawRecord[], of = topic): Promise<void> {
      for (let tries = 0; tries < 40; tries++) {
        const outcome = await once(records, of)
        if (outcome === 'done') return
        if ('pause_ms' in outcome) pauses.push(outcome.pause_ms)
      }
      throw new Error('the batch was not done after 40 deliveries')
    },
  }
}

async function countsIn(store: ViewStore): Promise<Readonly<Record<string, unknown>>> {
  const found: Record<string, unknown> = {}
  for await (const row of store.scan('count')) found[String(row['title_id'])] = row['count']
  return found
}
const opened = (view: View = counting): ViewStore => openStore({ tables: new Map() }, view)

test('a record that cannot be decoded, one that apply throws at, and one without a key are dead-lettered; the others count', async () => {
  const store = opened()
  const { deliver, deadLetters } = await employ(counting, store)
  await deliver([at(0, rating('a')), at(1, Buffer.from('{')), at(2, rating('bad')), at(3, rating('a'), null), at(4, null), at(5, rating('a'))])
  expect(await countsIn(store)).toEqual({ a: 2 })
  expect(deadLetters.letters.map(({ origin, code, key, attempt }) => [origin.offset, code, key, attempt])).toEqual([[1, 'apply', 'k', 1], [3, 'no_key', null, 1], [2, 'apply', 'k', 1]])
  expect(deadLetters.letters[2]).toMatchObject({ origin: { topic, partition: 0 }, error: 'no such title', value: rating('bad'), edition: 'counting_v1' })
  expect((await store.positions(0)).next.get(topic)).toBe(6)
})

test('where the policy is to stop, nothing of the slice is applied, and the position stands', async () => {
  const view: View = { ...counting, failure: failurePolicy({ poison: 'stop' }) }
  const store = opened(view)
  const { once, worker, deadLetters } = await employ(view, store)
  expect(await once([at(0, rating('a')), at(1, rating('bad'))])).toEqual({ pause_ms: 30_000 })
  expect([await countsIn(store), deadLetters.letters, (await worker.status()).state]).toEqual([{}, [], 'stopped'])
  expect(await once([at(0, rating('a'))])).toEqual({ pause_ms: 30_000 })
})

test('the position does not pass a record whose dead letter could not be published, and it is published once', async () => {
  const store = opened()
  let refusing = true
  const flushed: number[] = []
  const { deadLetters, deliver, once } = await employ(counting, { ...store, flush: async (batch) => { flushed.push(batch.next); return store.flush(batch) } })
  const publish = deadLetters.publish
  Object.assign(deadLetters, { publish: async (letters: Parameters<typeof publish>[0]) => { if (refusing) throw new Error('no broker'); await publish(letters) } })
  const records = [at(0, rating('bad')), at(1, rating('a'))]
  expect(await once(records)).toMatchObject({ pause_ms: expect.any(Number) })
  expect(flushed).toEqual([])
  refusing = false
  await deliver(records)
  expect([flushed, deadLetters.letters.length, await countsIn(store)]).toEqual([[2], 1, { a: 1 }])
})

test('a store that is away is asked again after growing pauses, up to the last, and nothing is lost or published', async () => {
  const store = opened()
  let away = 15
  const { deliver, pauses, deadLetters } = await employ(counting, { ...store, flush: async (batch) => { if (away-- > 0) throw new Error('away'); return store.flush(batch) } })
  await deliver([at(0, rating('a')), at(1, rating('b'))])
  expect(pauses).toEqual(Array.from({ length: 15 }, (_, i) => Math.min(30_000, 100 * 2 ** i)))
  expect([await countsIn(store), deadLetters.letters]).toEqual([{ a: 1, b: 1 }, []])
})

test('jitter takes up to half of a pause away', () => {
  expect([pauseAfter(counting.failure, 1, 0), pauseAfter(counting.failure, 1, 0.5), pauseAfter(counting.failure, 3, 0.999)]).toEqual([50, 75, 399.8])
})

/** Refuses rows of the title 'odd', with or without saying which. */
const refusing = (store: ViewStore, telling: boolean, flushes: number[] = []): ViewStore => ({ ...store, flush: async (batch) => {
  flushes.push(batch.writes.length)
  const odd = batch.writes.filter((write) => write.key['title_id'] === 'odd')
  if (odd.length > 0) throw new RejectedError('too odd', telling ? odd : [])
  return store.flush(batch)
} })

test.each([true, false])('records that the store refuses are dead-lettered alone, whether it says which (%s) or not', async (telling) => {
  const store = opened()
  const { deliver, deadLetters } = await employ(counting, refusing(store, telling))
  await deliver(Array.from({ length: 20 }, (_, offset) => at(offset, rating(offset === 7 || offset === 13 ? 'odd' : 'a'))))
  expect(deadLetters.letters.map(({ origin, code }) => [origin.offset, code]).sort()).toEqual([[13, 'rejected'], [7, 'rejected']])
  expect(await countsIn(store)).toEqual({ a: 18 })
})

test('a redriven record has its effect once, however often it is sent and delivered, and a second failure is the next attempt', async () => {
  const store = opened()
  const { deliver, deadLetters } = await employ(counting, store)
  await deliver([at(0, rating('bad')), at(1, rating('bad'))])
  const [first, second] = deadLetters.letters
  if (first === undefined || second === undefined) throw new Error('no letters')
  const again = (offset: number, letter: typeof first, value: Buffer): RawRecord => {
    const { headers = {} } = record({ ...letter, state: 'redrive', value })
    return at(offset, value, 'id', Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])))
  }
  await deliver([again(0, first, rating('good')), again(1, first, rating('good')), again(2, second, rating('bad'))], deadLetters.topic)
  await deliver([again(3, first, rating('good'))], deadLetters.topic)
  expect(await countsIn(store)).toEqual({ good: 1 })
  expect(deadLetters.letters.slice(2)).toMatchObject([{ origin: { topic, offset: 1 }, attempt: 2, key: 'k' }])
  const [, , third] = deadLetters.letters
  expect(third === undefined ? undefined : record({ ...third, state: 'dead' }).headers).toMatchObject({ 'cdlc-state': 'dead', 'cdlc-attempt': '2', 'cdlc-offset': '1' })
  expect(Object.keys(third ?? {})).not.toContain('state')
  await deliver([again(4, { ...second, attempt: 2 }, rating('good'))], deadLetters.topic)
  expect(await countsIn(store)).toEqual({ good: 2 })
})

test('an idle partition whose store lost everything is read again from the beginning once it is checked', async () => {
  const tables = new Map()
  const store = openStore({ tables }, counting)
  const { deliver, worker, seeks } = await employ(counting, store)
  await deliver([at(0, rating('a')), at(1, rating('a'))])
  await worker.check()
  expect(seeks.slice(2)).toEqual([])
  tables.clear()
  await worker.check()
  expect(seeks.slice(2)).toEqual([[topic, 0, 0], ['dlq.counting', 0, 0]])
  await deliver([at(0, rating('a')), at(1, rating('a'))])
  expect(await countsIn(store)).toEqual({ a: 2 })
})

/** Refuses a title that is counted twice: over rows that are not so any more, a record that is good looks like one that is not. */
const once = defineView('file:///views/once.ts', {
  version: 1, store: 'memory', from: { 'cdc.user.ratings': ['title_id'] },
  rows: { count: { key: ['title_id'], columns: { title_id: 'text', count: 'int' } } },
  touches: ({ after }) => (after === null ? [] : [{ row: 'count', key: { title_id: after.title_id } }]),
  apply: ({ after, before }, { count }) => {
    const title_id = (after ?? before)?.title_id ?? ''
    if (after === null) return [{ remove: 'count', key: { title_id } }]
    if (count.get({ title_id }) !== undefined) throw new Error('it is counted')
    return [{ put: 'count', row: { title_id, count: 1 } }]
  },
})

test.each(['apply throws', 'the store refuses'])('a record is not given up for what a zombie folded over rows of before: %s', async (why) => {
  const tables = new Map()
  const view = why === 'apply throws' ? once : counting
  const store = openStore({ tables }, view)
  const stale: ViewStore = { ...store, flush: async (batch) => {
    if (why === 'the store refuses' && batch.writes.some(({ value }) => Number(value?.['count']) > 1)) throw new RejectedError('too many', batch.writes)
    return store.flush(batch)
  } }
  const zombie = await employ(view, stale)
  await zombie.deliver([at(0, rating('a'))])
  // another owner has the row removed meanwhile; the zombie still holds it
  const removal: Batch = { topic, partition: 0, from: 1, next: 2, fence: (await store.positions(0)).fence, writes: [{ row: 'count', id: 'a', key: { title_id: 'a' }, value: undefined, offset: 1, index: 0 }] }
  expect(await store.flush(removal)).not.toBe('fenced')
  expect(await zombie.once([at(1, null), at(2, rating('a'))])).toEqual({ seek: 1 })
  expect(zombie.deadLetters.letters).toEqual([])
  await zombie.deliver([at(2, rating('a'))])
  expect([await countsIn(store), zombie.deadLetters.letters]).toEqual([{ a: 1 }, []])
})
