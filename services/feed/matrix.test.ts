/** Who sees what of whose feed, of every route that there is: one that is added is held to it without being named here. */
import { afterAll, describe, expect, test } from 'vitest'
import { requestTo, routesOf, type Route } from '../shared/testing-routes.ts'
import { seesActivity, seesCard, standingOf, type Standing } from '../shared/visibility.ts'
import type { Activity } from './ports.ts'
import { activity, doing, feedOver, member, memberId, relation, smallWorld } from './testing.ts'

/** 1 is open, 2 is private; 3 was let in by both, 4 is a stranger, 5 was blocked by both, 6 has blocked both. */
const world = smallWorld()
world.cards.splice(1, 1, member(2, { is_private: 1 }))
const none = { follow: 'none', blocked: 1 }
world.relations.splice(0, Infinity, relation(3, 1), relation(3, 2), relation(1, 3), relation(4, 2, { follow: 'requested' }),
  relation(1, 5, none), relation(2, 5, none), relation(6, 1, none), relation(6, 2, none))
const did = (by: number, ago_ms: number, some: Partial<Activity> = {}): Activity => activity(by * 100 + ago_ms, by, ago_ms, { activity_id: `${some.kind ?? 'rated'}:${by}.${ago_ms}`, ...some })
const activities = [1, 2, 3, 4, 5, 6].flatMap((by) => [
  did(by, 1), did(by, 2, { kind: 'liked', other_id: memberId(2), subject_kind: 'review', subject_id: 'r' }),
  did(by, 3, { kind: 'followed', other_id: memberId(1) }), did(by, 4, { kind: 'followed', other_id: memberId(2) }),
])
world.done.push(...activities)
// to everybody, as if all had followed all once: what is shown is decided on reading
for (const follower of [1, 2, 3, 4, 5, 6]) for (const one of activities) doing({ ...world, done: [] }, one, follower)
const app = feedOver(world)
const routes = await routesOf(app)
afterAll(() => app.close())

interface Asker {
  readonly name: string
  readonly token?: string
  /** The member that looks, and whose the token is. */
  readonly number?: number
  readonly own?: number
  readonly scoped?: boolean
  readonly moderates?: boolean
  readonly isProgram?: boolean
}
const askers: readonly Asker[] = [
  ...[1, 2, 3, 4, 5, 6].map((number) => ({ name: `member ${number}`, token: `m${number}`, number, own: number, scoped: true })),
  ...[1, 2].map((own) => ({ name: `member ${own}, as nobody in particular`, token: `m${own}`, own, scoped: true })),
  { name: 'nobody' }, { name: 'an application that may see nothing', token: 'unscoped', own: 1 },
  { name: 'a moderator', token: 'editor', scoped: true, moderates: true }, { name: 'a moderator in an application that may see nothing', token: 'unscoped_editor' },
  { name: 'a program', token: 'program', scoped: true, isProgram: true },
]

const between = (from: number | undefined, to: number) => {
  const found = from === undefined ? undefined : world.relations.find(({ profile_id, other_id }) => profile_id === memberId(from) && other_id === memberId(to))
  return found === undefined ? undefined : { follow: found.follow, blocked: found.blocked === 1, muted: found.muted === 1 }
}
const standing = (viewer: number | undefined, owner: number, moderates = false): Standing => standingOf({
  viewer_id: viewer === undefined ? undefined : memberId(viewer), owner_id: memberId(owner), is_private: owner === 2, ours: between(viewer, owner), theirs: between(owner, viewer ?? 0), moderates,
})
const numberOf = (id: string): number => Number(id.slice(-1))
/** Whether an activity is shown to a member, whoever of the two it is about. */
const shows = ({ profile_id, other_id, kind }: Activity, viewer: number | undefined, moderates = false): boolean =>
  seesActivity(standing(viewer, numberOf(profile_id), moderates)) && (other_id === null || (kind === 'followed' ? seesCard : seesActivity)(standing(viewer, numberOf(other_id), moderates)))

interface Rule {
  /** The status that a read of something of this member's is answered with. */
  readonly status: (asker: Asker, owner: number) => number
  /** What it then tells of. */
  readonly holds: (asker: Asker, owner: number) => readonly Activity[]
}
/** By what a path names. */
const rules: Readonly<Record<string, Rule>> = {
  profile_id: {
    status: ({ token, scoped = false, own, isProgram = false }, owner) => (token === undefined ? 401 : !scoped ? 403 : isProgram || own === owner ? 200 : 404),
    holds: (_asker, owner) => activities.filter((one) => between(owner, numberOf(one.profile_id))?.follow === 'following' && shows(one, owner)),
  },
  member: {
    status: ({ number, moderates }, owner) => (seesActivity(standing(number, owner, moderates)) ? 200 : 404),
    holds: ({ number, moderates }, owner) => activities.filter((one) => one.profile_id === memberId(owner) && shows(one, number, moderates)),
  },
}
const ruleOf = ({ params: [first = ''] }: Route): Rule | undefined => rules[first]

const ask = async (route: Route, { token }: Asker, given: Readonly<Record<string, string | undefined>>) => {
  const { statusCode, body } = await app.inject({ ...requestTo(route, given), headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })
  return { statusCode, body }
}
/** A head before anything was done, of each feed. */
const headOf = async (number: number): Promise<string> => {
  const empty = feedOver(smallWorld())
  const { head } = (await empty.inject({ url: `/v1/feeds/${memberId(number)}`, headers: { authorization: 'Bearer program' } })).json<{ readonly head: string }>()
  await empty.close()
  return head
}
const named = (some: readonly Route[]) => some.map((route) => [route.name, route] as const)

test('there are routes, each of a kind that has a rule, and all are read', () => {
  expect(routes.length).toBeGreaterThan(2)
  expect(routes.filter((route) => ruleOf(route) === undefined || route.method !== 'GET').map(({ name }) => name)).toEqual([])
})

describe('a read is answered to whom it is for, and tells of what they see and nothing else', () => {
  test.each(named(routes))('%s', async (_name, route) => {
    const [wrong, outcomes] = [[] as string[], new Set<string>()]
    for (const owner of [1, 2, 3, 4, 5, 6]) {
      const since = route.query.has('since') ? await headOf(owner) : undefined
      for (const asker of askers) {
        const as = asker.number === undefined ? undefined : memberId(asker.number)
        const orders = route.query.get('order')?.schema.enum ?? ['']
        for (const order of orders) {
          const filled = { profile_id: memberId(owner), member: memberId(owner), as, since, limit: '100', ...(order === '' ? {} : { order: String(order) }) }
          const { statusCode, body } = await ask(route, asker, filled)
          const what = `${asker.name} asks for what is of member ${owner}`
          const expected = ruleOf(route)?.status(asker, owner)
          if (statusCode !== expected) wrong.push(`${what}: expected ${String(expected)}, answered ${statusCode} ${body}`)
          else if (statusCode === 404 && body !== (await ask(route, asker, { ...filled, profile_id: memberId(99), member: memberId(99) })).body) wrong.push(`${what}: is told from what there is not`)
          if (statusCode !== 200 || statusCode !== expected) continue
          const held = ruleOf(route)?.holds(asker, owner) ?? []
          const told = activities.filter(({ activity_id }) => body.includes(`"${activity_id}"`))
          const answered = route.query.has('since') ? [`${(JSON.parse(body) as { readonly count: number }).count} new`] : told.map(({ activity_id }) => activity_id)
          const right = route.query.has('since') ? [`${held.length} new`] : held.map(({ activity_id }) => activity_id)
          if (answered.join() !== right.join()) wrong.push(`${what}: expected ${right.join()}, answered ${answered.join()}`)
          outcomes.add(answered.join())
        }
      }
    }
    expect(wrong).toEqual([])
    // what tells everybody the same has held nothing
    expect(outcomes.size).toBeGreaterThan(1)
  })
})

describe('one looks as a member of one’s own, in an application that may see what friends share', () => {
  test.each(named(routes.filter(({ query }) => query.has('as'))))('%s', async (_name, route) => {
    const statuses = await Promise.all(askers.map(async (asker) => [asker.name, (await ask(route, asker, { member: memberId(3), as: memberId(1) })).statusCode]))
    expect(Object.fromEntries(statuses)).toEqual(Object.fromEntries(askers.map((asker) => [asker.name, rules['profile_id']?.status(asker, 1)])))
  })
})
