import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { createClient } from '@clickhouse/client'
import { afterAll, expect, test } from 'vitest'
import { conformanceView, numbers, writeOf } from '../fixtures.ts'
import { contend } from '../owners.ts'
import { tableName } from './compile.ts'
import { connect } from './connect.ts'

const endpoints = endpointsFrom(process.env)
const { url, user, password, database } = endpoints.clickhouse
const client = createClient({ url, username: user, password })
const sinks = await Promise.all([1, 2, 3, 4].map(() => connect(endpoints)))
afterAll(() => Promise.all([client.close(), ...sinks.map((sink) => sink.close())]))

test('four owners of a partition insert each row once', { timeout: 120_000 }, async () => {
  const view = conformanceView('clickhouse')
  const table = tableName(database, view, 'titles')
  const stores = sinks.map((sink) => sink.open(view))
  await stores[0]?.prepare()
  await client.command({ query: `SYSTEM STOP MERGES ${table}` }) // a merge would hide what was inserted twice
  try {
    const records = 2_000
    const { flushes } = await contend(stores, {
      topics: ['cdc.content.titles'], random: numbers(11), records, batch: 30,
      effect: async (_store, _topic, from, until) => Array.from({ length: until - from }, (_, place) => {
        const title_id = `t${from + place}`
        return writeOf(view, 'titles', { title_id }, { title_id, name: 'Heat' }, from + place)
      }),
    })
    const [counted] = await (sinks[0]?.reader(view).run<{ rows: number; ids: number; last: number }>(
      `SELECT count() AS rows, uniqExact(title_id) AS ids, max(_position) AS last FROM ${table}`, {}) ?? [])
    expect(counted).toEqual({ rows: records, ids: records, last: (records - 1) * 1_024 })
    expect(flushes).toBeGreaterThan(100)
  } finally {
    await stores[0]?.drop()
  }
})

test('an owner finds that rows are lost, rather than go on behind a hole', async () => {
  const view = conformanceView('clickhouse')
  const store = sinks[0]?.open(view)
  if (store === undefined) throw new Error('no sink')
  const put = (offset: number) => writeOf(view, 'titles', { title_id: `t${offset}` }, { title_id: `t${offset}`, name: 'Heat' }, offset)
  const flush = (offset: number) => store.flush({ topic: 'cdc.content.titles', partition: 0, from: offset, next: offset + 1, fence: '', writes: [put(offset)] })
  try {
    await store.prepare()
    for (const offset of [0, 1, 2]) expect(await flush(offset)).toEqual({ fence: '' })
    await client.command({ query: `TRUNCATE TABLE ${tableName(database, view, 'titles')}` })
    expect(await flush(3)).toBe('fenced')
    expect((await store.positions(0)).next.size).toBe(0)
    for (const offset of [0, 1, 2, 3]) expect(await flush(offset)).toEqual({ fence: '' })
    expect((await store.positions(0)).next).toEqual(new Map([['cdc.content.titles', 4]]))
  } finally {
    await store.drop()
  }
})

test('where rows are lost, dead letters are read again from the first', async () => {
  const view = conformanceView('clickhouse')
  const store = sinks[0]?.open(view)
  if (store === undefined) throw new Error('no sink')
  const put = (offset: number) => writeOf(view, 'titles', { title_id: `t${offset}` }, { title_id: `t${offset}`, name: 'Heat' }, offset)
  const flush = (partition: number, offset: number) => store.flush({ topic: 'cdc.content.titles', partition, from: offset, next: offset + 1, fence: '', writes: [put(offset)] })
  const redrive = (partition: number) => store.flush({ topic: 'dlq.x', partition, from: 8, next: 9, fence: '', writes: [{ ...put(100), source: 'cdc.content.titles' }] })
  const passed = async (partition: number) => (await store.positions(partition)).next.get('dlq.x')
  try {
    await store.prepare()
    for (const partition of [0, 1]) for (const done of [await flush(partition, 0), await redrive(partition)]) expect(done).toEqual({ fence: '' })
    expect([await passed(0), await passed(1)]).toEqual([9, 9])
    await client.command({ query: `TRUNCATE TABLE ${tableName(database, view, 'titles')}` })
    expect(await flush(0, 1)).toBe('fenced')
    expect([await passed(0), await passed(1)]).toEqual([undefined, 9])
  } finally {
    await store.drop()
  }
})

test('a merge keeps the position, also that of a removal', async () => {
  const view = conformanceView('clickhouse')
  const store = sinks[0]?.open(view)
  if (store === undefined) throw new Error('no sink')
  const key = { title_id: 't' }
  try {
    await store.prepare()
    for (const [offset, value] of [{ ...key, name: 'Heat' }, { ...key, name: 'Ran' }, undefined].entries()) {
      await store.flush({ topic: 'cdc.content.titles', partition: 0, from: offset, next: offset + 1, fence: '', writes: [writeOf(view, 'titles', key, value, offset)] })
    }
    await client.command({ query: `OPTIMIZE TABLE ${tableName(database, view, 'titles')} FINAL` })
    expect((await store.positions(0)).next).toEqual(new Map([['cdc.content.titles', 3]]))
    for await (const row of store.scan('titles')) expect.fail(`row ${JSON.stringify(row)} was removed`)
  } finally {
    await store.drop()
  }
})
