import { expect, test } from 'vitest'
import { originsFrom } from './origins.ts'
import { createIssuer, makeGateway } from './testing.ts'

test('origins are those given; left out they are local ones, and none in production', () => {
  expect(originsFrom({ CDLC_CORS_ORIGINS: ' https://a.example,, https://b.example', NODE_ENV: 'production' })).toEqual(['https://a.example', 'https://b.example'])
  expect(originsFrom({})).toContain('http://localhost:3000')
  expect(originsFrom({ NODE_ENV: 'production' })).toEqual([])
})
test('without any, no page of elsewhere may ask', async () => {
  const { app } = await makeGateway({ issuer: await createIssuer(), ports: { corsOrigins: [] } })
  for (const origin of ['http://localhost:3000', 'https://evil.example', 'null']) {
    for (const method of ['GET', 'OPTIONS'] as const) {
      const { headers } = await app.inject({ method, url: '/healthz', headers: { origin, 'access-control-request-method': 'GET' } })
      expect([undefined, false]).toContain(headers['access-control-allow-origin'])
    }
  }
  await app.close()
})
