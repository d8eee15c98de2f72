import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServiceTokens } from '../shared/service-token.ts'
import { startServer, type Running } from './testing.ts'

let server: Running
beforeAll(async () => {
  server = await startServer()
})
afterAll(async () => {
  await server.stop()
})

const tokenFor = (clientId: string, clientSecret = server.platform.config.secretOf(clientId)): Promise<string> =>
  openServiceTokens({ tokenUrl: `${server.url}/oauth/token`, clientId, clientSecret })()

describe('a program', () => {
  test('gets a token by its secret, and every service takes it', async () => {
    expect(await server.verifier.verify(await tokenFor('gateway'))).toMatchObject({ subject: 'gateway', kind: 'service', client_id: 'gateway', roles: ['service'] })
  })
  test('gets none by another secret, nor for another resource', async () => {
    await expect(tokenFor('gateway', 'cdlc-local-inventory')).rejects.toThrow(/invalid_client/)
    const answer = await fetch(`${server.url}/oauth/token`, {
      method: 'POST', headers: { authorization: `Basic ${Buffer.from(`gateway:${server.platform.config.secretOf('gateway')}`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', resource: 'urn:cdlc:api' }),
    })
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: 'invalid_target' }])
  })
  test('that is this server makes its own token without asking anybody', async () => {
    expect(await server.verifier.verify(await server.ports.authority.ownToken())).toMatchObject({ subject: 'authorization-server', kind: 'service' })
  })
})

describe('discovery', () => {
  test('names the issuer whatever host a request claims', async () => {
    for (const path of ['openid-configuration', 'oauth-authorization-server']) {
      const answer = await fetch(`${server.url}/.well-known/${path}`, { headers: { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' } })
      const document = (await answer.json()) as Readonly<Record<string, unknown>>
      expect(document).toMatchObject({
        issuer: server.url, token_endpoint: `${server.url}/oauth/token`, jwks_uri: `${server.url}/oauth/jwks`, code_challenge_methods_supported: ['S256'],
        authorization_response_iss_parameter_supported: true, id_token_signing_alg_values_supported: ['ES256'],
      })
      expect(JSON.stringify(document)).not.toContain('evil')
    }
  })
  test('publishes no private part of a key', async () => {
    const { keys } = (await (await fetch(`${server.url}/oauth/jwks`)).json()) as { readonly keys: readonly object[] }
    expect(keys.length).toBeGreaterThan(0)
    for (const key of keys) expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
  })
})
