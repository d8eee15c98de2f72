import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openStore } from '../sinks/memory/store.ts'
import type { Placed } from './fold.ts'
import { openPartition } from './partition-state.ts'
import type { ViewStore } from './store.ts'
import { created } from './testing.ts'
import { defineView } from './view.ts'

const topic = 'cdc.user.ratings'
const counting = defineView('file:///views/counting.ts', {
  version: 1, store: 'memory', from: { 'cdc.user.ratings': ['title_id'] },
  rows: { count: { key: ['title_id'], columns: { title_id: 'text', count: 'int' } } },
  touches: (event) => (event.after === null ? [] : [{ row: 'count', key: { title_id: event.after.title_id } }]),
  apply: (event, rows) => (event.after === null ? []
    : [{ put: 'count', row: { title_id: event.after.title_id, count: (rows.count.get({ title_id: event.after.title_id })?.count ?? 0) + 1 } }]),
})
const never = (): never => { throw new Error('nothing is rejected here') }

/** A partition over a store that notes what it is asked for. */
function opened(held: ViewStore = openStore({ tables: new Map() }, counting), from = 0) {
  const reads: string[][] = []
  const store: ViewStore = { ...held, read: async (partition, refs) => { reads.push(refs.map(({ id }) => id)); return held.read(partition, refs) } }
  const partition = openPartition(counting, store, 0)
  let offset = from
  return {
    partition, store, reads,
    async apply(...titles: readonly string[]): Promise<void> {
      const from = offset
      const events = titles.map((title_id): Placed => ({ offset: offset++, change: created(topic, { title_id }) }))
      await partition.flush({ topic, from, next: offset, writes: partition.fold(await partition.read(events, never), never) })
    },
  }
}

/** The partition again, by one who was not there when it was empty. */
const reopened = async (...titles: readonly string[]): Promise<ReturnType<typeof opened>> => {
  const first = opened()
  await first.apply(...titles)
  return opened(first.store, titles.length)
}

test('rows are read in one round trip, each once, and not again while they are known', async () => {
  const { apply, reads } = await reopened('a')
  await apply('a', 'b', 'a')
  await apply('b', 'c')
  expect(reads).toEqual([['a', 'b'], ['c']])
})

test('of a partition that was empty only rows that may have been written are read', async () => {
  const { apply, reads } = opened()
  await apply('a', 'b', 'a')
  for (let batch = 0; batch < 60; batch++) await apply(...Array.from({ length: 1_000 }, (_, i) => `t${batch * 1_000 + i}`))
  expect(reads.flat().length).toBeLessThan(60)
  await apply('a')
  expect(reads.at(-1)).toEqual(['a'])
})

test('what is known stays within its bound over any number of rows, and what is asked for often stays', async () => {
  const { apply, partition, reads } = await reopened('often')
  let most = 0
  for (let batch = 0; batch < 120; batch++) {
    await apply('often', ...Array.from({ length: 999 }, (_, i) => `t${batch * 999 + i}`))
    most = Math.max(most, partition.cells())
  }
  expect(most).toBeGreaterThan(10_000)
  expect(most).toBeLessThanOrEqual(2 * 10_000 + 2 * 1_000)
  expect(reads.flat().filter((id) => id === 'often')).toHaveLength(1)
})

test('rows that were forgotten are read again, as the store has them', async () => {
  const { apply, store } = opened()
  await apply('a')
  for (let batch = 0; batch < 50; batch++) await apply(...Array.from({ length: 1_000 }, (_, i) => `t${batch * 1_000 + i}`))
  await apply('a', 't0')
  const found = new Map<unknown, unknown>()
  for await (const row of store.scan('count')) found.set(row['title_id'], row['count'])
  expect([found.get('a'), found.get('t0'), found.get('t1')]).toEqual([2, 2, 1])
})

test('tasks of a partition run one after another, also when some fail', async () => {
  await fc.assert(fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 20 }), async (fails) => {
    const { partition } = opened()
    let inside = 0
    const done: number[] = []
    await Promise.allSettled(fails.map((fail, place) => partition.exclusively(async () => {
      expect(++inside).toBe(1)
      await Promise.resolve()
      inside--
      done.push(place)
      if (fail) throw new Error('failed')
    })))
    expect(done).toEqual(fails.map((_, place) => place))
  }))
})

test('a view whose rows are large says how many are remembered', async () => {
  const few = { ...counting, remembers: 2 }
  const held = openStore({ tables: new Map() }, few)
  const partition = openPartition(few, held, 0)
  for (let offset = 0; offset < 20; offset++) {
    const events: readonly Placed[] = [{ offset, change: created(topic, { title_id: `t${offset}` }) }]
    await partition.flush({ topic, from: offset, next: offset + 1, writes: partition.fold(await partition.read(events, never), never) })
    expect(partition.cells()).toBeLessThanOrEqual(6) // twice as many, and one batch's
  }
})
