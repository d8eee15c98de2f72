import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { open as openActor } from './actor/app.ts'
import { createIssuer, openDouble, openGateway, programClaims, publicUrl, type Double, type Issuer } from './gateway/testing.ts'
import { open as openInventory } from './inventory/app.ts'
import { fresh, realPlatform } from './real.ts'
import { createService } from './shared/http.ts'
import { openVerifier, trustOf, type Verifier } from './shared/identity.ts'
import type { Platform } from './shared/platform.ts'
import type { Service } from './shared/service.ts'

let platform: Platform
let issuer: Issuer
let jwks: Double
let gateway: Awaited<ReturnType<typeof openGateway>>
const apps: FastifyInstance[] = []
let inventoryUrl: string
let actorUrl: string

beforeAll(async () => {
  platform = await realPlatform()
  issuer = await createIssuer()
  jwks = await openDouble((_request, response) => { response.end(JSON.stringify(issuer.jwks())) })
  /** A service as main.ts runs it, which finds the gateway's keys where the gateway listens. */
  async function listen({ rpc: _rpc, start: _start, ...service }: Service): Promise<string> {
    let verifier: Verifier | undefined
    const verify: Verifier['verify'] = (token) => {
      verifier ??= openVerifier(trustOf(service.name, { gateway: { url: gateway.url }, authorization: { url: jwks.url } }).map((trust) => (trust.type === 'at+jwt' ? { ...trust, issuer: publicUrl.origin } : trust)))
      return verifier.verify(token)
    }
    const app = createService({ ...service, verifier: { verify } })
    apps.push(app)
    return app.listen({ host: '127.0.0.1', port: 0 })
  }
  inventoryUrl = await listen(openInventory(platform))
  actorUrl = await listen(openActor(platform))
  gateway = await openGateway({ issuer, jwksUrl: `${jwks.url}/oauth/jwks`, urls: { inventory: inventoryUrl, actor: actorUrl } })
})
afterAll(async () => {
  await gateway.app.close()
  await Promise.all(apps.map((app) => app.close()))
  await jwks.close()
  await platform.close()
})

const editor = { roles: ['viewer', 'editor'], scope: 'openid catalogue:write' }
async function ask(method: string, path: string, claims: Parameters<Issuer['token']>[0] | undefined, body?: object, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  const authorization = claims === undefined ? {} : { authorization: `Bearer ${await issuer.token(claims)}` }
  return fetch(gateway.url + path, { method, headers: { ...authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
}
const movie = () => ({ kind: 'movie', name: `Heat ${fresh()}` })

describe('through the gateway, to real services', () => {
  test('an editor adds a title and reads it back; who is no editor, or whose application was not allowed to, is told so by the service', async () => {
    const added = await ask('POST', '/v1/titles', editor, movie())
    expect(added.status).toBe(201)
    const { title_id } = await added.json() as { title_id: string }
    const read = await ask('GET', `/v1/titles/${title_id}`, undefined, undefined, { 'read-after': added.headers.get('etag') ?? '' })
    expect([read.status, read.headers.get('x-cache'), (await read.json() as { title_id: string }).title_id]).toEqual([200, 'bypass', title_id])
    for (const claims of [{ roles: ['viewer'], scope: 'catalogue:write' }, { roles: ['editor'], scope: 'openid' }]) expect((await ask('POST', '/v1/titles', claims, movie())).status).toBe(403)
    expect((await ask('POST', '/v1/titles', undefined, movie())).status).toBe(401)
    expect((await ask('POST', '/v1/titles', programClaims, movie())).status).toBe(201)
  })
  test("an identity token of one service is refused by another, and a person's access token by each", async () => {
    const token = await issuer.token(editor)
    const asker = await gateway.askers.verified(token)
    const direct = async (authorization: string): Promise<number> => (await fetch(`${inventoryUrl}/v1/titles`, { method: 'POST', headers: { authorization, 'content-type': 'application/json' }, body: JSON.stringify(movie()) })).status
    expect([await direct(await asker.authorizationFor('inventory')), await direct(await asker.authorizationFor('actor')), await direct(`Bearer ${token}`)]).toEqual([201, 401, 401])
  })
  test('the joined document describes what can be reached, and every operation of it is there', async () => {
    const { paths, components } = await (await ask('GET', '/openapi.json', undefined)).json() as { paths: Record<string, object>; components: { schemas: object } }
    expect(Object.keys(paths)).toEqual(expect.arrayContaining(['/v1/titles', '/v1/titles/{title_id}', '/v1/people/{person_id}/credits']))
    expect(Object.keys(paths).filter((path) => !path.startsWith('/v1/'))).toEqual([])
    const schemas = new Set(Object.keys(components.schemas))
    for (const [, name = ''] of JSON.stringify(paths).matchAll(/#\/components\/schemas\/([^"]+)/g)) expect(schemas).toContain(name)
  })
})
