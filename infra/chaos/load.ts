/** Ratings written, changed and removed at a steady rate, with what the service acknowledged last for each. */
import { setTimeout as delay } from 'node:timers/promises'
import { randomUUID } from 'node:crypto'
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { createClient, HttpError, untilShown } from '../bench/http.ts'

export interface Load {
  /** Stars acknowledged last for each `profile_id/title_id`; null where it was removed. A pair whose last write had no answer is left out. */
  acknowledged(): ReadonlyMap<string, number | null>
  written(): number
  /** Lets writes in flight end. */
  stop(): Promise<void>
}

/** Profiles × titles, each pair written by one writer at a time, so that the last acknowledged write is the one that holds. */
export async function startLoad(endpoints: Endpoints, { profiles = 10, titles = 10, rate = 50 } = {}): Promise<Load> {
  const client = createClient(16)
  const customers = `http://127.0.0.1:${endpoints.port('customer_services')}`
  const inventory = `http://127.0.0.1:${endpoints.port('inventory')}`
  const run = randomUUID().slice(0, 8)
  const { account_id } = (await client.send('POST', `${customers}/v1/accounts`, { email: `load-${run}@example.invalid` })).body as { account_id: string }
  const profile_ids: string[] = []
  const title_ids: string[] = []
  for (let i = 0; i < profiles; i++) profile_ids.push(((await client.send('POST', `${customers}/v1/profiles`, { account_id, name: `load ${i}` })).body as { profile_id: string }).profile_id)
  for (let i = 0; i < titles; i++) title_ids.push(((await client.send('POST', `${inventory}/v1/titles`, { kind: 'movie', name: `Load ${run} ${i}` })).body as { title_id: string }).title_id)
  for (const title_id of title_ids) await untilShown(client, `${inventory}/v1/titles/${title_id}`)
  const pairs = profile_ids.flatMap((profile_id) => title_ids.map((title_id) => ({ profile_id, title_id, busy: false })))

  const last = new Map<string, number | null>()
  const pending = new Set<Promise<void>>()
  let written = 0
  let stopping = false

  async function write(pair: (typeof pairs)[number], i: number): Promise<void> {
    pair.busy = true
    const id = `${pair.profile_id}/${pair.title_id}`
    const url = `${customers}/v1/profiles/${pair.profile_id}/ratings/${pair.title_id}`
    const before = last.get(id)
    last.delete(id) // not known until it is answered
    try {
      if (i % 5 === 4 && before !== undefined && before !== null) {
        await client.send('DELETE', url)
        last.set(id, null)
      } else {
        const stars = 0.5 + 0.5 * (i % 10)
        await client.send('PUT', url, { stars })
        last.set(id, stars)
      }
      written++
    } catch (cause) {
      // a service that is down or overloaded may refuse; what it refused it must not have kept, but what was cut off it may
      if (cause instanceof HttpError && cause.status < 500) throw cause
    } finally {
      pair.busy = false
    }
  }

  const failed: unknown[] = []
  const writing = (async () => {
    const start = performance.now()
    for (let i = 0; !stopping; i++) {
      const pair = pairs[(i * 37) % pairs.length]
      if (pair !== undefined && !pair.busy) {
        const work = write(pair, i).catch((cause: unknown) => { failed.push(cause) }).finally(() => pending.delete(work))
        pending.add(work)
      }
      await delay(Math.max(0, start + (i + 1) * 1_000 / rate - performance.now()))
    }
  })()
  return {
    acknowledged: () => last,
    written: () => written,
    async stop() {
      stopping = true
      await writing
      await Promise.all(pending)
      client.close()
      if (failed.length > 0) throw new Error('writing ratings: a write was refused as bad', { cause: failed[0] })
    },
  }
}
