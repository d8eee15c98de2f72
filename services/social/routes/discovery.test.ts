import { expect, test } from 'vitest'
import { createService } from '../../shared/http.ts'
import type { Database, Sql } from '../../shared/mysql.ts'
import { cardOf, person } from '../../shared/testing.ts'
import type { DiscoveryViews } from '../discovery-views.ts'
import type { Card, MemberViews } from '../member-views.ts'
import type { SocialPorts } from '../ports.ts'
import { discoveryRoutes } from './discovery.ts'

const id = (letter: string): string => `01JD0Z3V9Q4T6M2X8B7C5N1K0${letter}`
const [ada, bob, cleo, dora, gone] = ['A', 'B', 'C', 'D', 'E'].map(id) as [string, string, string, string, string]
const [heat, alien, removed] = ['H', 'J', 'R'].map(id) as [string, string, string]
const card = (profile_id: string, handle: string, is_private: number): Card =>
  ({ profile_id, account_id: profile_id, handle, name: handle, bio_id: null, is_private, version: 1, created_at: 0, updated_at: 0 })
/** Cleo is private and has let Ada in, Dora is private and has not, or no more. */
const cards = [card(ada, 'ada', 0), card(bob, 'bob', 0), card(cleo, 'cleo', 1), card(dora, 'dora', 1)]
const asked: unknown[] = []
let batches: number[] = []
const members: Partial<MemberViews> = {
  cards: async (ids) => {
    batches.push(ids.length)
    return cards.filter(({ profile_id }) => ids.includes(profile_id))
  },
  relationsTo: async (profile_id, ids) => [bob, cleo].filter((other_id) => ids.includes(other_id))
    .map((other_id) => ({ profile_id, other_id, follow: 'following', blocked: 0, muted: 0, followed_at: 1, version: 1 })),
  relationsFrom: async () => [],
}
const discovery: Partial<DiscoveryViews> = {
  popular: async (...question) => {
    asked.push(question)
    return [
      { title_id: heat, friends: 4, profile_ids: [bob, dora, cleo] }, { title_id: removed, friends: 2, profile_ids: [bob] }, { title_id: alien, friends: 1, profile_ids: [dora] },
      { title_id: alien, friends: 1, profile_ids: [gone] },
    ]
  },
  favourites: async (...question) => {
    asked.push(question)
    return [{ profile_id: cleo, title_ids: [alien, removed, heat] }, { profile_id: dora, title_ids: [heat] }, { profile_id: bob, title_ids: [removed] }]
  },
  titles: async (title_ids) => title_ids.map((title_id) => (title_id === removed ? undefined : cardOf(title_id, { name: title_id === heat ? 'Heat' : 'Alien', genres: ['crime'] }))),
}
const sql: Partial<Sql> = { rows: async <T>() => [{ ...card(ada, 'ada', 0) }] as unknown as readonly T[] }
const database = { read: (work: (some: Sql) => Promise<unknown>) => work(sql as Sql) } as Partial<Database> as Database
const over = (some: Partial<DiscoveryViews> = {}) => {
  const app = createService({
    name: 'social', description: '', checks: {}, verifier: { verify: async (token) => person(token, { scopes: ['social:read'] }) },
    routes: discoveryRoutes({ database, views: { members, discovery: { ...discovery, ...some } } } as unknown as SocialPorts),
  })
  return async (path: string) => (await app.inject({ url: `/v1/members/${ada}/${path}`, headers: { authorization: `Bearer ${ada}` } })).json<{ readonly items: readonly object[] }>()
}
const ask = over()
const [inBob, inCleo] = [{ profile_id: bob, handle: 'bob', name: 'bob', is_private: false }, { profile_id: cleo, handle: 'cleo', name: 'cleo', is_private: true }]
const inHeat = { title_id: heat, kind: 'movie', name: 'Heat', original_name: null, release_year: null, genres: ['crime'] }

test('what is popular with friends names the title and those of them who still show it, and leaves out what nobody shows or is no more', async () => {
  expect(await ask('popular-with-friends?limit=7')).toEqual({ items: [{ ...inHeat, friends: 4, members: [inBob, inCleo] }] })
  expect(asked.splice(0)).toEqual([[ada, 7]])
})

test('because you follow somebody who has let you in, you are shown what they like; not who no longer has, or whose titles are gone', async () => {
  expect(await ask('because-you-follow?limit=3')).toEqual({ items: [{ member: inCleo, items: [{ ...inHeat, title_id: alien, name: 'Alien' }, inHeat] }] })
  await ask('because-you-follow')
  expect(asked.splice(0)).toEqual([[ada, { members: 5, titles: 3 }], [ada, { members: 5, titles: 10 }]])
})

test('views are asked of two hundred people at once, and no more', async () => {
  batches = []
  const crowd = Array.from({ length: 300 }, (_, index) => `01JD0Z3V9Q4T6M2X8B7C5N1${String(index).padStart(3, '0')}`)
  await over({ popular: async () => Array.from({ length: 100 }, (_, index) => ({ title_id: heat, friends: 3, profile_ids: crowd.slice(3 * index, 3 * index + 3) })) })('popular-with-friends?limit=100')
  expect(batches).toEqual([200, 100])
})
