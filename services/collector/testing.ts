/** For tests: collector over a list, and a producer that is told how it fares. */
import type { Producer, TimedRecord } from '@cdlc/streams/runtime/producer.ts'
import type { FastifyInstance } from 'fastify'
import { createClock } from '../shared/clock.ts'
import { createService } from '../shared/http.ts'
import { person, verifierOf } from '../shared/testing.ts'
import type { Kept } from './event.ts'
import type { CollectorPorts } from './ports.ts'
import { collector } from './routes.ts'

/** The clock's instant, in ms. */
export const now_ms = Date.UTC(2026, 10, 1)
/** An id that ends in this number. */
export const ulid = (number: number): string => `01KE7EV1${String(number).padStart(18, '0')}`
const title_id = '01KE6P4YM0RGPA4BF30P29X12M'
export const profile_id = '01KE6P4YM0VBB8MA9VHENZNFY9'

/** An impression of a minute ago, as an application tells it. */
export const impression = (number: number, some: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> =>
  ({ kind: 'impression', event_id: ulid(number), occurred_at: new Date(now_ms - 60_000).toISOString(), surface: 'home-row', session: 's-1', title_id, position: 3, ...some })
export const search = (number: number, query: string): Readonly<Record<string, unknown>> =>
  ({ kind: 'search', event_id: ulid(number), occurred_at: new Date(now_ms - 60_000).toISOString(), surface: 'search-box', session: 's-1', query })
export const dwell = (number: number): Readonly<Record<string, unknown>> =>
  ({ kind: 'dwell', event_id: ulid(number), occurred_at: new Date(now_ms - 60_000).toISOString(), surface: 'title-page', dwell_ms: 30_000 })

/** The routes; what they append goes into `appended`. `Bearer ada` is somebody who has signed in. */
export function collectorOver(some: Partial<CollectorPorts> = {}): { readonly app: FastifyInstance; readonly appended: Kept[] } {
  const appended: Kept[] = []
  const ports = { clock: createClock(() => now_ms), append: async (events: readonly Kept[]) => { appended.push(...events) }, ...some }
  return { app: createService({ name: 'collector', description: '', checks: {}, routes: collector(ports), verifier: verifierOf({ ada: person('account-1') }) }), appended }
}

/** A send that waits for its end. */
export interface Send { readonly keys: readonly (string | null)[]; readonly end: (cause?: unknown) => void }
/** Producers whose sends wait until a test ends them. */
export function producersByHand() {
  const sends: Send[] = []
  const counts = { made: 0, closed: 0 }
  const make = (): Producer => {
    counts.made++
    return {
      send: (_topic: string, records: readonly TimedRecord[]) => new Promise((resolve, reject) => {
        sends.push({ keys: records.map(({ key }) => key), end: (cause) => { if (cause === undefined) resolve(new Map()); else reject(cause as Error) } })
      }),
      close: async () => { counts.closed++ },
    }
  }
  return { make, sends, counts }
}
