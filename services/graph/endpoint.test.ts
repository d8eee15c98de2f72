import { describe, expect, test } from 'vitest'
import { globalId } from './ids.ts'
import { hashOf } from './queries.ts'
import { activity, emptyWorld, member, memberId, relation, review, testGraph, title, ulid, type TestGraph, type World } from './testing.ts'
import { Unavailable } from '../shared/errors.ts'

/** Member 1 follows 2; 20 reviews of as many titles by 2, all of it in the feed. */
function busyWorld(): World {
  const world = emptyWorld()
  world.members.push(member(1), member(2))
  world.relations.push(relation(1, 2))
  for (let number = 1; number <= 20; number++) {
    world.titles.push(title(number))
    world.reviews.push(review(number, 2, { title_id: ulid('T', number) }))
    world.activities.push(activity(number, 2, { title_id: ulid('T', number) }))
  }
  return world
}
const feed = `query Feed { feed(first: 20) { pageInfo { hasNextPage } edges { node { memberCount activities {
  kind occurredAt actor { handle followerCount } title { name stats { meanStars } viewerStars likeCount }
  subject { __typename id ... on Review { body likeCount author { handle } title { name } } } } } } } }`
const codes = ({ errors }: { readonly errors: readonly { readonly extensions: { readonly code: string } }[] }): readonly string[] => errors.map(({ extensions }) => extensions.code)

describe('a feed of 20 reviews, with their authors, titles, texts and counts', () => {
  test('takes one question to each view and service', async () => {
    const graph = testGraph(busyWorld())
    const { status, data, errors } = await graph.ask(feed, 1)
    expect([status, errors]).toEqual([200, []])
    const { edges } = (data as { readonly feed: { readonly edges: readonly unknown[] } }).feed
    expect(edges).toHaveLength(20)
    expect(edges[0]).toEqual({ node: { memberCount: 1, activities: [{
      kind: 'REVIEWED', occurredAt: '1970-01-01T00:00:01.000Z', actor: { handle: 'member_2', followerCount: 2 },
      title: { name: 'Title 1', stats: { meanStars: 4.5 }, viewerStars: null, likeCount: 3 },
      subject: {
        __typename: 'Review', id: globalId('Review', ulid('R', 1)), body: `text ${ulid('X', 1)}`, likeCount: 3, author: { handle: 'member_2' }, title: { name: 'Title 1' },
      },
    }] } })
    const { 'views.subjectCounts': counts, ...others } = Object.fromEntries(graph.world.asked)
    expect(others).toEqual({
      'feed.feed': 1, 'views.relationsTo': 1, 'views.relationsFrom': 1, 'views.titles': 1, 'views.titleStats': 1, 'views.ratings': 1, 'views.reviews': 1,
      'views.members': 1, 'views.profileCounts': 1, 'social.texts': 1,
    })
    // likes of titles and of reviews lie on levels of their own
    expect(counts).toSatisfy((times: number) => times <= 2)
  })
  test('is the same when it was compiled', async () => {
    const graph = testGraph(busyWorld())
    const first = await graph.ask(feed, 1)
    await graph.ask(feed, 1)
    expect(await graph.ask(feed, 1)).toEqual(first)
  })
})

describe('a query', () => {
  const ask = (query: string, variables?: object): ReturnType<TestGraph['ask']> => testGraph(busyWorld()).ask(query, 1, variables)

  test.each([
    ['that is no GraphQL', '{ me {', 400, 'invalid_request'],
    ['that is JSON', '{"kind":"Document","definitions":[]}', 400, 'invalid_request'],
    ['for a field that there is not', '{ nothing }', 400, 'invalid_request'],
    ['with two operations', 'query A { me { name } } query B { me { name } }', 400, 'invalid_request'],
    ['that would write', 'mutation { follow }', 400, 'invalid_request'],
    ['of 100 aliases', `{ ${Array.from({ length: 100 }, (_, index) => `a${index}: me { name }`).join(' ')} }`, 422, 'query_too_costly'],
    ['50 deep', `{ me { ${'followers(first: 1) { edges { node { '.repeat(16)} name ${'} } }'.repeat(16)} } }`, 422, 'query_too_costly'],
    ['of more words than are read', `{ ${'me { name } '.repeat(1_000)} }`, 400, 'invalid_request'],
    ['for an enormous page', '{ feed(first: 100000) { edges { node { memberCount } } } }', 422, 'query_too_costly'],
    ['whose number is out of range', '{ feed(first: 99999999999) { edges { cursor } } }', 422, 'query_too_costly'],
    ['with a variable of the wrong type', 'query Q($n: Int!) { feed(first: $n) { edges { cursor } } }', 400, 'invalid_request'],
    ['whose fragments never end', 'query Q { ...F } fragment F on Query { me { name } ...F }', 400, 'invalid_request'],
  ])('%s is refused', async (_name, query, status, code) => {
    const graph = testGraph(busyWorld())
    const answer = await graph.send({ query, variables: { n: 'x' } }, { authorization: 'Bearer p1', 'acting-profile': memberId(1) })
    const body = answer.json<{ readonly code?: string; readonly errors: readonly { readonly extensions?: { readonly code: string } }[] }>()
    expect([answer.statusCode, body.code ?? body.errors[0]?.extensions?.code]).toEqual([status, code])
    expect(graph.world.asked.size, 'nothing is asked').toBe(0)
  })

  test.each([
    ['of no page', '{ feed(first: 0) { edges { cursor } } }', 'invalid_request'],
    ['of more than 50', '{ feed(first: 51) { edges { cursor } } }', 'invalid_request'],
    ['with a cursor that is none', '{ feed(after: "nonsense") { edges { cursor } } }', 'invalid_cursor'],
    ['with a huge cursor', `{ feed(after: "${'A'.repeat(15_000)}") { edges { cursor } } }`, 'invalid_cursor'],
    ['by an id that is none', '{ node(id: "nonsense") { id } }', 'invalid_request'],
    ['by an id of another type', `{ title(id: "${globalId('Review', ulid('R', 1))}") { name } }`, 'invalid_request'],
    ['for a member by nothing', '{ member { name } }', 'invalid_request'],
    ['for a member by both', `{ member(id: "${memberId(2)}", handle: "member_2") { name } }`, 'invalid_request'],
  ])('%s has an error at its place', async (_name, query, code) => {
    const { status, data, errors } = await ask(query)
    expect([status, Object.values(data as object), codes({ errors }), errors[0]?.path?.length]).toEqual([200, [null], [code], 1])
  })
  test('with a wrong variable is refused when it was compiled, too', async () => {
    const graph = testGraph(busyWorld())
    const query = 'query Q($n: Int!) { feed(first: $n) { edges { cursor } } }'
    for (const first of [1, 2, 3]) expect((await graph.ask(query, 1, { n: first })).errors).toEqual([])
    const { status, errors } = await graph.ask(query, 1, { n: 'x' })
    expect([status < 500, codes({ errors })]).toEqual([true, ['invalid_request']])
  })
  test('for what there is not answers null', async () => {
    expect((await ask(`{ title(id: "${ulid('T', 99)}") { name } review(id: "${ulid('R', 99)}") { id } member(handle: "Nobody!") { id } }`)).data).toEqual({ title: null, review: null, member: null })
  })
  test('asks for the schema', async () => {
    expect((await ask('{ __schema { queryType { name } } }')).data).toEqual({ __schema: { queryType: { name: 'Query' } } })
  })
})

test('a store that is away leaves what others answered', async () => {
  const world = busyWorld()
  const graph = testGraph(world, { texts: async () => Promise.reject(new Unavailable('calling social')) })
  const { status, data, errors } = await graph.ask(`{ review(id: "${ulid('R', 1)}") { body stars } }`, 1)
  expect([status, data, codes({ errors })]).toEqual([200, { review: { body: null, stars: 4.5 } }, ['store_unavailable']])
})
test('what is the service\'s own fault is not told', async () => {
  const graph = testGraph(busyWorld(), { texts: async () => Promise.reject(new Error('password in words')) })
  const query = `{ review(id: "${ulid('R', 1)}") { body } }`
  const told = { message: 'an unforeseen error; it has been logged', path: ['review', 'body'], extensions: { code: 'internal' } }
  for (const _ of [1, 2, 3]) expect((await graph.ask(query, 1)).errors).toEqual([expect.objectContaining(told)])
})

describe('who looks', () => {
  const me = '{ me { handle } }'
  const ask = async (headers: Readonly<Record<string, string>>) => {
    const answer = await testGraph(busyWorld()).send({ query: me }, headers)
    const { data, code } = answer.json<{ readonly data?: unknown; readonly code?: string }>()
    return [answer.statusCode, code ?? data]
  }
  test('is the profile of the header', async () => {
    expect(await ask({ authorization: 'Bearer p1', 'acting-profile': memberId(1) })).toEqual([200, { me: { handle: 'member_1' } }])
  })
  test('is nobody in particular without it', async () => {
    expect(await ask({ authorization: 'Bearer p1' })).toEqual([200, { me: null }])
  })
  test.each([
    ['somebody else', { authorization: 'Bearer p1', 'acting-profile': memberId(2) }, 404, 'profile_not_found'],
    ['one without a card', { authorization: 'Bearer p3', 'acting-profile': memberId(3) }, 404, 'profile_not_found'],
    ['what is no id', { authorization: 'Bearer p1', 'acting-profile': 'nonsense' }, 400, 'invalid_request'],
    ['one in an application that may not see', { authorization: 'Bearer p8', 'acting-profile': memberId(8) }, 403, 'forbidden'],
  ])('is never %s', async (_name, headers, status, code) => {
    expect(await ask(headers)).toEqual([status, code])
  })
  test('is never anybody by a bad token', async () => {
    expect(await ask({ authorization: 'Bearer nobody' })).toEqual([401, 'unauthenticated'])
  })
})

describe('known queries', () => {
  const query = '{ me { handle } }\n'
  const queries = new Map([[hashOf(query), query]])
  const asked = { authorization: 'Bearer p1', 'acting-profile': memberId(1) }
  const answers = async (closed: boolean, payload: object): Promise<unknown> => {
    const answer = await testGraph(busyWorld(), { queries, closed }).send(payload, asked)
    const { data, code } = answer.json<{ readonly data?: unknown; readonly code?: string }>()
    return code ?? data
  }
  test('are asked by the hash of their text', async () => {
    expect(await answers(false, { documentId: `sha256:${hashOf(query)}` })).toEqual({ me: { handle: 'member_1' } })
  })
  test('are all that a closed service answers, and it tells nobody its schema', async () => {
    expect(await answers(true, { documentId: `sha256:${hashOf(query)}` })).toEqual({ me: { handle: 'member_1' } })
    expect(await answers(true, { query })).toBe('unknown_query')
  })
  test('are known', async () => {
    expect(await answers(false, { documentId: `sha256:${'0'.repeat(64)}` })).toBe('unknown_query')
  })
  test('that would tell the schema of a closed service are refused', async () => {
    const told = '{ __schema { queryType { name } } }'
    const answer = await testGraph(busyWorld(), { queries: new Map([[hashOf(told), told]]), closed: true }).send({ documentId: `sha256:${hashOf(told)}` }, asked)
    expect([answer.statusCode, answer.body]).toEqual([400, expect.stringContaining('introspection')])
  })
  test('may be asked by an address', async () => {
    const { app } = testGraph(busyWorld(), { queries })
    const get = (rest: string) => app.inject({ url: `/v1/graphql?${rest}`, headers: asked })
    expect((await get(`documentId=sha256:${hashOf(query)}&variables=${encodeURIComponent('{}')}`)).json()).toEqual({ data: { me: { handle: 'member_1' } } })
    expect((await get(`query=${encodeURIComponent('{me{name}}')}&variables=[]`)).json()).toMatchObject({ code: 'invalid_request' })
  })
})
