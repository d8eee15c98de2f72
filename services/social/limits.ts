/** Limits against abuse: how often an account may do something within an hour of the clock. Counted in MySQL, in the transaction of what is done. */
import { Refused } from '../shared/errors.ts'
import type { Sql } from '../shared/mysql.ts'

/** Actions an hour. */
export const hourly = { relate: 500, review: 60, comment: 200, like: 1_000, list: 60, list_entry: 5_000, report: 50, card: 30 } as const
export type Action = keyof typeof hourly

const hour_ms = 3_600_000

/** Counts `times` actions; throws Refused `too_many_actions` past the limit, which undoes the count with the transaction. */
export async function count(sql: Sql, account_id: string, action: Action, now_ms: number, times = 1): Promise<void> {
  const hour = Math.floor(now_ms / hour_ms)
  await sql.run('INSERT INTO action_counts (account_id, action, hour, count) VALUES (?, ?, ?, ?) ON DUPLICATE KEY UPDATE count = count + ?', [account_id, action, hour, times, times])
  const [row] = await sql.rows<{ readonly count: number }>('SELECT count FROM action_counts WHERE account_id = ? AND action = ? AND hour = ?', [account_id, action, hour])
  if ((row?.count ?? 0) > hourly[action]) {
    throw new Refused({ code: 'too_many_actions', message: `an account may do this ${hourly[action]} times an hour; go on in ${Math.ceil(((hour + 1) * hour_ms - now_ms) / 60_000)} minutes` })
  }
}

const piece = 1_000
/** Forgets some counts of hours that are over; answers whether there may be more. */
export const forgetCounts = async (sql: Sql, now_ms: number): Promise<boolean> =>
  (await sql.run(`DELETE FROM action_counts WHERE hour < ? LIMIT ${piece}`, [Math.floor(now_ms / hour_ms) - 1])) === piece
