import Fastify from 'fastify'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { openServiceTokens } from './service-token.ts'

const open: { close(): Promise<unknown> }[] = []
afterEach(async () => { for (const app of open.splice(0)) await app.close() })

/** A token endpoint that numbers its tokens, each of which lives for ten minutes. */
async function issuer() {
  const state = { issued: 0, status: 200, asked: [] as { readonly authorization: string | undefined; readonly body: string }[] }
  const app = Fastify()
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => { done(null, body) })
  app.post('/oauth/token', async (request, reply) => {
    state.asked.push({ authorization: request.headers.authorization, body: String(request.body) })
    if (state.status !== 200) return reply.code(state.status).send({ error: 'invalid_client' })
    return { access_token: `token-${++state.issued}`, expires_in: 600 }
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  open.push(app)
  let time = 0
  const tokenUrl = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/oauth/token`
  const token = openServiceTokens({ tokenUrl, clientId: 'tools', clientSecret: 's:3 cret' }, () => time)
  return { state, token, pass: (ms: number) => { time += ms } }
}

test('a program says who it is by its client and secret, and asks for a token for services', async () => {
  const { state, token } = await issuer()
  expect(await token()).toBe('token-1')
  expect(state.asked).toEqual([{ authorization: `Basic ${Buffer.from('tools:s%3A3%20cret').toString('base64')}`, body: 'grant_type=client_credentials&resource=urn%3Acdlc%3Aservices' }])
})
test('many who ask at once ask once, and the token serves until shortly before it expires', async () => {
  const { state, token, pass } = await issuer()
  expect(new Set(await Promise.all(Array.from({ length: 20 }, () => token())))).toEqual(new Set(['token-1']))
  pass(569_000)
  expect(await token()).toBe('token-1')
  pass(2_000)
  expect(await token()).toBe('token-2')
  expect(state.issued).toBe(2)
})
test('while the issuer is away the last token serves for as long as it lives, and no longer', async () => {
  const { state, token, pass } = await issuer()
  await token()
  state.status = 503
  pass(580_000)
  expect(await token()).toBe('token-1')
  pass(21_000)
  await expect(token()).rejects.toMatchObject({ code: 'store_unavailable' })
  state.status = 200
  expect(await token()).toBe('token-2')
})
test('a secret that is refused is an error that names the client and not the secret', async () => {
  const { state, token } = await issuer()
  state.status = 401
  await expect(token()).rejects.toThrow(/getting a token for 'tools': .* answers 401 invalid_client; is its secret/)
  await expect(token()).rejects.toThrow(/^((?!cret).)*secret the one((?!s:3).)*$/)
})
test('an address that leads elsewhere is not followed: the secret goes to nobody else', async () => {
  const elsewhere = Fastify()
  open.push(elsewhere)
  let heard = 0
  elsewhere.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => { done(null, body) })
  elsewhere.post('/elsewhere', async () => { heard += 1; return { access_token: 'theirs' } })
  elsewhere.post('/oauth/token', async (_request, reply) => reply.redirect('/elsewhere', 307))
  const url = await elsewhere.listen({ host: '127.0.0.1', port: 0 })
  await expect(openServiceTokens({ tokenUrl: `${url}/oauth/token`, clientId: 'tools', clientSecret: 's' })()).rejects.toMatchObject({ code: 'store_unavailable' })
  expect(heard).toBe(0)
})
