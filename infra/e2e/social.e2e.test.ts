/** The social side as apps use it: through the gateway, each person with their own token. */
import { beforeAll, describe, expect, test } from 'vitest'
import { signIn } from '../local/sign-in.ts'
import { demoAccounts, enrolDemoAccounts } from '../seed/demo.ts'
import { call, endpoints, eventually, join, ok, type Person, type Reply, word } from './people.ts'

interface FeedPage { readonly items: readonly { readonly kind: string; readonly activities: readonly { readonly subject_id: string | null; readonly profile: { readonly profile_id: string } }[] }[] }
const feedOf = (who: Person): Promise<FeedPage> => ok(who, 'GET', `/v1/feeds/${who.profile_id}`)
const shows = (review_id: string) => (page: FeedPage): boolean => page.items.some(({ activities }) => activities.some(({ subject_id }) => subject_id === review_id))
const holds = (review_id: string) => (page: FeedPage): boolean => !shows(review_id)(page)

let [ada, verna, alfredo]: Person[] = []
const people = (): { readonly ada: Person; readonly verna: Person; readonly alfredo: Person } => {
  if (ada === undefined || verna === undefined || alfredo === undefined) throw new Error('nobody has joined')
  return { ada, verna, alfredo }
}
let title_id = ''
beforeAll(async () => {
  await enrolDemoAccounts(endpoints)
  ada = await join(0, 'ada')
  verna = await join(3, 'verna')
  alfredo = await join(2, 'alfredo', true)
  const editor = demoAccounts[1]
  if (editor === undefined) throw new Error('there is no demonstration account of an editor')
  const made = await ok<{ readonly title_id: string }>({ token: (await signIn(endpoints, editor)).access_token }, 'POST', '/v1/titles', { kind: 'movie', name: `The ${word} Affair` })
  title_id = made.title_id
}, 120_000)

const review = async (who: Person, body = 'I *liked* it <script>alert(1)</script>'): Promise<string> =>
  (await ok<{ readonly review_id: string }>(who, 'POST', `/v1/members/${who.profile_id}/reviews`, { title_id, body, spoiler: false, language: 'en', stars: 4 })).review_id

describe('followers', () => {
  test('hear of a review, like it and comment on it, and its author is told', async () => {
    const { ada: writer, verna: reader } = people()
    await ok(reader, 'PUT', `/v1/members/${reader.profile_id}/following/${writer.profile_id}`)
    const review_id = await review(writer)
    expect(shows(review_id)(await eventually(() => feedOf(reader), shows(review_id)))).toBe(true)
    const seen = await ok<{ readonly body_html: string }>(undefined, 'GET', `/v1/reviews/${review_id}`)
    expect(seen.body_html).toBe('<p>I <em>liked</em> it &lt;script&gt;alert(1)&lt;/script&gt;</p>\n')
    await ok(reader, 'PUT', `/v1/members/${reader.profile_id}/likes/review/${review_id}`)
    await ok(reader, 'POST', `/v1/members/${reader.profile_id}/comments`, { subject_kind: 'review', subject_id: review_id, body: 'so did I' })
    const counted = await eventually(() => ok<{ readonly likes: number; readonly comments: number }>(undefined, 'GET', `/v1/reviews/${review_id}`), ({ likes, comments }) => likes + comments === 2)
    expect(counted).toMatchObject({ likes: 1, comments: 1 })
    interface Told { readonly items: readonly { readonly kind: string; readonly subject_id: string | null }[] }
    const kindsOf = ({ items }: Told): readonly string[] => items.filter(({ subject_id }) => subject_id === review_id).map(({ kind }) => kind).toSorted()
    const told = await eventually(() => ok<Told>(writer, 'GET', `/v1/members/${writer.profile_id}/notifications`), (page) => kindsOf(page).length === 2)
    expect(kindsOf(told)).toEqual(['commented', 'review_liked'])
  })

  test('see it no more once it is removed, muted, or its author has blocked them', async () => {
    const { ada: writer, verna: reader } = people()
    const [first, second] = [await review(writer, 'first'), await review(writer, 'second')]
    await eventually(() => feedOf(reader), (page) => shows(first)(page) && shows(second)(page))
    await ok(writer, 'DELETE', `/v1/members/${writer.profile_id}/reviews/${first}`)
    expect(holds(first)(await eventually(() => feedOf(reader), holds(first)))).toBe(true)
    await eventually(() => call(undefined, 'GET', `/v1/reviews/${first}`), ({ status }) => status === 404)
    expect((await call(undefined, 'GET', `/v1/reviews/${first}`)).status).toBe(404)

    await ok(reader, 'PUT', `/v1/members/${reader.profile_id}/mutes/${writer.profile_id}`)
    expect(holds(second)(await eventually(() => feedOf(reader), holds(second)))).toBe(true)
    await ok(reader, 'DELETE', `/v1/members/${reader.profile_id}/mutes/${writer.profile_id}`)
    expect(shows(second)(await eventually(() => feedOf(reader), shows(second)))).toBe(true)
    await ok(writer, 'PUT', `/v1/members/${writer.profile_id}/blocks/${reader.profile_id}`)
    expect(holds(second)(await eventually(() => feedOf(reader), holds(second)))).toBe(true)
    const asked = (): Promise<Reply> => call(reader, 'GET', `/v1/reviews/${second}?as=${reader.profile_id}`)
    expect((await eventually(asked, ({ status }) => status === 404)).status).toBe(404)
    expect((await call(reader, 'PUT', `/v1/members/${reader.profile_id}/likes/review/${second}`)).status).toBe(404)
    await ok(writer, 'DELETE', `/v1/members/${writer.profile_id}/blocks/${reader.profile_id}`)
  })
})

test('a private profile shows what it does to those alone whom it has let in', async () => {
  const { ada: asking, alfredo: hidden } = people()
  await call(hidden, 'DELETE', `/v1/members/${hidden.profile_id}/followers/${asking.profile_id}`) // let in by an earlier run
  const review_id = await review(hidden)
  await ok(asking, 'PUT', `/v1/members/${asking.profile_id}/following/${hidden.profile_id}`)
  const read = (): Promise<Reply> => call(asking, 'GET', `/v1/reviews/${review_id}?as=${asking.profile_id}`)
  expect((await read()).status).toBe(404)
  await ok(hidden, 'PUT', `/v1/members/${hidden.profile_id}/follow-requests/${asking.profile_id}`)
  expect((await eventually(read, ({ status }) => status === 200)).status).toBe(200)
  expect(shows(review_id)(await eventually(() => feedOf(asking), shows(review_id)))).toBe(true)
  expect((await call(undefined, 'GET', `/v1/reviews/${review_id}`)).status).toBe(404)
})

test('nobody acts, reads or looks as somebody else', async () => {
  const { ada: one, verna: other } = people()
  for (const [method, path, body] of [
    ['PUT', `/v1/members/${other.profile_id}/following/${one.profile_id}`], ['GET', `/v1/members/${other.profile_id}/notifications`], ['GET', `/v1/feeds/${other.profile_id}`],
    ['GET', `/v1/members/${one.handle}?as=${other.profile_id}`], ['POST', `/v1/members/${other.profile_id}/lists`, { name: 'mine', visibility: 'public', ranked: false }],
  ] as const) expect([path, (await call(one, method, path, body)).status]).toEqual([path, 404])
  expect((await call(undefined, 'GET', `/v1/feeds/${one.profile_id}`)).status).toBe(401)
})

test('one question of GraphQL has the feed with who did what, the titles and the words', async () => {
  const { ada: asking, verna: writer } = people()
  await ok(asking, 'PUT', `/v1/members/${asking.profile_id}/following/${writer.profile_id}`)
  const review_id = await review(writer, 'for the graph')
  await eventually(() => feedOf(asking), shows(review_id))
  const query = `{ me { handle } feed(first: 5) { edges { node { activities { kind actor { handle } title { name } subject { ... on Review { body } } } } } } }`
  const response = await fetch(`${endpoints.gateway.url}/v1/graphql`, {
    method: 'POST', signal: AbortSignal.timeout(20_000), headers: { authorization: `Bearer ${asking.token}`, 'content-type': 'application/json', 'acting-profile': asking.profile_id }, body: JSON.stringify({ query }),
  })
  const { data, errors } = await response.json() as { readonly data: { readonly me: { readonly handle: string } }; readonly errors?: unknown }
  expect(errors).toBeUndefined()
  expect(data.me.handle).toBe(asking.handle)
  expect(JSON.stringify(data)).toContain('for the graph')
})
