import { once } from 'node:events'
import { afterEach, describe, expect, test } from 'vitest'
import type { WebSocket } from 'ws'
import { hashOf } from '../queries.ts'
import { activity, emptyWorld, member, memberId, notification, relation, review, testGraph, title, type TestGraph, type World } from '../testing.ts'
import { ofFeed, ofNotifications } from './hub.ts'
import { usualRoom } from './lobby.ts'

/** Member 1 follows 2, who reviewed title 1. */
function world(): World {
  const made = emptyWorld()
  made.members.push(member(1), member(2))
  made.relations.push(relation(1, 2))
  made.titles.push(title(1))
  made.reviews.push(review(1, 2))
  return made
}
const open: TestGraph[] = []
afterEach(async () => { for (const graph of open.splice(0)) await graph.app.close() })
function opened(...args: Parameters<typeof testGraph>): TestGraph {
  const graph = testGraph(...args)
  open.push(graph)
  return graph
}
const usual = { 'authorization': 'Bearer p1', 'sec-websocket-protocol': 'graphql-transport-ws' }

interface Client {
  readonly socket: WebSocket
  say(message: object): void
  /** The next message that came. */
  heard(): Promise<Readonly<Record<string, unknown>>>
  readonly end: Promise<number>
}
/** A connection that nobody has greeted yet. */
async function connect(graph: TestGraph, headers: Readonly<Record<string, string>> = usual): Promise<Client> {
  const came: Readonly<Record<string, unknown>>[] = []
  const waiting: ((message: Readonly<Record<string, unknown>>) => void)[] = []
  const end = Promise.withResolvers<number>()
  const socket = await graph.connect('/v1/graphql', { headers }, {
    onInit: (made) => {
      made.on('message', (data: Buffer) => {
        const message = JSON.parse(data.toString()) as Readonly<Record<string, unknown>>
        const next = waiting.shift()
        if (next === undefined) came.push(message)
        else next(message)
      })
      made.on('close', (code: number) => { end.resolve(code) })
    },
  })
  return {
    socket, end: end.promise,
    say: (message) => { socket.send(JSON.stringify(message)) },
    heard: async () => came.shift() ?? new Promise((resolve) => { waiting.push(resolve) }),
  }
}
async function greeted(graph: TestGraph, payload: object = { actingProfile: memberId(1) }): Promise<Client> {
  const client = await connect(graph)
  client.say({ type: 'connection_init', payload })
  expect(await client.heard()).toEqual({ type: 'connection_ack' })
  return client
}
/** Subscribes, and waits until it stands: what is said is heard in its order. */
async function subscribed(graph: TestGraph, query: string, payload: object = { query }): Promise<Client> {
  const client = await greeted(graph)
  client.say({ type: 'subscribe', id: '1', payload })
  client.say({ type: 'ping' })
  return client
}

describe('a subscription', () => {
  test('to the feed is told what was done, with all that queries tell of it', async () => {
    const graph = opened(world())
    const { heard } = await subscribed(graph, 'subscription S { feedActivityAdded { kind stars actor { handle } title { name } subject { ... on Review { body likeCount } } } }')
    expect(await heard()).toEqual({ type: 'pong' })
    graph.ports.hub.tell(memberId(1), ofFeed(activity(1, 2)))
    expect(await heard()).toEqual({ type: 'next', id: '1', payload: { data: { feedActivityAdded: {
      kind: 'REVIEWED', stars: 4.5, actor: { handle: 'member_2' }, title: { name: 'Title 1' }, subject: { body: expect.stringContaining('text'), likeCount: 3 },
    } } } })
  })
  test('to notifications is told them, through fragments and with variables', async () => {
    const graph = opened(world())
    const query = 'subscription S($with: Boolean!) { ...F } fragment F on Subscription { told: notificationAdded { kind actor @include(if: $with) { handle } } }'
    const { heard } = await subscribed(graph, '', { query, variables: { with: true } })
    expect(await heard()).toEqual({ type: 'pong' })
    graph.ports.hub.tell(memberId(1), ofFeed(activity(1, 2)))
    graph.ports.hub.tell(memberId(1), ofNotifications(notification(1, 1)))
    expect(await heard()).toEqual({ type: 'next', id: '1', payload: { data: { told: { kind: 'FOLLOWED', actor: { handle: 'member_2' } } } } })
  })

  test.each([
    ['of 100 aliases', `subscription { feedActivityAdded { ${Array.from({ length: 100 }, (_, index) => `a${index}: actor { handle }`).join(' ')} } }`, 'query_too_costly'],
    ['50 deep', `subscription { feedActivityAdded { actor { ${'followers(first: 1) { edges { node { '.repeat(16)} name ${'} } }'.repeat(16)} } } }`, 'query_too_costly'],
    ['that costs what a query may', 'subscription { feedActivityAdded { actor { followers(first: 50) { edges { node { followers(first: 10) { edges { node { bio } } } } } } } } }', 'query_too_costly'],
    ['of two fields', 'subscription { feedActivityAdded { kind } notificationAdded { kind } }', 'invalid_request'],
    ['of a field that there is not', 'subscription { nothing }', 'invalid_request'],
    ['without a variable', 'subscription S($with: Boolean!) { feedActivityAdded { kind @include(if: $with) } }', 'invalid_request'],
    ['that is a query', '{ me { name } }', 'invalid_request'],
    ['that is no GraphQL', 'subscription {', 'invalid_request'],
  ])('%s is refused, and asks nobody anything', async (_name, query, code) => {
    const graph = opened(world())
    const { heard } = await subscribed(graph, query)
    expect(await heard()).toMatchObject({ type: 'error', id: '1', payload: [{ extensions: { code } }] })
    expect(await heard()).toEqual({ type: 'pong' })
    expect(Object.fromEntries(graph.world.asked)).toEqual({})
  })
  test('by POST is told where it belongs', async () => {
    const answer = await opened(world()).send({ query: 'subscription { feedActivityAdded { kind } }' }, { authorization: 'Bearer p1' })
    expect([answer.statusCode, answer.json()]).toEqual([400, expect.objectContaining({ code: 'invalid_request', detail: expect.stringContaining('WebSocket') })])
  })
  test('of a closed service is one that it knows', async () => {
    const query = 'subscription { feedActivityAdded { kind } }'
    const graph = opened(world(), { queries: new Map([[hashOf(query), query]]), closed: true })
    const unknown = await subscribed(graph, query)
    expect(await unknown.heard()).toMatchObject({ type: 'error', payload: [{ extensions: { code: 'unknown_query' } }] })
    const { heard } = await subscribed(graph, '', { documentId: `sha256:${hashOf(query)}` })
    expect(await heard()).toEqual({ type: 'pong' })
    graph.ports.hub.tell(memberId(1), ofFeed(activity(1, 2)))
    expect(await heard()).toMatchObject({ type: 'next', payload: { data: { feedActivityAdded: { kind: 'REVIEWED' } } } })
  })
})

describe('a connection', () => {
  test.each([
    ['without a token', { 'sec-websocket-protocol': 'graphql-transport-ws' }, 4_401], ['by another protocol', { 'authorization': 'Bearer p1', 'sec-websocket-protocol': 'graphql-ws' }, 4_406],
    ['by no protocol', { authorization: 'Bearer p1' }, 4_406],
  ] as const)('%s is closed', async (_name, headers, code) => {
    expect(await (await connect(opened(world()), headers)).end).toBe(code)
  })
  test('by a bad token is no connection', async () => {
    await expect(connect(opened(world()), { ...usual, authorization: 'Bearer nobody' })).rejects.toThrow('401')
  })
  test.each([
    ['of somebody else', 'Bearer p1', memberId(2)], ['of what is no id', 'Bearer p1', 'nonsense'], ['in an application that may not see', 'Bearer p8', memberId(8)],
  ])('for a profile %s is closed', async (_name, authorization, actingProfile) => {
    const { say, end } = await connect(opened(world()), { ...usual, authorization })
    say({ type: 'connection_init', payload: { actingProfile } })
    expect(await end).toBe(4_403)
  })
  test('takes who looks from the header too', async () => {
    const { say, heard } = await connect(opened(world()), { ...usual, 'acting-profile': memberId(1) })
    say({ type: 'connection_init' })
    expect(await heard()).toEqual({ type: 'connection_ack' })
  })
  test('of an account is one of five', async () => {
    const graph = opened(world())
    for (let number = 0; number < usualRoom.of_account; number++) await greeted(graph)
    expect(await (await connect(graph)).end).toBe(4_429)
  })
  test('ends with the process, and tells that', async () => {
    const graph = opened(world())
    const { end } = await greeted(graph)
    await graph.app.close()
    expect(await end).toBe(1_001)
    expect([graph.ports.hub.listeners(), graph.world.here.get(memberId(1))]).toEqual([[], []])
  })
  test('with a message longer than is read is cut', async () => {
    const { socket, end } = await greeted(opened(world()))
    socket.on('error', () => undefined)
    socket.send('x'.repeat(70_000))
    await once(socket, 'close')
    expect([1_006, 1_009]).toContain(await end)
  })
})
