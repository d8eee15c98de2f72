/** Refuses requests before the process falls over: by how many are under way, and by how late its event loop runs. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { FastifyInstance } from 'fastify'
import { problemOf, sendProblem } from '../shared/problem.ts'
import { shedRequests } from '../shared/telemetry-gateway.ts'

export interface ShedLimits {
  readonly in_flight: number
  /** Mean lateness over two windows in a row above which everything is refused. */
  readonly late_ms: number
}
export const usualShedLimits: ShedLimits = { in_flight: 4_000, late_ms: 1_000 }

const window_ms = 1_000
const resolution_ms = 20

/** How late the event loop has run in both of the last two windows, in ms: one pause is no overload. Ends with `stop`. */
export function watchLoop(): { readonly late_ms: () => number; readonly stop: () => void } {
  const delay = monitorEventLoopDelay({ resolution: resolution_ms })
  delay.enable()
  let [late, before] = [0, 0]
  const sample = setInterval(() => {
    before = late
    // the histogram tells whole turns of its own timer
    late = delay.count === 0 ? window_ms : Math.max(0, delay.mean / 1e6 - resolution_ms)
    delay.reset()
  }, window_ms)
  sample.unref()
  return { late_ms: () => Math.min(late, before), stop: () => { clearInterval(sample); delay.disable() } }
}

/** Adds the refusal; `isKept` says of a path that it is answered all the same: who asks after health must hear. */
export function shedLoad(app: FastifyInstance, { in_flight, late_ms }: ShedLimits, late: () => number, isKept: (url: string) => boolean): void {
  let under_way = 0
  app.addHook('onRequest', (request, reply, done) => {
    under_way += 1
    // a WebSocket is under way for as long as it is open, and has no end that Fastify tells of
    reply.raw.once('close', () => { under_way -= 1 })
    const reason = under_way > in_flight ? 'in_flight' : late() > late_ms ? 'event_loop' : undefined
    if (reason === undefined || isKept(request.url)) {
      done()
      return
    }
    shedRequests.inc({ reason })
    sendProblem(reply, problemOf('overloaded', 'more is asked than can be answered now; try again shortly'))
  })
}
