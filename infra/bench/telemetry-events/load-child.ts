/** The load: keep-alive connections that send batches of events of all kinds. */
import autocannon from 'autocannon'
import { serve } from '../child.ts'
import { seeded } from '../harness.ts'

export interface Load { readonly port: number; readonly batch: number; readonly connections: number; readonly seconds: number; readonly seed: number }
/** `accepted`: events that the server says it has taken. */
export interface Loaded { readonly requests: number; readonly accepted: number; readonly per_second: number; readonly p50_ms: number; readonly p99_ms: number; readonly failed: number }

const DIFFERENT = 64
/** Has the form of a ULID. */
const idOf = (random: () => number): string => `01K${String(Math.floor(random() * 1e15)).padStart(23, '0')}`
const surfaces = ['home-row', 'search-results', 'title-page', 'watchlist']

function bodies(batch: number, seed: number): readonly string[] {
  const random = seeded(seed)
  const one = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T
  const titles = Array.from({ length: 500 }, () => idOf(random))
  const event = (): object => {
    const every = { event_id: idOf(random), occurred_at: new Date(Date.now() - Math.floor(random() * 60_000)).toISOString(), surface: one(surfaces), session: `s-${Math.floor(random() * 1_000)}` }
    const kind = random()
    if (kind < 0.7) return { kind: 'impression', ...every, title_id: one(titles), position: Math.floor(random() * 20) }
    if (kind < 0.85) return { kind: 'click', ...every, title_id: one(titles), position: Math.floor(random() * 20) }
    if (kind < 0.95) return { kind: 'dwell', ...every, title_id: one(titles), dwell_ms: Math.floor(random() * 60_000) }
    return { kind: 'search', ...every, query: `words of number ${Math.floor(random() * 1_000)}` }
  }
  return Array.from({ length: DIFFERENT }, () => JSON.stringify({ consent: true, profile_id: idOf(random), events: Array.from({ length: batch }, event) }))
}

async function load({ port, batch, connections, seconds, seed }: Load): Promise<Loaded> {
  const all = bodies(batch, seed)
  let accepted = 0
  const onResponse = (status: number, body: string): void => { if (status === 202) accepted += (JSON.parse(body) as { readonly accepted: number }).accepted }
  const result = await autocannon({
    url: `http://127.0.0.1:${port}`, connections, duration: seconds,
    requests: all.map((body) => ({ method: 'POST', path: '/v1/telemetry', headers: { 'content-type': 'application/json' }, body, onResponse })),
  })
  return {
    requests: result.requests.total, accepted, per_second: accepted / result.duration, p50_ms: result.latency.p50, p99_ms: result.latency.p99,
    failed: result.errors + result.timeouts + result.non2xx,
  }
}

serve({ load })
