import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { RejectedError, type RowWrite, type ViewStore } from '../../runtime/store.ts'
import type { View } from '../../runtime/view.ts'
import { conformanceView, writeOf } from '../fixtures.ts'
import { orderKey, positionsKey, rowsKey, slotOf } from './compile.ts'
import { connect } from './connect.ts'

const endpoints = endpointsFrom(process.env)
const admin = new Redis(endpoints.redis.url)
const sink = await connect(endpoints)
afterAll(async () => {
  await sink.close()
  admin.disconnect()
})

const topic = 'cdc.user.ratings'
let view: View
let store: ViewStore
let slot: string
beforeEach(() => {
  view = { ...conformanceView('redis'), rows: { counts: { key: ['id'], columns: { id: 'text', n: 'int', m: 'int', text: 'text' }, order: ['n', 'm'] } } }
  store = sink.open(view)
  slot = slotOf(view, 0)
})
afterEach(() => store.drop())

const put = (id: string, text = ''): RowWrite => writeOf(view, 'counts', { id }, { id, n: 1, m: 2, text }, 0)
const remove = (id: string): RowWrite => ({ ...put(id), value: undefined })
async function flush(...writes: readonly RowWrite[]): Promise<unknown> {
  const { fence, next } = await store.positions(0)
  const from = next.get(topic) ?? 0
  return await store.flush({ topic, partition: 0, from, next: from + 1, fence, writes }).catch((error: unknown) => error)
}
const state = async (): Promise<unknown> => ({ rows: await admin.hkeys(rowsKey(slot, 'counts')), at: (await store.positions(0)).next.get(topic) ?? 0 })

/** Runs the task while Redis has another setting, and puts back what it had. */
async function having(setting: string, value: number, task: () => Promise<void>): Promise<void> {
  const [, before = ''] = await admin.config('GET', setting) as string[]
  await admin.config('SET', setting, value)
  try {
    await task()
  } finally {
    await admin.config('SET', setting, before)
  }
}

test('a key of another type in the way is a rejection, before anything is written', async () => {
  await admin.set(orderKey(slot, 'counts', 'm'), 'somebody else\'s') // the last of the keys that a flush writes
  expect(await flush(put('a'))).toBeInstanceOf(RejectedError)
  expect(await state()).toEqual({ rows: [], at: 0 })
  await admin.del(orderKey(slot, 'counts', 'm'))
  expect(await flush(put('a'))).toEqual({ fence: expect.any(String) })
  expect(await state()).toEqual({ rows: ['a'], at: 1 })
})

test('memory that has run out is worth another try, and leaves nothing half written', async () => {
  await flush(put('gone'))
  await having('maxmemory', 1, async () => {
    expect(await flush(put('a'), put('b'))).toEqual(expect.objectContaining({ message: expect.stringMatching(/^OOM /) }))
    expect(await state()).toEqual({ rows: ['gone'], at: 1 })
    // a removal needs no memory: what follows a first write is written whole
    expect(await flush(remove('gone'), put('c'))).toEqual({ fence: expect.any(String) })
    expect(await state()).toEqual({ rows: ['c'], at: 2 })
  })
  expect(await flush(put('a'))).toEqual({ fence: expect.any(String) })
})

test('a value past Redis\'s limit is a rejection that names its write; one of 900 kB is none', async () => {
  await having('proto-max-bulk-len', 2 ** 20, async () => {
    expect(await flush(put('a', 'x'.repeat(900_000)))).toEqual({ fence: expect.any(String) })
    const large = put('b', 'x'.repeat(2 ** 20))
    expect(await flush(large)).toEqual(expect.objectContaining({ writes: [large], message: expect.stringMatching(/invalid bulk length/) }))
    expect(await flush(put('c'))).toEqual({ fence: expect.any(String) })
  })
  expect(await state()).toEqual({ rows: expect.arrayContaining(['a', 'c']) as readonly string[], at: 2 })
})

test('a positions key of another type is a rejection too', async () => {
  await admin.set(positionsKey(slot), 'x')
  expect(await store.flush({ topic, partition: 0, from: 0, next: 1, fence: '0', writes: [put('a')] }).catch((error: unknown) => error)).toBeInstanceOf(RejectedError)
  expect(await admin.exists(rowsKey(slot, 'counts'))).toBe(0)
})
