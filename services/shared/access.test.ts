import { expect, test } from 'vitest'
import { admit, identityOf, isOwn, type Access } from './access.ts'
import { createService } from './http.ts'
import { person, program, verifierOf } from './testing.ts'

const ada = person('A')
function serviceWith(access: Access | undefined, url = '/v1/thing') {
  return createService({
    name: 'any', description: '', checks: {},
    verifier: verifierOf({ ada, narrow: person('A', { scopes: [] }), editor: person('E', { roles: ['viewer', 'editor'], scopes: ['catalogue:write'] }), program }),
    routes: async (app) => {
      app.post(url, { ...access === undefined ? {} : { config: { access } }, schema: {} }, async (request) => ({ who: access === 'public' ? request.identity?.subject ?? null : identityOf(request).subject }))
    },
  })
}
const asked = async (access: Access, authorization?: string) => {
  const answer = await serviceWith(access).inject({ method: 'POST', url: '/v1/thing', payload: '{ this is no JSON', headers: { 'content-type': 'application/json', ...authorization === undefined ? {} : { authorization } } })
  return { status: answer.statusCode, code: (answer.json() as { code: string }).code, challenge: answer.headers['www-authenticate'] }
}

test('a route that does not say who may use it does not start', async () => {
  await expect(serviceWith(undefined).ready()).rejects.toThrow(`adding route '/v1/thing': it does not say who may use it`)
  await serviceWith(undefined, '/thing').ready()
})
test('without a token nobody gets in, and is told how; with a bad one, that it is bad', async () => {
  expect(await asked({})).toEqual({ status: 401, code: 'unauthenticated', challenge: 'Bearer' })
  expect(await asked({}, 'Bearer stranger')).toEqual({ status: 401, code: 'unauthenticated', challenge: 'Bearer error="invalid_token"' })
  for (const authorization of ['Basic YTpi', 'Bearer', 'Bearer a b', 'Bearer é', 'ada']) expect(await asked({}, authorization)).toMatchObject({ status: 401 })
})
test('who may not is told so before the body is read; who may is told that it is no JSON', async () => {
  expect(await asked({ roles: ['operator'] }, 'Bearer ada')).toMatchObject({ status: 403, code: 'forbidden' })
  expect(await asked({ scope: 'account:read' }, 'Bearer narrow')).toMatchObject({ status: 403, code: 'forbidden' })
  expect(await asked({ scope: 'account:read' }, 'Bearer ada')).toMatchObject({ status: 400, code: 'malformed_json' })
  expect(await asked({ roles: ['editor', 'service'], scope: 'catalogue:write' }, 'Bearer editor')).toMatchObject({ status: 400 })
  expect(await asked({ roles: ['editor', 'service'], scope: 'catalogue:write' }, 'Bearer program')).toMatchObject({ status: 400 })
})
test('a public route needs no token, and takes no bad one', async () => {
  const app = serviceWith('public')
  expect((await app.inject({ method: 'POST', url: '/v1/thing' })).json()).toEqual({ who: null })
  expect((await app.inject({ method: 'POST', url: '/v1/thing', headers: { authorization: 'Bearer ada' } })).json()).toEqual({ who: 'A' })
  expect((await app.inject({ method: 'POST', url: '/v1/thing', headers: { authorization: 'Bearer stranger' } })).statusCode).toBe(401)
})
test('scopes are for applications of people: a program has its role', () => {
  expect(() => { admit({ scope: 'account:write' }, program) }).not.toThrow()
  expect(() => { admit({ roles: ['viewer'] }, program) }).toThrow('this is for viewer')
})
test('what is own is what has one\'s own account', () => {
  expect([isOwn(ada, 'A'), isOwn(ada, 'B'), isOwn(program, 'B')]).toEqual([true, false, true])
})
test('who was not let in is in the log, without a word of the token', async () => {
  const lines: string[] = []
  const app = createService({
    name: 'any', description: '', checks: {}, verifier: verifierOf({ ada }), logger: { level: 'info', stream: { write: (line: string) => { lines.push(line) } } },
    routes: async (instance) => { instance.get('/v1/thing', { config: { access: { roles: ['operator'] } } }, async () => ({})) },
  })
  await app.inject({ url: '/v1/thing', headers: { authorization: 'Bearer ada' } })
  await app.inject({ url: '/v1/thing', headers: { authorization: 'Bearer s3cret' } })
  const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ msg }) => msg === 'security')
  expect(events).toMatchObject([{ event: 'access_refused', code: 'forbidden', route: '/v1/thing', subject: 'A' }, { event: 'access_refused', code: 'unauthenticated' }])
  expect(lines.join('')).not.toContain('s3cret')
})
test('OpenAPI tells what a route demands', async () => {
  const app = serviceWith({ scope: 'account:read' })
  await app.ready()
  const { paths, components } = (await app.inject('/openapi.json')).json() as { paths: Record<string, { post: { security: unknown } }>; components: { securitySchemes: object } }
  expect(paths['/v1/thing']?.post.security).toEqual([{ oauth: ['account:read'] }])
  expect(components.securitySchemes).toHaveProperty('oauth.flows.authorizationCode.scopes.account:read')
})
