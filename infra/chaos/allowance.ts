/** Keeps a load within services/social's limits against abuse: an account that has done enough within the hour does something else. */
import { type Action, hourly } from '@cdlc/services/social/limits.ts'

const hour_ms = 3_600_000
/** What remains is for a clock that is not the service's, and for a campaign that has forgotten what it did an hour ago. */
const share = 0.8

/** Takes one of what an account may do in this hour of the clock; false where nothing is left. */
export function createAllowance(): (account: string, action: Action, now_ms: number) => boolean {
  let hour = -1
  const done = new Map<string, number>()
  return (account, action, now_ms) => {
    if (Math.floor(now_ms / hour_ms) !== hour) {
      hour = Math.floor(now_ms / hour_ms)
      done.clear()
    }
    const times = (done.get(`${account} ${action}`) ?? 0) + 1
    if (times > hourly[action] * share) return false
    done.set(`${account} ${action}`, times)
    return true
  }
}
