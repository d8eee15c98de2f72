/** Subscriptions from Kafka to a client behind the gateway, and presence in Redis; the views that the graph asks are a small world. */
import { schemaOf } from '@cdlc/schemas/avro.ts'
import { subjectOf } from '@cdlc/schemas/topics.ts'
import type { FastifyInstance } from 'fastify'
import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { WebSocket, type ClientOptions } from 'ws'
import { createIssuer, openDouble, openGateway, programClaims, publicUrl, type Double, type Issuer } from './gateway/testing.ts'
import { graphRoutes } from './graph/endpoint.ts'
import { ofFeed } from './graph/live/hub.ts'
import { openTail, type Tail } from './graph/live/tail.ts'
import { teller, topicsHeard } from './graph/live/tell.ts'
import type { GraphPorts } from './graph/ports.ts'
import { activity, emptyWorld, member, memberId, notification, relation, review, testGraph } from './graph/testing.ts'
import { fresh, realPlatform } from './real.ts'
import { createService } from './shared/http.ts'
import { openVerifier, trustOf, type Verifier } from './shared/identity.ts'
import type { Platform } from './shared/platform.ts'
import { openPresence, type Presence } from './shared/presence.ts'
import { openRedis, type Redis } from './shared/redis.ts'

type Topic = (typeof topicsHeard)[number]
const run = fresh()
const topicOf = (topic: string): string => `test.subscriptions.${run}.${topic}`
const celebrity = 4

let platform: Platform
let issuer: Issuer
let jwks: Double
let redis: Redis
let presence: Presence
let tail: Tail
let ports: GraphPorts
let app: FastifyInstance
let graphUrl: string
let gateway: Awaited<ReturnType<typeof openGateway>>

/** Ada (1), Bob (2) and Cleo (3) follow one another, but Bob has blocked Cleo; Ada and Cleo follow 4, whom many follow. */
function world() {
  const made = emptyWorld()
  for (const number of [1, 2, 3, celebrity]) made.members.push(member(number))
  made.relations.push(relation(1, 2), relation(2, 1), relation(3, 2), relation(2, 3, { follow: 'none', blocked: 1 }), relation(1, celebrity), relation(3, celebrity))
  made.reviews.push(review(1, 2), review(2, celebrity))
  return made
}

beforeAll(async () => {
  platform = await realPlatform()
  issuer = await createIssuer()
  jwks = await openDouble((_request, response) => { response.end(JSON.stringify(issuer.jwks())) })
  redis = openRedis(platform.endpoints, `test:${run}:`)
  presence = openPresence(redis)
  const { ports: doubles } = testGraph(world())
  const views = { ...doubles.views, profileCounts: async (ids: readonly string[]) => new Map(ids.map((id) => [id, { followers: id === memberId(celebrity) ? 1_000_000 : 2, following: 1 }])) }
  const texts = async (ids: readonly string[]) => new Map(ids.map((id) => [id, 'long '.repeat(200_000)]))
  ports = { ...doubles, views, texts, presence }
  const plan = { partitions: 1, config: {} }
  await platform.sinks.kafka.createTopics(topicsHeard.map((topic) => ({ name: topicOf(topic), ...plan })))
  const tell = teller({ codec: platform.codec, hub: ports.hub, views, warn: (cause) => { throw cause } })
  tail = openTail(platform.sinks, topicsHeard.map(topicOf), (batch) => tell({ ...batch, topic: topicsHeard.find((topic) => topicOf(topic) === batch.topic) ?? '' }), () => undefined)
  let verifier: Verifier | undefined
  const verify: Verifier['verify'] = (token) => {
    const trusts = trustOf('graph', { gateway: { url: gateway.url }, authorization: { url: jwks.url } })
    verifier ??= openVerifier(trusts.map((trust) => (trust.type === 'at+jwt' ? { ...trust, issuer: publicUrl.origin } : trust)))
    return verifier.verify(token)
  }
  app = createService({ name: 'graph', description: '', checks: {}, routes: graphRoutes(ports), verifier: { verify } })
  graphUrl = await app.listen({ host: '127.0.0.1', port: 0 })
  gateway = await openGateway({ issuer, jwksUrl: `${jwks.url}/oauth/jwks`, urls: { graph: graphUrl } })
  await tail.following
})
afterAll(async () => {
  await gateway.app.close()
  await Promise.all([app.close(), tail.close(), presence.close(), jwks.close()])
  redis.disconnect()
  await platform.close()
})
const sockets: WebSocket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate()
  await expect.poll(() => ports.hub.listeners()).toEqual([])
})

const tokenOf = (number: number): Promise<string> => issuer.token({ sub: `account-${number}`, scope: 'openid social:read' })
async function say(topic: Topic, key: string, value: object): Promise<void> {
  const encode = await platform.codec.encoder<object>(subjectOf(topic), schemaOf(topic))
  await platform.sinks.kafka.produce(topicOf(topic), [{ key, value: encode(value) }])
}
const done = (number: number, by: number) => ({ ...activity(number, by), occurred_at: Date.now(), version: number })
const entry = (to: number, number: number, by: number) => say('user.feed-entries', memberId(to), { op: 'c', before: null, after: { follower_id: memberId(to), ...done(number, by) } })
const notice = (to: number, number: number, by: number) => say('user.notifications', memberId(to), {
  ...notification(number, to, { actor_id: memberId(by) }), event_id: fresh(), type: 'NotificationSent', occurred_at: Date.now(), version: number,
})

/** A greeted client; what is said to it comes in order. */
async function connect(to: string, protocols: readonly string[], options: ClientOptions, payload: object) {
  const socket = new WebSocket(`${to.replace('http', 'ws')}/v1/graphql`, [...protocols], options)
  sockets.push(socket)
  const heard: { readonly type: string; readonly id?: string; readonly payload?: { readonly data: object } }[] = []
  socket.on('message', (data: Buffer) => { heard.push(JSON.parse(data.toString()) as (typeof heard)[number]) })
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'connection_init', payload }))
  await expect.poll(() => heard.shift()?.type).toBe('connection_ack')
  const subscribe = async (id: string, query: string): Promise<void> => {
    socket.send(JSON.stringify({ type: 'subscribe', id, payload: { query } }))
    socket.send('{"type":"ping"}')
    await expect.poll(() => heard.shift()?.type).toBe('pong')
  }
  return { socket, heard, subscribe, told: () => heard.map(({ payload }) => payload?.data) }
}
/** As a page does it: the token among the subprotocols. */
const through = async (number: number, payload: object = {}) =>
  connect(gateway.url, ['graphql-transport-ws', `bearer.${await tokenOf(number)}`], { origin: 'https://app.creme.example' }, { actingProfile: memberId(number), ...payload })

const feed = 'subscription { feedActivityAdded { activityId actor { handle } subject { id } } }'
const notices = 'subscription { notificationAdded { notificationId actor { handle } } }'

test('what one does is told to who follows them, out of Kafka and through the gateway; who was blocked is told nothing of it', async () => {
  const [ada, cleo] = [await through(1), await through(3)]
  for (const { subscribe } of [ada, cleo]) {
    await subscribe('feed', feed)
    await subscribe('notices', notices)
  }
  for (const to of [1, 3]) await entry(to, 1, 2)
  await expect.poll(ada.told, { timeout: 20_000 }).toEqual([{ feedActivityAdded: { activityId: activity(1, 2).activity_id, actor: { handle: 'member_2' }, subject: { id: expect.any(String) } } }])
  await notice(3, 1, 2)
  await notice(3, 2, 1)
  await say('user.activity', memberId(celebrity), { ...done(2, celebrity), event_id: fresh(), type: 'ActivityRecorded' })
  const famous = { feedActivityAdded: { activityId: activity(2, celebrity).activity_id, actor: { handle: 'member_4' }, subject: { id: expect.any(String) } } }
  // in any order: they come by topics of their own
  await expect.poll(cleo.told, { timeout: 20_000 }).toHaveLength(2)
  expect(cleo.told()).toEqual(expect.arrayContaining([famous, { notificationAdded: { notificationId: notification(2, 3).notification_id, actor: { handle: 'member_1' } } }]))
  await expect.poll(ada.told, { timeout: 20_000 }).toHaveLength(2)
  expect(ada.told()[1]).toEqual(famous)
})

test('who has a connection is online to whom they follow and who follows them, until it is closed, and not where they hide', async () => {
  const isOnline = async (number: number, of: number): Promise<unknown> => {
    const answer = await fetch(`${gateway.url}/v1/graphql`, {
      method: 'POST', body: JSON.stringify({ query: `{ member(id: "${memberId(of)}") { isOnline } }` }),
      headers: { 'content-type': 'application/json', 'authorization': `Bearer ${await tokenOf(number)}`, 'acting-profile': memberId(number) },
    })
    return (await answer.json() as { readonly data: { readonly member: { readonly isOnline: unknown } | null } }).data.member?.isOnline
  }
  expect(await isOnline(1, 2)).toBe(false)
  const bob = await through(2)
  await expect.poll(() => isOnline(1, 2)).toBe(true)
  expect([await isOnline(celebrity, 2), await isOnline(3, 2)], 'to a stranger, and to one who was blocked').toEqual([null, undefined])
  const hidden = await through(2, { presence: false })
  await expect.poll(() => isOnline(1, 2)).toBe(false)
  hidden.socket.close()
  await expect.poll(() => isOnline(1, 2)).toBe(true)
  bob.socket.close()
  await expect.poll(() => isOnline(1, 2)).toBe(false)
})

test('a client that reads no more is cut when a hundred messages wait', async () => {
  const authorization = `Bearer ${await issuer.token(programClaims)}`
  const { socket, subscribe } = await connect(graphUrl, ['graphql-transport-ws'], { headers: { authorization } }, { actingProfile: memberId(1) })
  await subscribe('feed', 'subscription { feedActivityAdded { subject { ... on Review { body } } } }')
  ;(socket as unknown as { readonly _socket: { pause(): void } })._socket.pause()
  // of a megabyte each: some fit into the machine's own buffers
  for (let number = 1; number <= 200; number++) {
    ports.hub.tell(memberId(1), ofFeed(activity(1, 2, { activity_id: `reviewed:${number}` })))
    await new Promise((resolve) => { setImmediate(resolve) })
  }
  await expect.poll(() => ports.hub.hears(memberId(1)), { timeout: 20_000 }).toBe(false)
})

test('a connection of a program ends with its token', async () => {
  const authorization = `Bearer ${await issuer.token({ ...programClaims, exp: Math.floor(Date.now() / 1_000) + 4 })}`
  const { socket } = await connect(graphUrl, ['graphql-transport-ws'], { headers: { authorization } }, { actingProfile: memberId(1) })
  const [code] = await once(socket, 'close') as [number]
  expect(code).toBe(4_010)
})
