/** What the gateway tells Prometheus besides its requests. Labels are names out of its own table: nothing that a client can make up. */
import { Counter, Gauge } from 'prom-client'
import { processRegistry } from './telemetry.ts'

/** Where they are registered. */
export const registers = [processRegistry]

export const forwarded = new Counter({
  name: 'cdlc_gateway_requests_total',
  help: 'Requests by upstream, class of their rate limit and status of their answer, whoever gave it.',
  labelNames: ['upstream', 'class', 'status'] as const,
  registers,
})
export const cacheAnswers = new Counter({
  name: 'cdlc_gateway_cache_answers_total',
  help: 'Answers of routes that are cached; outcome: hit, miss, bypass, or stale where the upstream was away.',
  labelNames: ['outcome'] as const,
  registers,
})
export const cacheInvalidated = new Counter({
  name: 'cdlc_gateway_cache_invalidated_total',
  help: 'Kept answers that a change of the view made stale.',
  registers,
})
export const rateLimited = new Counter({
  name: 'cdlc_gateway_rate_limited_total',
  help: 'Requests refused with 429, by class.',
  labelNames: ['class'] as const,
  registers,
})
export const rateLeases = new Counter({
  name: 'cdlc_gateway_rate_leases_total',
  help: 'Questions for more room under a rate limit; answered_by: redis, or local while Redis is away.',
  labelNames: ['answered_by'] as const,
  registers,
})
export const shedRequests = new Counter({
  name: 'cdlc_gateway_shed_total',
  help: 'Requests refused with 503 before they were looked at; reason: in_flight, event_loop.',
  labelNames: ['reason'] as const,
  registers,
})
export const tokensSeen = new Counter({
  name: 'cdlc_gateway_tokens_total',
  help: 'Tokens that were not known yet; outcome: verified, refused, ended, unconfirmed where nobody could tell whether the session had ended.',
  labelNames: ['outcome'] as const,
  registers,
})

let cacheState = (): { readonly bytes: number; readonly entries: number } => ({ bytes: 0, entries: 0 })
for (const [name, help, read] of [
  ['cdlc_gateway_cache_bytes', 'Bytes that kept answers take.', () => cacheState().bytes],
  ['cdlc_gateway_cache_entries', 'Answers that are kept.', () => cacheState().entries],
] as const) {
  processRegistry.registerMetric(new Gauge({ name, help, registers: [], collect() { this.set(read()) } }))
}
/** Tells of this cache from now on. */
export function watchCache(state: typeof cacheState): void {
  cacheState = state
}
