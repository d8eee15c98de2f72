import { expect, test } from 'vitest'
import { person } from '../shared/testing.ts'
import { findActive, findMember, peopleSeen, standingsTo, viewerOf } from './looking.ts'
import type { Card, Relation } from './member-views.ts'

const [ada, bob, eve] = ['01JD0Z3V9Q4T6M2X8B7C5N1K0A', '01JD0Z3V9Q4T6M2X8B7C5N1K0B', '01JD0Z3V9Q4T6M2X8B7C5N1K0E'] as const
const card = (profile_id: string, handle: string | null, is_private = 0): Card =>
  ({ profile_id, account_id: 'account', handle, name: 'x', bio_id: null, is_private, version: 1, created_at: 1, updated_at: 1 })
const relation = (profile_id: string, other_id: string, some: Partial<Relation>): Relation =>
  ({ profile_id, other_id, follow: 'none', blocked: 0, muted: 0, followed_at: null, version: 1, ...some })

const views = (known: readonly Card[], relations: readonly Relation[] = []) => {
  const between = (from: string, to: string) => relations.find(({ profile_id, other_id }) => profile_id === from && other_id === to)
  const present = (found: readonly (Relation | undefined)[]): readonly Relation[] => found.filter((one) => one !== undefined)
  return {
    card: async (id: string) => known.find(({ profile_id }) => profile_id === id),
    cardByHandle: async (handle: string) => known.find((one) => one.handle === handle),
    relation: async (from: string, to: string) => between(from, to),
    cards: async (ids: readonly string[]) => known.filter(({ profile_id }) => ids.includes(profile_id)),
    relationsTo: async (from: string, ids: readonly string[]) => present(ids.map((id) => between(from, id))),
    relationsFrom: async (ids: readonly string[], to: string) => present(ids.map((id) => between(id, to))),
  }
}
const nobody = viewerOf(undefined, undefined)
const bobLooks = viewerOf(person('account'), bob)
const hidden = { code: 'member_not_found' }

test('a member is found by id and by handle', async () => {
  const known = views([card(ada, 'ada')])
  expect((await findMember(known, ada, nobody)).card.handle).toBe('ada')
  expect((await findMember(known, 'ada', nobody)).card.profile_id).toBe(ada)
})

test('who is leaving is not found', async () => {
  await expect(findMember(views([card(ada, null)]), ada, nobody)).rejects.toMatchObject(hidden)
})

test.each([[bob, ada], [ada, bob]])('where %s blocks %s, neither is there for the other', async (from, to) => {
  const known = views([card(ada, 'ada')], [relation(from, to, { blocked: 1 })])
  await expect(findMember(known, 'ada', bobLooks)).rejects.toMatchObject(hidden)
  expect(await findMember(known, 'ada', nobody)).toMatchObject({ standing: 'stranger' })
})

test('a private member shows what they do to whom they let in alone', async () => {
  const asked = views([card(ada, 'ada', 1)], [relation(bob, ada, { follow: 'requested', followed_at: 1 })])
  await expect(findActive(asked, 'ada', bobLooks)).rejects.toMatchObject(hidden)
  expect(await findMember(asked, 'ada', bobLooks)).toMatchObject({ standing: 'outsider' })
  const inside = views([card(ada, 'ada', 1)], [relation(bob, ada, { follow: 'following', followed_at: 1 })])
  expect(await findActive(inside, 'ada', bobLooks)).toMatchObject({ standing: 'follower' })
})

test('editors see who is private, and who has blocked them', async () => {
  const known = views([card(ada, 'ada', 1)], [relation(ada, bob, { blocked: 1 })])
  expect(await findActive(known, 'ada', viewerOf(person('account', { roles: ['viewer', 'editor'], scopes: ['social:read'] }), bob))).toMatchObject({ standing: 'moderator' })
  await expect(findActive(known, 'ada', viewerOf(person('account', { roles: ['viewer', 'editor'] }), bob))).rejects.toMatchObject({ code: 'member_not_found' })
})

test('of many, those are seen who have not blocked the viewer, and are not blocked by them', async () => {
  const known = views([card(ada, 'ada'), card(eve, 'eve', 1), card(bob, 'bob')], [relation(ada, bob, { blocked: 1 })])
  expect([...(await peopleSeen(known, [ada, bob, eve, eve], bobLooks)).keys()]).toEqual([eve, bob])
  expect([...await standingsTo(known, [ada, bob, eve], bobLooks)].map(([id, { standing }]) => [id, standing])).toEqual([[ada, 'blocked'], [eve, 'outsider'], [bob, 'self']])
})
