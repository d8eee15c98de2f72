import { expect, test } from 'vitest'
import type { Sql } from '../shared/mysql.ts'
import { count, forgetCounts, hourly } from './limits.ts'

const at = Date.UTC(2026, 0, 5, 10, 20)
const hour = Math.floor(at / 3_600_000)
/** Counts as MySQL does, from where it begins. */
function counting(begin: number): Sql {
  let so_far = begin
  const run = async (_text: string, params: readonly unknown[] = []): Promise<number> => (so_far += Number(params[4]))
  return { run, rows: async () => [{ count: so_far }] } as unknown as Sql
}

test('the last action of an hour is let through; one more is refused, and told when to go on', async () => {
  await expect(count(counting(hourly.review - 1), 'ada', 'review', at)).resolves.toBeUndefined()
  await expect(count(counting(hourly.review), 'ada', 'review', at)).rejects.toMatchObject({ code: 'too_many_actions', message: `an account may do this ${hourly.review} times an hour; go on in 40 minutes` })
})

test('many at once count as many', async () => {
  await expect(count(counting(0), 'ada', 'list_entry', at, hourly.list_entry + 1)).rejects.toMatchObject({ code: 'too_many_actions' })
})

test('hours that are over are forgotten, but for the last, which clocks may be behind in', async () => {
  const asked: unknown[] = []
  const forgetting = (found: number) => forgetCounts({ run: async (text: string, params: unknown) => { asked.push(text, params); return found } } as unknown as Sql, at)
  expect([await forgetting(1_000), await forgetting(999)]).toEqual([true, false])
  expect(asked.slice(0, 2)).toEqual(['DELETE FROM action_counts WHERE hour < ? LIMIT 1000', [hour - 1]])
})
