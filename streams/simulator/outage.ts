/** A server that is away for a while; workers must ask it seldom meanwhile. */
import type { Server } from './network.ts'
import type { World } from './world.ts'

/** Calls that one try of a batch, one assigned place, and one start of a worker make at most. */
const CALLS_PER_TRY = 5
const CALLS_PER_PLACE = 3
const CALLS_PER_START = 40
/** Checks by timer and the like. */
const CALLS_PER_SECOND = 5

export function startOutage({ scheduler, view, scenario, observer, hired, violated }: World, server: Server, wanted_ms: number): void {
  const from = scheduler.now()
  const ms = Math.min(wanted_ms, scenario.chaos_ms - from)
  if (server.away_until > from) return
  scheduler.note(undefined, `${server.name} is away for ${ms} ms`)
  server.away_until = from + ms
  const before = { calls: server.turned_away, assignments: observer.assignments(), hired: hired() }
  scheduler.after(ms, undefined, `${server.name} is back`, () => {
    const { first_ms, last_ms } = view.failure.transient
    const places = (Object.keys(view.from).length + 1) * scenario.partitions
    const tries = Math.log2(last_ms / first_ms) + 2 + 2 * ms / last_ms
    const members = scenario.workers + hired() - before.hired
    const most = places * members * tries * CALLS_PER_TRY + (observer.assignments() - before.assignments) * places * CALLS_PER_PLACE
      + (hired() - before.hired) * CALLS_PER_START + CALLS_PER_SECOND * ms / 1_000
    const calls = server.turned_away - before.calls
    if (calls > most) violated('spinning', `${server.name} was asked ${calls} times while it was away for ${ms} ms, and not ${Math.floor(most)} at most`)
  })
}
