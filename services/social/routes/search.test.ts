import { afterEach, expect, test, vi } from 'vitest'
import { Unavailable } from '../../shared/errors.ts'
import { createService } from '../../shared/http.ts'
import { person } from '../../shared/testing.ts'
import type { DiscoveryViews } from '../discovery-views.ts'
import type { Card, MemberViews } from '../member-views.ts'
import type { SocialPorts } from '../ports.ts'
import type { SearchViews } from '../search-views.ts'
import { searchRoutes } from './search.ts'

const id = (letter: string): string => `01JD0Z3V9Q4T6M2X8B7C5N1K0${letter}`
const [ada, bob, cleo, dora, enemy] = ['A', 'B', 'C', 'D', 'E'].map(id) as [string, string, string, string, string]
const card = (profile_id: string, handle: string, is_private: number): Card =>
  ({ profile_id, account_id: profile_id, handle, name: handle, bio_id: null, is_private, version: 1, created_at: 0, updated_at: 0 })
/** Cleo is private and has let Ada in, Dora is private and has not; the enemy has blocked her. */
const cards = [card(ada, 'ada', 0), card(bob, 'bob', 0), card(cleo, 'cleo', 1), card(dora, 'dora', 1), card(enemy, 'enemy', 0)]
const relation = (profile_id: string, other_id: string, follow: string, blocked: number) => ({ profile_id, other_id, follow, blocked, muted: 0, followed_at: 1, version: 1 })
const members: Partial<MemberViews> = {
  cards: async (ids) => cards.filter(({ profile_id }) => ids.includes(profile_id)),
  relationsTo: async (profile_id, ids) => (ids.includes(cleo) ? [relation(profile_id, cleo, 'following', 0)] : []),
  relationsFrom: async (ids, other_id) => (ids.includes(enemy) ? [relation(enemy, other_id, 'none', 1)] : []),
}
const asked: unknown[] = []
const discovery: Partial<DiscoveryViews> = {
  find: async (...question) => {
    asked.push(question)
    return [bob, enemy, dora].map((profile_id) => ({ profile_id, handle: '', name: '' }))
  },
}
const nameless = { other_name: null, release_year: null, profile_id: null }
const list = (letter: string, profile_id: string) => ({ list_id: id(letter), profile_id, name: `Heists of ${letter}` })
const heat = { title_id: id('H'), kind: 'movie', name: 'Heat', original_name: null, release_year: 1995, genres: ['crime'] }
const facets = { kinds: [{ value: 'movie', titles: 3 }], genres: [], decades: [{ value: 1990, titles: 3 }], countries: [{ value: 'US', titles: 2 }] }
const search: SearchViews = {
  titles: async (...question) => {
    asked.push(question)
    return [{ ...heat, added_at: 1, version: 1 }]
  },
  facets: async (filter) => {
    asked.push(filter)
    return facets
  },
  people: async () => [{ person_id: id('P'), name: 'Al Pacino' }],
  lists: async (...question) => {
    asked.push(question)
    return [list('W', dora), list('X', enemy), list('Y', cleo), list('Z', bob)]
  },
  names: async (...question) => {
    asked.push(question)
    return [
      { ...nameless, group: 'members', id: bob, name: 'bob', profile_id: bob }, { ...nameless, group: 'members', id: enemy, name: 'Heat', profile_id: enemy },
      { ...nameless, group: 'members', id: dora, name: 'dora', other_name: 'heat.er', profile_id: dora },
      { ...nameless, group: 'titles', id: id('J'), name: 'Heathers', release_year: 1989 },
      { ...nameless, group: 'titles', id: id('K'), name: 'La nuit', other_name: 'Heat of the Night', release_year: 1967 },
      { ...nameless, group: 'people', id: id('P'), name: 'Heath Ledger' },
      ...[list('W', dora), list('X', enemy), list('Y', cleo)].map(({ list_id, profile_id, name }) => ({ ...nameless, group: 'lists' as const, id: list_id, name, profile_id })),
    ]
  },
  ratings: async () => new Map([[id('K'), 40], [id('J'), 30]]),
}
type Some = { readonly search?: Partial<SearchViews>; readonly members?: Partial<MemberViews>; readonly discovery?: Partial<DiscoveryViews> }
const over = (some: Some = {}) => {
  const views = { members: { ...members, ...some.members }, discovery: { ...discovery, ...some.discovery }, search: { ...search, ...some.search } }
  const app = createService({
    name: 'social', description: '', checks: {}, verifier: { verify: async (token) => person(token, { scopes: ['social:read'] }) }, routes: searchRoutes({ views } as unknown as SocialPorts),
  })
  return async (query: string, route = '') => {
    const answer = await app.inject({ url: `/v1/search${route}?${query}`, headers: { authorization: `Bearer ${ada}` } })
    return { status: answer.statusCode, ...answer.json<Record<string, unknown>>() }
  }
}
const ask = over()
const answered = (handle: string) => { const one = cards.find((some) => some.handle === handle); return { profile_id: one?.profile_id, handle, name: handle, is_private: one?.is_private === 1 } }
const away = async (): Promise<never> => { throw new Unavailable('asking: away') }
const never = (): Promise<never> => new Promise(() => undefined)

afterEach(() => {
  asked.length = 0
  vi.useRealTimers()
})

test('each group is answered, with facets of titles; private members are found, blocked ones are not, and lists only of those who show theirs', async () => {
  expect(await ask(`q=heist&as=${ada}`)).toEqual({
    status: 200, unavailable: [],
    titles: { items: [heat], facets }, people: { items: [{ person_id: id('P'), name: 'Al Pacino' }] },
    members: { items: [answered('bob'), answered('dora')] },
    lists: { items: [{ list_id: id('Y'), name: 'Heists of Y', owner: answered('cleo') }, { list_id: id('Z'), name: 'Heists of Z', owner: answered('bob') }] },
  })
  expect(await ask('q=heist&in=lists')).toMatchObject({ lists: { items: [{ list_id: id('X') }, { list_id: id('Z') }] } })
})

test('only the groups that are named are asked, and titles by all conditions', async () => {
  expect(await ask('q=heat&in=titles&kind=movie&genre=crime&country=US&decade=1990&limit=7')).toEqual({ status: 200, titles: { items: [heat], facets }, unavailable: [] })
  const filter = { q: 'heat', kind: 'movie', genre: 'crime', country: 'US', decade: 1990 }
  expect(asked).toEqual([[filter, 7], filter])
})

test('more lists are asked for than are shown, as some are not to be, but no more than their makers are looked at at once', async () => {
  expect(await ask(`q=heist&in=lists&limit=1&as=${ada}`)).toMatchObject({ lists: { items: [{ list_id: id('Y') }] } })
  await ask('q=heist&in=lists&limit=100')
  expect(asked).toEqual([['heist', 2], ['heist', 200]])
})

test('a group whose store is away is left out and named, and so is one that is slow', async () => {
  const broken = await over({ search: { people: away, facets: away }, members: { cards: away } })('q=heat&in=people,titles,members,lists')
  expect(broken).toMatchObject({ status: 503, code: 'store_unavailable' })
  expect(await over({ search: { facets: away } })('q=heat')).toMatchObject({ status: 200, people: {}, members: {}, lists: {}, unavailable: ['titles'] })
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const slow = over({ search: { lists: never, ratings: never } })
  /** Once nothing but so many groups is waited for, it is late. */
  const late = async <T>(answer: Promise<T>, groups: number): Promise<T> => {
    await vi.waitFor(() => { expect(vi.getTimerCount()).toBe(groups) })
    await vi.advanceTimersByTimeAsync(1_000)
    return answer
  }
  expect(await late(slow('q=heat'), 1)).toMatchObject({ status: 200, titles: {}, unavailable: ['lists'] })
  expect(await late(slow('q=heat', '/completions'), 1)).toMatchObject({ status: 200, unavailable: [] })
})

test('a fault that is no store’s is not taken for one', async () => {
  const fault = async (): Promise<never> => { throw new TypeError('a bug') }
  expect(await over({ search: { people: fault } })('q=heat')).toMatchObject({ status: 500, code: 'internal' })
})

test('completions are of all groups, nearest first, then what more have rated; of those and by those alone whom the viewer sees', async () => {
  const none = { original_name: null, release_year: null, handle: null }
  const offered = [
    { ...none, group: 'titles', id: id('K'), name: 'La nuit', original_name: 'Heat of the Night', release_year: 1967 }, { ...none, group: 'titles', id: id('J'), name: 'Heathers', release_year: 1989 },
    { ...none, group: 'people', id: id('P'), name: 'Heath Ledger' }, { ...none, group: 'members', id: dora, name: 'dora', handle: 'dora' },
    { ...none, group: 'lists', id: id('Y'), name: 'Heists of Y', handle: 'cleo' }, { ...none, group: 'members', id: bob, name: 'bob', handle: 'bob' },
  ]
  expect(await ask(`q=heat&as=${ada}`, '/completions')).toEqual({ status: 200, items: offered, unavailable: [] })
  expect(await ask(`q=heat&as=${ada}&limit=3`, '/completions')).toMatchObject({ items: offered.slice(0, 3) })
  await ask('q=heat&limit=100', '/completions')
  expect(asked).toEqual([['heat', 50], ['heat', 50], ['heat', 100]])
})

test('completions are there without ratings, and without who cannot be asked about; not without names', async () => {
  const named = (...names: readonly string[]) => names.map((name) => ({ name }))
  expect(await over({ search: { ratings: away } })(`q=heat&limit=2&as=${ada}`, '/completions')).toMatchObject({ status: 200, items: named('Heath Ledger', 'Heathers'), unavailable: [] })
  expect(await over({ members: { cards: away } })('q=heat', '/completions')).toMatchObject({ status: 200, items: named('La nuit', 'Heathers', 'Heath Ledger'), unavailable: ['members', 'lists'] })
  expect(await over({ search: { names: away } })('q=heat', '/completions')).toMatchObject({ status: 503, code: 'store_unavailable' })
})

test.each(['', 'q=', 'q=%20', `q=${'x'.repeat(201)}`, 'q=a&in=', 'q=a&in=films', 'q=a&in=titles,', 'q=a&decade=1995', 'q=a&country=usa', 'q=a&limit=101', 'q=a&kind=play', 'q=a&cursor=x'])(
  'a search for "%s" is refused as no question', async (query) => {
    expect(await ask(query)).toMatchObject({ status: 400, code: 'invalid_request' })
  })
