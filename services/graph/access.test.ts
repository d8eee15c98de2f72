import { buildSchema, isObjectType } from 'graphql/index.js'
import { beforeAll, describe, expect, test } from 'vitest'
import { doors, open, rules, shows } from './access.ts'
import type { Graph } from './context.ts'
import { guardSchema, unruled } from './guard.ts'
import { globalId } from './ids.ts'
import { bareSchema } from './schema.ts'
import {
  activity, comment, emptyWorld, list, member, memberId, notification, relation, review, testGraph, title, ulid, viewing, type TestGraph, type World,
} from './testing.ts'

describe('the tables', () => {
  test('know every type and field of the schema', () => {
    expect(unruled(bareSchema())).toEqual([])
  })
  test('know no other', () => {
    const known = Object.values(bareSchema().getTypeMap()).filter(isObjectType).map((type) => [type.name, Object.keys(type.getFields())] as const)
    const fields = new Set(known.flatMap(([name, own]) => own.map((field) => `${name}.${field}`)))
    const named = Object.entries({ ...Object.fromEntries(Object.entries(rules).map(([name, own]) => [`${name}!`, Object.keys(own)])), ...open })
    const ruled = named.flatMap(([name, own]) => own.map((field) => `${name.replace('!', '')}.${field}`))
    expect(ruled.filter((field) => !fields.has(field))).toEqual([])
    expect(Object.keys(doors).filter((name) => !known.some(([type]) => type === name))).toEqual([])
  })
  test('keep a schema from starting that has a field more, or a type', () => {
    expect(() => { guardSchema(buildSchema('type Query { title: Title, secret: String } type Title { name: String } type Secret { word: String }')) })
      .toThrow("guarding the graph: nothing says who sees Query.secret, Secret, Secret.word")
  })
})

/** Member 1 is public, 2 private; 3 follows both, 4 nobody, 5 was blocked by both, 6 has blocked both, 9 moderates. */
function world(): World {
  const made = emptyWorld()
  made.members.push(...[1, 3, 4, 5, 6, 9].map((number) => member(number)), member(2, { is_private: 1, bio_id: ulid('B', 2) }))
  made.relations.push(relation(3, 1), relation(3, 2), relation(1, 5, { follow: 'none', blocked: 1 }), relation(2, 5, { follow: 'none', blocked: 1 }))
  made.relations.push(relation(6, 1, { follow: 'none', blocked: 1 }), relation(6, 2, { follow: 'none', blocked: 1 }), relation(2, 3))
  made.titles.push(title(1))
  for (const owner of [1, 2]) {
    made.reviews.push(review(owner * 10, owner), review(owner * 10 + 1, owner, { state: 'hidden' }))
    made.comments.push(comment(owner * 10, owner, { subject_id: ulid('R', owner * 10) }), comment(owner * 10 + 1, owner, { subject_id: ulid('R', owner * 10), state: 'hidden' }))
    made.comments.push(comment(owner * 10 + 2, 4, { subject_id: ulid('R', owner * 10) }))
    made.lists.push(...(['public', 'unlisted', 'private'] as const).map((visibility, index) => list(owner * 10 + index, owner, { visibility })))
    made.viewings.push(viewing(owner, owner))
    made.activities.push(activity(owner * 10, owner))
    made.notifications.push(notification(owner, owner))
  }
  made.collaborators.set(ulid('K', 12), [memberId(4)])
  made.ratings.set(`${memberId(1)}.${ulid('T', 1)}`, 9)
  return made
}

type Looking = number | undefined
interface Reviewed { readonly reviews: { readonly edges: readonly { readonly node: { readonly reviewId: string } }[] } }
interface Notified { readonly edges: readonly { readonly node: { readonly notificationId: string } }[] }
const looking: readonly (readonly [string, 1 | 2, Looking])[] = [
  ['oneself', 1, 1], ['a follower', 1, 3], ['a stranger', 1, 4], ['nobody in particular', 1, undefined], ['one who was blocked', 1, 5], ['one who has blocked', 1, 6],
  ['a moderator', 1, 9], ['oneself, private', 2, 2], ['one let in', 2, 3], ['one not let in', 2, 4], ['nobody, of a private one', 2, undefined],
  ['one blocked by a private one', 2, 5], ['one who blocked a private one', 2, 6], ['a moderator of a private one', 2, 9],
]
const seesAll = (owner: number, viewer: Looking): boolean => viewer === owner || viewer === 9
const isBlocked = (viewer: Looking): boolean => viewer === 5 || viewer === 6
const seesDoings = (owner: number, viewer: Looking): boolean => seesAll(owner, viewer) || (!isBlocked(viewer) && (owner === 1 || viewer === 3))

describe.each(looking)('%s', (_name, owner, viewer) => {
  let graph: TestGraph
  beforeAll(() => { graph = testGraph(world()) })
  const ask = async (query: string): Promise<Readonly<Record<string, unknown>>> => {
    const { data, errors } = await graph.ask(query, viewer)
    expect(errors).toEqual([])
    return data as Readonly<Record<string, unknown>>
  }
  const doings = seesDoings(owner, viewer)
  const lists = (listed: boolean): number => (seesAll(owner, viewer) ? (listed && viewer === 9 ? 2 : 3) : (doings ? (listed ? 1 : 2) : 0) + (owner === 1 && viewer === 4 ? 1 : 0))

  test('sees the card unless one has blocked the other, by id, handle and node', async () => {
    const { a, b, c } = await ask(`{ a: member(id: "${memberId(owner)}") { handle } b: member(handle: "member_${owner}") { handle }
      c: node(id: "${globalId('Member', memberId(owner))}") { ... on Member { handle } } }`)
    const seen = isBlocked(viewer) ? null : { handle: `member_${owner}` }
    expect([a, b, c]).toEqual([seen, seen, seen])
  })
  test('sees what they do where it may', async () => {
    const fields = ['followers', 'following', 'reviews', 'lists', 'diary', 'activity']
    const { member: found } = await ask(`{ member(id: "${memberId(owner)}") { ${fields.map((field) => `${field} { edges { cursor } }`).join(' ')} } }`)
    if (isBlocked(viewer)) return expect(found).toBeNull()
    const seen = Object.entries(found as Readonly<Record<string, { readonly edges: readonly unknown[] } | null>>).map(([field, page]) => [field, page?.edges.length ?? null])
    const reviews = seesAll(owner, viewer) ? 2 : 1
    const [followers, following] = owner === 1 ? [1, 0] : [1, 1]
    const nothing = Object.fromEntries(fields.map((field) => [field, null]))
    expect(Object.fromEntries(seen)).toEqual(doings ? { followers, following, reviews, lists: lists(true), diary: 1, activity: 1 } : nothing)
  })
  test('sees what they wrote, seen from the title, by id, by node and in the thread', async () => {
    const ids = [owner * 10, owner * 10 + 1]
    const found = await ask(`{ title(id: "${ulid('T', 1)}") { reviews { edges { node { reviewId } } } }
      ${ids.map((id) => `r${id}: review(id: "${ulid('R', id)}") { reviewId comments { edges { node { commentId } } } }
      n${id}: node(id: "${globalId('Review', ulid('R', id))}") { id }
      c${id}: node(id: "${globalId('Comment', ulid('C', id))}") { id }`).join('\n')} under: node(id: "${globalId('Comment', ulid('C', owner * 10 + 2))}") { id } }`)
    const seen = ids.filter((id) => (id === owner * 10 ? doings : seesAll(owner, viewer)))
    const isSeen = (prefix: string): readonly number[] => ids.filter((id) => found[`${prefix}${id}`] !== null)
    expect([isSeen('r'), isSeen('n'), isSeen('c')]).toEqual([seen, seen, seen])
    const listed = (found['title'] as Reviewed).reviews.edges.map(({ node }) => node.reviewId)
    expect(ids.filter((id) => listed.includes(ulid('R', id)))).toEqual(seen)
    expect(found['under'] !== null, 'what is written under a review is seen with it alone').toBe(doings)
    const thread = (found[`r${owner * 10}`] as { readonly comments: { readonly edges: readonly unknown[] } } | null)?.comments.edges.length
    expect(thread).toBe(doings ? (seesAll(owner, viewer) ? 3 : 2) : undefined)
  })
  test('sees lists as they are shown, by id and node', async () => {
    const ids = [0, 1, 2].map((index) => owner * 10 + index)
    const found = await ask(`{ ${ids.map((id) => `l${id}: list(id: "${ulid('K', id)}") { id entries { edges { cursor } } }
      n${id}: node(id: "${globalId('List', ulid('K', id))}") { id }`).join(' ')} }`)
    const isSeen = (prefix: string): number => ids.filter((id) => found[`${prefix}${id}`] !== null).length
    expect([isSeen('l'), isSeen('n')]).toEqual([lists(false), lists(false)])
  })
  test('sees viewings as they see what is done, and never the notifications of others', async () => {
    const { seen, notifications } = await ask(`{ seen: node(id: "${globalId('Viewing', ulid('V', owner))}") { id } notifications { edges { node { notificationId } } } }`)
    expect(seen !== null).toBe(doings)
    const ids = (notifications as Notified | null)?.edges.map(({ node }) => node.notificationId)
    expect(ids).toEqual(viewer === undefined ? undefined : viewer === owner ? [ulid('N', owner)] : [])
  })
  test('sees no more by way of what others did', async () => {
    const { feed } = await ask('{ feed { edges { node { activities { actor { profileId } subject { ... on Review { reviewId author { profileId } } } } } } } }')
    const found = JSON.stringify(feed)
    expect([found.includes(memberId(owner)), found.includes(ulid('R', owner * 10))]).toEqual(viewer === undefined ? [false, false] : [doings, doings])
  })
})

describe('whether somebody is here', () => {
  const isOnline = async (owner: number, viewer: Looking, change: (made: World) => void = () => undefined): Promise<unknown> => {
    const made = world()
    for (const number of [1, 2, 3]) made.here.set(memberId(number), [false])
    change(made)
    return ((await testGraph(made).ask(`{ member(id: "${memberId(owner)}") { isOnline } }`, viewer)).data as { readonly member: { readonly isOnline: unknown } | null }).member?.isOnline
  }
  test('is shown to oneself and to whom one follows and is followed by, and to nobody else', async () => {
    expect(Object.fromEntries(await Promise.all(looking.map(async ([name, owner, viewer]) => [name, await isOnline(owner, viewer)])))).toEqual({
      'oneself': true, 'a follower': null, 'a stranger': null, 'nobody in particular': null, 'one who was blocked': undefined, 'one who has blocked': undefined, 'a moderator': null,
      'oneself, private': true, 'one let in': true, 'one not let in': null, 'nobody, of a private one': null, 'one blocked by a private one': undefined, 'one who blocked a private one': undefined,
      'a moderator of a private one': null,
    })
  })
  test('is not told of who hides, or asks to be let in', async () => {
    expect(await isOnline(2, 3, (made) => { made.here.set(memberId(2), [false, true]) })).toBe(false)
    expect(await isOnline(1, 3, (made) => { made.relations.push(relation(1, 3, { follow: 'requested' })) })).toBeNull()
  })
})

test('what one rated is seen by oneself alone', async () => {
  const graph = testGraph(world())
  const stars = async (viewer: Looking) => (await graph.ask(`{ title(id: "${ulid('T', 1)}") { viewerStars } }`, viewer)).data
  expect([await stars(1), await stars(3), await stars(undefined)]).toEqual([{ title: { viewerStars: 4.5 } }, { title: { viewerStars: null } }, { title: { viewerStars: null } }])
})
test('a notification is its receiver\'s alone, whoever answers it', async () => {
  const graph = (viewer: number): Graph => ({ viewer: { profile_id: memberId(viewer) } }) as unknown as Graph
  expect([await shows(graph(1), 'Notification', notification(1, 1)), await shows(graph(9), 'Notification', notification(1, 1))]).toEqual([true, false])
})
test('a kind of event that the schema does not know is left out', async () => {
  const made = world()
  made.notifications.push(notification(7, 1, { kind: 'unknown' }))
  made.activities.push(activity(8, 1, { kind: 'unknown' }))
  const { data, errors } = await testGraph(made).ask('{ notifications { edges { node { kind } } } me { activity { edges { node { kind } } } } }', 1)
  expect([data, errors]).toEqual([{ notifications: { edges: [{ node: { kind: 'FOLLOWED' } }] }, me: { activity: { edges: [{ node: { kind: 'REVIEWED' } }] } } }, []])
})
test('who has left shows nothing', async () => {
  const left = world()
  left.members.splice(0, 1)
  const { data } = await testGraph(left).ask(`{ review(id: "${ulid('R', 10)}") { id } member(id: "${memberId(1)}") { id } list(id: "${ulid('K', 10)}") { id } }`, 3)
  expect(data).toEqual({ review: null, member: null, list: null })
})
