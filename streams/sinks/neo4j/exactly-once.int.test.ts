import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { afterAll, expect, test } from 'vitest'
import type { AnyRow } from '../../runtime/store.ts'
import type { View } from '../../runtime/view.ts'
import { conformanceView, numbers, writeOf } from '../fixtures.ts'
import { contend } from '../owners.ts'
import { connect } from './connect.ts'

const sinks = await Promise.all([1, 2, 3, 4].map(() => connect(endpointsFrom(process.env))))
afterAll(() => Promise.all(sinks.map((sink) => sink.close())))

const topics = ['cdc.user.ratings', 'cdc.content.titles']
const view: View = {
  ...conformanceView('neo4j'),
  rows: { counters: { key: ['counter'], columns: { counter: 'text', n: 'long' } } },
}

test('four owners of a partition count each record of two topics once, in the same rows', { timeout: 120_000 }, async () => {
  const stores = sinks.map((sink) => sink.open(view))
  await stores[0]?.prepare()
  try {
    const records = 3_000
    const { flushes, fenced } = await contend(stores, {
      topics, random: numbers(3), records, batch: 60,
      async effect(store, _topic, from, until) {
        const counts = new Map<string, number>()
        for (let offset = from; offset < until; offset++) counts.set(`c${offset % 37}`, (counts.get(`c${offset % 37}`) ?? 0) + 1)
        const keys = [...counts.keys()].map((counter) => ({ counter }))
        const now = await store.read(0, keys.map((key) => ({ row: 'counters', id: key.counter, key })))
        return keys.map((key, place) => writeOf(view, 'counters', key, { ...key, n: Number(now[place]?.['n'] ?? 0) + (counts.get(key.counter) ?? 0) }, until - 1, place))
      },
    })
    const rows: AnyRow[] = []
    for await (const row of stores[0]?.scan('counters') ?? []) rows.push(row)
    expect(rows.reduce((sum, row) => sum + Number(row['n']), 0)).toBe(records * 2)
    expect((await stores[0]?.positions(0))?.next).toEqual(new Map(topics.map((topic) => [topic, records])))
    expect([flushes > 200, fenced > 20]).toEqual([true, true])
  } finally {
    await stores[0]?.drop()
  }
})
