import { afterAll, expect, test } from 'vitest'
import { loggerAt } from './shared/http.ts'
import { serviceFor } from './shared/testing.ts'
import { StatementError } from './shared/mysql.ts'
import { actorOver, customerOver, customerPorts, inventoryOver } from './testing.ts'
import { customerServices } from './customer-services/app.ts'

const apps = { 'inventory': inventoryOver(), 'actor': actorOver(), 'customer-services': customerOver() }
afterAll(async () => {
  await Promise.all(Object.values(apps).map((app) => app.close()))
})

interface Operation {
  readonly responses: Readonly<Record<string, unknown>>
  readonly summary?: string
}
interface OpenApi {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> }
}

test.each(Object.entries(apps))('%s describes every route as OpenAPI 3.1, problems included', async (_name, app) => {
  const { openapi, paths, components } = (await app.inject('/openapi.json')).json<OpenApi>()
  expect(openapi).toBe('3.1.0')
  expect(components.schemas).toHaveProperty('Problem')
  const operations = Object.entries(paths)
    .filter(([path]) => path.startsWith('/v1/'))
    .flatMap(([, methods]) => Object.values(methods))
  expect(operations.length).toBeGreaterThan(5)
  for (const { responses, summary } of operations) {
    expect(summary).toBeDefined()
    expect(responses).toMatchObject({
      '4XX': { content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } },
    })
    expect(Object.keys(responses).some((status) => status.startsWith('2'))).toBe(true)
  }
})

test('there is a page to read it on, with a policy of its own', async () => {
  const page = await apps.inventory.inject('/docs/')
  expect([page.statusCode, page.headers['content-type']]).toEqual([200, expect.stringContaining('text/html')])
  expect(page.headers['content-security-policy']).toContain("script-src 'self'")
})

test('a service is alive without its stores, and ready with them only', async () => {
  const away = serviceFor({
    name: 'x',
    description: '',
    routes: async () => {},
    checks: {
      mysql: async () => {
        throw new Error('gone')
      },
      redis: async () => {},
    },
  })
  expect((await away.inject('/healthz')).statusCode).toBe(200)
  const answer = await away.inject('/readyz')
  expect([answer.statusCode, answer.headers['retry-after'], answer.json()]).toEqual([
    503,
    '1',
    expect.objectContaining({ errors: [{ field: 'mysql', message: 'does not answer' }] }),
  ])
  const fine = serviceFor({ name: 'x', description: '', routes: async () => {}, checks: { mysql: async () => {} } })
  expect((await fine.inject('/readyz')).json()).toEqual({ status: 'ok' })
})

test('a fault of our own is a 500 that tells nothing, and a log line that tells no person', async () => {
  const lines: string[] = []
  const logger = {
    ...loggerAt('trace'),
    stream: {
      write: (line: string) => {
        lines.push(line)
      },
    },
  }
  const broken = async (): Promise<never> => {
    throw new StatementError('ER_DATA_TOO_LONG')
  }
  const app = serviceFor({
    name: 'x',
    description: '',
    checks: {},
    routes: customerServices({ ...customerPorts, database: { ...customerPorts.database, transact: broken } }),
    logger,
  })
  const answer = await app.inject({
    method: 'POST',
    url: '/v1/accounts?',
    payload: { email: 'ada@example.org' },
    remoteAddress: '203.0.113.7',
  })
  expect([answer.statusCode, answer.json()]).toEqual([
    500,
    {
      type: 'urn:cdlc:problem:internal',
      title: 'internal',
      status: 500,
      code: 'internal',
      detail: 'an unforeseen error; it has been logged',
    },
  ])
  expect(lines).toHaveLength(1)
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 50, route: '/v1/accounts', method: 'POST', err: { code: 'ER_DATA_TOO_LONG' } })
  expect(lines.join('')).not.toMatch(/ada|203\.0/)
})
