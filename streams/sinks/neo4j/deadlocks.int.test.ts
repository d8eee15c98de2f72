import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { afterAll, expect, test } from 'vitest'
import type { RowWrite } from '../../runtime/store.ts'
import type { View } from '../../runtime/view.ts'
import { conformanceView, numbers, writeOf } from '../fixtures.ts'
import { type Neo4jConnection, openConnection } from './connect.ts'
import { openStore } from './store.ts'

const topic = 'cdc.user.ratings'
const view: View = {
  ...conformanceView('neo4j'),
  rows: {
    profiles: { key: ['profile_id'], columns: { profile_id: 'text' } },
    titles: { key: ['title_id'], columns: { title_id: 'text' } },
    likes: {
      key: ['profile_id', 'title_id'], columns: { profile_id: 'text', title_id: 'text', n: 'int' },
      edge: { from: { row: 'profiles', column: 'profile_id' }, to: { row: 'titles', column: 'title_id' } },
    },
  },
}
const PARTITIONS = 6
const FLUSHES = 10
const ROWS = 250

const connection = openConnection(endpointsFrom(process.env))
const count = { attempts: 0 }
const counting: Neo4jConnection = { ...connection, transact: (what, work) => connection.transact(what, (transaction) => {
  count.attempts++
  return work(transaction)
}) }
/** As many workers as partitions: the flushes of one go in one transaction. */
const stores = Array.from({ length: PARTITIONS }, () => openStore(counting, view))
afterAll(async () => {
  await stores[0]?.drop()
  await connection.close()
}, 60_000)

/** Likes of one partition: the titles are its own, the profiles are everybody's, in no order. */
function likes(random: (below: number) => number, partition: number, offset: number): readonly RowWrite[] {
  const writes = Array.from({ length: ROWS }, (_, index) => {
    const value = { profile_id: `p${random(200)}`, title_id: `t${random(60) * PARTITIONS + partition}`, n: offset }
    return writeOf(view, 'likes', { profile_id: value.profile_id, title_id: value.title_id }, value, offset, index)
  })
  return [...new Map(writes.map((write) => [write.id, write])).values()]
}

test('flushes of six partitions over the same nodes wait for each other more often than they deadlock', { timeout: 120_000 }, async () => {
  await stores[0]?.prepare()
  count.attempts = 0
  await Promise.all(stores.map(async (store, partition) => {
    const random = numbers(partition + 1)
    let fence = '0'
    for (let from = 0; from < FLUSHES; from++) {
      const flushed = await store.flush({ topic, partition, from, next: from + 1, fence, writes: likes(random, partition, from) })
      if (flushed === 'fenced') throw new Error(`partition ${partition} fenced at ${from}`)
      fence = flushed.fence
    }
  }))
  // in order about 62 attempts for the 60 flushes, out of order about 115
  expect(count.attempts).toBeLessThan(PARTITIONS * FLUSHES * 1.4)
})
