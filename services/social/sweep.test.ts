import { expect, test } from 'vitest'
import { createClock } from '../shared/clock.ts'
import type { Database, Sql } from '../shared/mysql.ts'
import type { ErasurePorts } from './erasure.ts'
import { startSweeping, sweep } from './sweep.ts'

/** MySQL with two closed cards, one of which cannot be removed, and a removal; what was gone on with, and what was logged. */
function world() {
  const [gone_on, logged] = [[] as string[], [] as unknown[]]
  const sql: Partial<Sql> = {
    rows: async <T>(text: string, [id]: readonly unknown[] = []) => {
      if (text.includes('handle IS NULL')) return [{ id: 'stuck' }, { id: 'left' }] as unknown as readonly T[]
      if (text.includes('AS id FROM removals')) return [{ id: 'list' }] as unknown as readonly T[]
      if (text.includes('FOR UPDATE') && /removals|SELECT 1 FROM social_profiles/.test(text)) gone_on.push(String(id))
      if (id === 'stuck') throw new Error('cannot be removed')
      return []
    },
    rowsIn: async () => [], run: async () => 0, runIn: async () => 0,
  }
  const database = { read: (work: (some: Sql) => unknown) => work(sql as Sql), transact: (work: (some: Sql) => unknown) => work(sql as Sql) } as unknown as Database
  const outbox = { prepare: async () => {}, write: async () => {} }
  const ports = { database, clock: createClock(() => 1), activity: outbox, notifications: outbox } as unknown as ErasurePorts
  return { ports, gone_on, logged, log: (level: string, _message: string, fields?: object) => { logged.push([level, (fields as { readonly cause: Error }).cause.message]) } }
}

test('what cannot be removed is logged, and keeps nothing else from going', async () => {
  const { ports, log, gone_on, logged } = world()
  await sweep(ports, log, () => false)
  expect([gone_on, logged]).toEqual([['stuck', 'left', 'list'], [['warn', 'cannot be removed']]])
})
test('it ends with the piece under way when it is to', async () => {
  const { ports, log, gone_on } = world()
  let pieces = 0
  await sweep(ports, log, () => ++pieces > 2)
  expect(gone_on).toEqual(['stuck', 'left'])
  await startSweeping(ports, log)()
  expect(gone_on).toEqual(['stuck', 'left'])
})
