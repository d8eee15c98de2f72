/** For tests: an issuer of tokens, upstreams that do as they are told, and a gateway over both. */
import { exportJWK, generateKeyPair, SignJWT, createLocalJWKSet, createRemoteJWKSet, type CryptoKey, type JWK, type JWTPayload } from 'jose'
import type { FastifyInstance } from 'fastify'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { apiAudience, openVerifier, personOf, programOf, servicesAudience, type Trust } from '../shared/identity.ts'
import { addressesFrom } from './addresses.ts'
import { createAskers, type Askers } from './askers.ts'
import { createCatalogue, type Catalogue } from './catalogue.ts'
import { createGateway, type GatewayMaking, type GatewayPorts } from './gateway.ts'
import { newKeys, type IdentityKeys } from './identity-keys.ts'
import { createLimiter } from './limiter.ts'
import { aggregate, createDocuments, fetchDocument } from './openapi.ts'
import { take, usualLimits } from './rate.ts'
import { lanes, table, upstreams, type Upstream } from './routes.ts'
import { createEndedSessions, type EndedSessionsBook } from './sessions.ts'

/** The gateway's own address, and so the issuer, in tests. */
export const publicUrl = new URL('https://creme.example')
/** Ids that look right. */
export const ids = { title: '01M82P61YF99KN34EXDR5JSDHM', other: '01M82P61YF99KN34EXDR5JSDHN', account: '01M82P8HH06QZ2SZKEGB8C20R2' }

interface SigningKey { readonly kid: string; readonly privateKey: CryptoKey; readonly jwk: JWK }
async function signingKey(kid: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  return { kid, privateKey, jwk: { ...await exportJWK(publicKey), kid, alg: 'ES256', use: 'sig' } }
}

export interface Issuer {
  /** A person's token, unless the claims say otherwise. */
  token(claims?: JWTPayload, header?: Readonly<Record<string, string>>): Promise<string>
  /** Signs with another key from now on; the old one stays published. */
  rotate(): Promise<void>
  jwks(): { readonly keys: JWK[] }
}

/** The authorization server's part that the gateway sees: its keys, and what it signs. */
export async function createIssuer(): Promise<Issuer> {
  const keys = [await signingKey('first')]
  return {
    async token(claims = {}, header = {}) {
      const key = keys.at(-1)
      if (key === undefined) throw new Error('signing a token: no key')
      const now = Math.floor(Date.now() / 1_000)
      const all = { iss: publicUrl.origin, aud: apiAudience, sub: ids.account, client_id: 'web', scope: 'openid account:read', roles: ['viewer'], sid: 'session-1', iat: now, exp: now + 600, ...claims }
      return new SignJWT(all).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: key.kid, ...header }).sign(key.privateKey)
    },
    async rotate() { keys.push(await signingKey(`key-${keys.length + 1}`)) },
    jwks: () => ({ keys: keys.map(({ jwk }) => jwk) }),
  }
}
/** Claims that make a token a program's. */
export const programClaims = { aud: servicesAudience, sub: 'tools', client_id: 'tools', sid: undefined, roles: undefined } as unknown as JWTPayload

export interface Double {
  readonly url: string
  /** Requests that came, in order, with the bodies read so far. */
  readonly requests: IncomingMessage[]
  readonly server: Server
  close(): Promise<void>
}

/** An upstream that answers as `listener` does. */
export async function openDouble(listener: RequestListener): Promise<Double> {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    listener(request, response)
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, server,
    close: () => new Promise((resolve) => { server.closeAllConnections(); server.close(() => resolve()) }),
  }
}

export interface TestGateway {
  readonly app: FastifyInstance
  readonly sessions: EndedSessionsBook
  readonly askers: Askers
  readonly keys: IdentityKeys
  readonly catalogue: Catalogue
}
export interface TestOptions {
  readonly issuer: Issuer
  readonly urls?: Partial<Record<Upstream, string>>
  /** Where keys are fetched from; left out: they are the issuer's as they stand. */
  readonly jwksUrl?: string
  readonly ports?: Partial<GatewayPorts>
  readonly making?: GatewayMaking
}
const nobody = 'http://127.0.0.1:1'

/** A gateway that does not listen; views are never behind, and rate limits are its own. */
export async function makeGateway({ issuer, urls = {}, jwksUrl, ports = {}, making }: TestOptions): Promise<TestGateway> {
  const keys = await newKeys()
  const fetchKeys: Trust['keys'] = jwksUrl === undefined
    ? (...asked) => createLocalJWKSet(issuer.jwks())(...asked)
    : createRemoteJWKSet(new URL(jwksUrl), { cooldownDuration: 0, timeoutDuration: 1_000 })
  const base = { issuer: publicUrl.origin, type: 'at+jwt', algorithms: ['ES256'], keys: fetchKeys } as const
  const sessions = createEndedSessions(async () => false)
  sessions.opened()
  const catalogue = createCatalogue(1 << 20, { partitionOf: () => 0, positions: async () => new Map() })
  catalogue.freshness.begin(new Map())
  catalogue.freshness.open()
  const urlOf = (upstream: Upstream): string => urls[upstream] ?? nobody
  const room = new Map<string, number>()
  const askers = createAskers({ persons: openVerifier([{ ...base, audience: apiAudience, read: personOf }]), programs: openVerifier([{ ...base, audience: servicesAudience, read: programOf }]), keys, sessions })
  const app = createGateway({
    rows: table, lanes, urlOf, keys, catalogue, graphiql: true, publicUrl, limits: usualLimits, corsOrigins: ['https://app.creme.example'], checks: {},
    proxies: () => false, operators: addressesFrom('tests', '127.0.0.1'),
    askers, sessions,
    limiter: createLimiter(async (key, limit, wanted) => {
      const taken = take(limit, room.get(key) ?? 0, Date.now() * 1_000, wanted)
      room.set(key, taken.tat)
      return taken
    }),
    documents: createDocuments(upstreams, (upstream, signal) => fetchDocument(urlOf(upstream), signal),
      (found) => aggregate(found, table, (row) => lanes[row.lane].upstream, { title: 'test', version: '1' })),
    shed: { in_flight: 4_000, late_ms: Infinity }, late_ms: () => 0,
    ...ports,
  }, making)
  return { app, sessions, askers, keys, catalogue: ports.catalogue ?? catalogue }
}

/** The same, listening. */
export async function openGateway(options: TestOptions): Promise<TestGateway & { readonly url: string }> {
  const made = await makeGateway(options)
  return { ...made, url: await made.app.listen({ host: '127.0.0.1', port: 0, backlog: 4_096 }) }
}
