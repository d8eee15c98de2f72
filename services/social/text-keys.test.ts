import { expect, test } from 'vitest'
import type { Database, Sql } from '../shared/mysql.ts'
import { openKeys, remembered_ms } from './text-keys.ts'

/** MySQL that has keys of these accounts; whom it was asked for; and a clock that is set by hand. */
function world(...accounts: readonly string[]) {
  const rows = new Set(accounts)
  const asked: unknown[][] = []
  const sql: Partial<Sql> = {
    rowsIn: async <T>(_text: string, ids: readonly unknown[]) => {
      asked.push([...ids])
      return ids.filter((id) => rows.has(String(id))).map((account_id) => ({ account_id, key_wrapped: Buffer.from(String(account_id)) })) as unknown as readonly T[]
    },
  }
  const database: Pick<Database, 'read'> = { read: (work) => work(sql as Sql) }
  const time = { ms: 0 }
  return { rows, asked, time, keys: openKeys(database, () => time.ms, 2) }
}

test('a key is asked for once, though it is wanted twice', async () => {
  const { keys, asked } = world('a', 'b')
  expect([...(await keys(['a', 'a', 'b'])).keys()]).toEqual(['a', 'b'])
  expect([...(await keys(['b', 'a'])).values()].map(({ account_id, key_wrapped }) => [account_id, String(key_wrapped)])).toEqual([['b', 'b'], ['a', 'a']])
  expect(asked).toEqual([['a', 'b']])
})
test('a key that was destroyed is forgotten within a minute, and is used until then', async () => {
  const { keys, rows, time } = world('a')
  await keys(['a'])
  rows.delete('a')
  time.ms = remembered_ms - 1
  expect((await keys(['a'])).size).toBe(1)
  time.ms = remembered_ms
  expect((await keys(['a'])).size).toBe(0)
})
test('who has no key yet is asked for again', async () => {
  const { keys, rows } = world()
  expect((await keys(['a'])).size).toBe(0)
  rows.add('a')
  expect((await keys(['a'])).size).toBe(1)
})
test('no more keys are remembered than may be; of the oldest, MySQL is asked again', async () => {
  const { keys, asked } = world('a', 'b', 'c')
  for (const id of ['a', 'b', 'c', 'c', 'b', 'a']) expect((await keys([id])).size).toBe(1)
  expect(asked).toEqual([['a'], ['b'], ['c'], ['a']])
})
