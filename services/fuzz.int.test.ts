import fc from 'fast-check'
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { actor } from './actor/app.ts'
import { actorViews } from './actor/views.ts'
import { customerServices, portsOf } from './customer-services/app.ts'
import { noCredentials } from './customer-services/testing.ts'
import { customerViews } from './customer-services/views.ts'
import { anyRequest, type Ids, type OpenApi } from './fuzz.ts'
import { inventory } from './inventory/app.ts'
import { usualSettings } from './inventory/testing.ts'
import { inventoryViews } from './inventory/views.ts'
import { fresh, prepareViews, realPlatform, send } from './real.ts'
import { serviceFor } from './shared/testing.ts'
import { openOutbox } from './shared/outbox.ts'
import type { Platform } from './shared/platform.ts'

let platform: Platform
let apps: Readonly<Record<string, FastifyInstance>>
let ids: Ids

/** Over the real servers; all titles pass for known, so that writes get deep. */
beforeAll(async () => {
  platform = await realPlatform()
  await prepareViews(platform)
  const { clock, sinks } = platform
  const content = platform.database('content')
  const titles = async (title_ids: readonly string[]): Promise<ReadonlySet<string>> => new Set(title_ids)
  const service = (name: string, routes: Parameters<typeof serviceFor>[0]['routes']): FastifyInstance =>
    serviceFor({ name, description: '', checks: {}, routes })
  apps = {
    inventory: service(
      'inventory',
      inventory({
        clock,
        database: content,
        outbox: openOutbox(platform.codec, 'content.title-events'),
        views: inventoryViews(sinks),
        settings: usualSettings,
        ratingHistogram: async () => Array.from({ length: 10 }, () => 0),
      }),
    ),
    actor: service('actor', actor({ clock, database: content, views: { ...actorViews(sinks), titles } })),
    customers: service(
      'customer-services',
      customerServices({ ...portsOf(platform), views: { ...customerViews(sinks), titles }, credentials: noCredentials }),
    ),
  }
  const post = async (app: string, url: string, payload: object, id: string): Promise<string> =>
    (await send(apps[app] as FastifyInstance, 201, { method: 'POST', url, payload })).json<Record<string, string>>()[id] ?? ''
  const account_id = await post('customers', '/v1/accounts', { email: `${fresh()}@example.invalid` }, 'account_id')
  const title_id = await post('inventory', '/v1/titles', { kind: 'series', name: 'Fuzz' }, 'title_id')
  const person_id = await post('actor', '/v1/people', { name: 'Fuzz' }, 'person_id')
  ids = {
    account_id,
    title_id,
    person_id,
    profile_id: await post('customers', '/v1/profiles', { account_id, name: 'Fuzz' }, 'profile_id'),
    credit_id: await post('actor', `/v1/people/${person_id}/credits`, { title_id, role: 'cast', billing: 1 }, 'credit_id'),
  }
})
afterAll(async () => {
  await Promise.all(Object.values(apps).map((app) => app.close()))
  await platform.close()
})

/** A store may be slow at its first question on a busy machine; what it cannot answer, it cannot answer again. */
async function answered(app: FastifyInstance, request: InjectOptions): Promise<LightMyRequestResponse> {
  for (const deadline = Date.now() + 20_000; ;) {
    const answer = await app.inject(request)
    if (answer.statusCode !== 503 || Date.now() > deadline) return answer
  }
}

test.each(['inventory', 'actor', 'customers'])('%s answers whatever it is sent with less than 500', async (name) => {
  const app = apps[name] as FastifyInstance
  const description = (await app.inject('/openapi.json')).json<OpenApi>()
  const seen = new Map<number, number>()
  await fc.assert(
    fc.asyncProperty(anyRequest(description, ids), async (request) => {
      const answer = await answered(app, request)
      seen.set(answer.statusCode, (seen.get(answer.statusCode) ?? 0) + 1)
      if (answer.statusCode >= 400) expect(answer.headers['content-type']).toBe('application/problem+json')
      expect(answer.statusCode, answer.body).toBeLessThan(500)
    }),
    { numRuns: 1_500 },
  )
  // it got past the schemas, and not every time
  expect([...seen.keys()]).toEqual(expect.arrayContaining([200, 400, 404]))
})
