import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { createClient } from '@clickhouse/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { RejectedError, type RowWrite } from '../../runtime/store.ts'
import { conformanceView, writeOf } from '../fixtures.ts'
import { tableName } from './compile.ts'
import { connect } from './connect.ts'
import { permanent } from './errors.ts'

const endpoints = endpointsFrom(process.env)
const { url, user, password, database } = endpoints.clickhouse
const client = createClient({ url, username: user, password })
const sink = await connect(endpoints)
const view = conformanceView('clickhouse')
const store = sink.open(view)
const table = tableName(database, view, 'titles')
const topic = 'cdc.content.titles'
beforeAll(() => store.prepare(), 60_000)
afterAll(async () => {
  await store.drop()
  await Promise.all([sink.close(), client.close()])
}, 60_000)

const put = (offset: number, name: string): RowWrite => writeOf(view, 'titles', { title_id: `t${offset}` }, { title_id: `t${offset}`, name }, offset)
const flush = (partition: number, from: number, ...writes: readonly RowWrite[]): Promise<unknown> =>
  store.flush({ topic, partition, from, next: from + 1, fence: '', writes }).catch((error: unknown) => error)

test('rows that break a constraint are rejected, and those of other partitions in the same insert are not', async () => {
  await client.command({ query: `ALTER TABLE ${table} ADD CONSTRAINT short CHECK length(name) < 5` })
  const wrong = put(0, 'Metropolis')
  const [first, refused, ...others] = await Promise.all([flush(0, 0, put(0, 'Heat')), flush(1, 0, wrong), flush(2, 0, put(0, 'Ran')), flush(3, 0, put(0, 'M'))])
  expect(refused).toBeInstanceOf(RejectedError)
  expect(refused).toEqual(expect.objectContaining({ writes: [wrong], message: expect.stringMatching(/Constraint `short` .* is violated/) }))
  expect([first, ...others]).toEqual([{ fence: '' }, { fence: '' }, { fence: '' }])
  expect([(await store.positions(0)).next.size, (await store.positions(1)).next.size]).toEqual([1, 0])
  // where several may be to blame, ClickHouse does not say which
  expect(await flush(1, 0, put(0, 'Heat'), put(1, 'Nosferatu'))).toEqual(expect.objectContaining({ writes: [] }))
})

test('a table that is gone is no fault of the rows', async () => {
  await client.command({ query: `DROP TABLE ${table} SYNC` })
  const refused = await flush(0, 1, put(1, 'Heat'))
  expect(refused).toBeInstanceOf(Error)
  expect(refused).not.toBeInstanceOf(RejectedError)
})

test('the codes are those of this server\'s errors', async () => {
  for (const [code, name] of permanent) {
    const answer = await client.query({ query: `SELECT errorCodeToName(${String(code)}) AS name`, format: 'JSONEachRow' })
    expect(await answer.json()).toEqual([{ name }])
  }
})
