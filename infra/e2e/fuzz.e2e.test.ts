/** Whatever anybody sends through the gateway, to any operation of the whole API: an answer below 500, in the form that was promised. */
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { anyRequest, type Ids, type OpenApi } from '@cdlc/services/fuzz.ts'
import type { InjectOptions } from 'fastify'
import { beforeAll, expect, test } from 'vitest'
import { createClient } from '../bench/http.ts'
import { signIn } from '../local/sign-in.ts'
import { stackFrom } from '../local/stack.ts'
import { toolToken } from '../local/token.ts'
import { demoAccounts, enrolDemoAccounts } from '../seed/demo.ts'

const { endpoints } = stackFrom(process.env)
const gateway = endpoints.gateway.url
const fresh = (): string => randomUUID().slice(0, 8)
const tokens = new Map<string, string>()
let ids: Ids
let api: OpenApi

beforeAll(async () => {
  await enrolDemoAccounts(endpoints)
  for (const account of demoAccounts) tokens.set(account.email, (await signIn(endpoints, account)).access_token)
  tokens.set('a program', await toolToken(endpoints)())
  const tools = createClient(4, toolToken(endpoints))
  const made = async (url: string, body: unknown, id: string): Promise<string> => ((await tools.send('POST', url, body)).body as Readonly<Record<string, string>>)[id] ?? ''
  const customers = `http://127.0.0.1:${endpoints.port('customer_services')}`
  const account_id = await made(`${customers}/v1/accounts`, { email: `${fresh()}@example.invalid` }, 'account_id')
  const [title_id, person_id] = [await made(`${gateway}/v1/titles`, { kind: 'series', name: 'Fuzz' }, 'title_id'), await made(`${gateway}/v1/people`, { name: 'Fuzz' }, 'person_id')]
  ids = { account_id, title_id, person_id, profile_id: await made(`${gateway}/v1/profiles`, { account_id, name: 'Fuzz' }, 'profile_id') }
  tools.close()
  api = await (await fetch(`${gateway}/openapi.json`, { signal: AbortSignal.timeout(10_000) })).json() as OpenApi
})

/** A store may be slow at its first question on a busy machine; what it cannot answer, it cannot answer again. */
async function answered({ method = 'GET', url, payload, headers }: InjectOptions, token: string): Promise<Response> {
  for (const deadline = Date.now() + 20_000; ;) {
    const answer = await fetch(new URL(String(url), gateway), {
      method, redirect: 'manual', signal: AbortSignal.timeout(30_000), headers: { ...headers as Record<string, string>, authorization: `Bearer ${token}` },
      ...method === 'GET' || typeof payload !== 'string' ? {} : { body: payload },
    })
    if (answer.status !== 503 || Date.now() > deadline) return answer
    await answer.arrayBuffer()
  }
}

test('a person of each role, and a program', async () => {
  const operations = new Set(Object.entries(api.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`)))
  expect(operations.size).toBeGreaterThan(40)
  const seen = new Map<number, number>()
  await fc.assert(
    fc.asyncProperty(anyRequest(api, ids), fc.constantFrom(...tokens.values()), async (request, token) => {
      const answer = await answered(request, token)
      const body = await answer.text()
      seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1)
      expect(answer.status, body).toBeLessThan(500)
      if (answer.status >= 400) expect(answer.headers.get('content-type'), body).toMatch(/^application\/(?:problem|graphql-response)\+json/)
      expect(answer.headers.get('x-request-id')).toMatch(/^\S+$/)
    }),
    { numRuns: 2_000 },
  )
  // it got past tokens and schemas, and not every time
  expect([...seen.keys()]).toEqual(expect.arrayContaining([200, 400, 403, 404]))
}, 600_000)
