/** What the views that words are looked up in answer from their real stores: other scripts, facets, names being typed, lists. Each is kept under a name of its own. */
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { afterAll, expect, test } from 'vitest'
import { created, deleted, updated } from '../runtime/testing.ts'
import { openSinks } from '../sinks/index.ts'
import { reading } from '../sinks/reading.ts'
import catalogue, { facets, searchPeople, searchTitles, type TitleSearch } from './content/catalogue.ts'
import { findNames } from './names.ts'
import listSearch, { findLists } from './user/list-search.ts'
import socialGraph from './user/social-graph.ts'

const sinks = openSinks(endpointsFrom(process.env))
afterAll(() => sinks.close())

interface Film { readonly name: string; readonly original?: string; readonly year?: number; readonly kind?: string; readonly genres?: readonly string[]; readonly countries?: readonly string[] }
const films: Readonly<Record<string, Film>> = {
  stalker: { name: 'Stalker', original: 'Сталкер', year: 1979, genres: ['drama', 'science-fiction'], countries: ['SU'] },
  mirror: { name: 'Зеркало', year: 1975, genres: ['drama'], countries: ['SU'] },
  parasite: { name: 'Parasite', original: '기생충', year: 2019, genres: ['drama', 'thriller'], countries: ['KR'] },
  totoro: { name: 'My Neighbor Totoro', original: 'となりのトトロ', year: 1988, genres: ['animation'], countries: ['JP'] },
  akira: { name: 'Akira', year: 1988, genres: ['animation'], countries: ['JP'] },
  spirited: { name: 'Spirited Away', original: '千と千尋の神隠し', year: 2001, genres: ['animation'], countries: ['JP'] },
  dogtooth: { name: 'Dogtooth', original: 'Κυνόδοντας', year: 2009, kind: 'series', genres: ['drama'], countries: ['GR', 'US'] },
  undated: { name: 'Stalking Time' },
}
const content = [
  ...Object.entries(films).flatMap(([title_id, { name, original = null, year = null, kind = 'movie', genres = [], countries = [] }]) => [
    created('cdc.content.titles', { title_id, kind, name, original_name: original, release_year: year, version: 1, created_at: 5 }),
    ...genres.map((genre) => created('cdc.content.title_genres', { title_id, genre })),
    ...countries.map((country) => created('cdc.content.title_countries', { title_id, country })),
  ]),
  ...[['p1', 'Андрей Тарковский'], ['p2', 'Stellan Skarsgård']].map(([person_id, name]) => created('cdc.content.people', { person_id, name })),
  created('cdc.content.credits', { credit_id: 'c1', title_id: 'stalker', person_id: 'p1' }),
]

test('titles and people are found in the script that one types, whatever they are written in, misspelt and begun too', async () => {
  const reader = await reading(sinks, catalogue, content)
  const found = async (q: string): Promise<string> => (await searchTitles(reader, { q, limit: 9, offset: 0 })).map(({ title_id }) => title_id).join(' ')
  const answers = {
    'сталкер': 'stalker', 'сталк': 'stalker undated', 'сталкир': 'stalker', 'zerkalo': 'mirror', 'зеркало': 'mirror', 'тарковский': 'stalker', 'tarkovsky': 'stalker',
    'gisaengchung': 'parasite', '기생충': 'parasite', '기생': 'parasite', 'tonari no totoro': 'totoro', 'となりのトトロ': 'totoro', 'トトロ': 'totoro', 'tonari no tot': 'totoro', 'アキラ': 'akira',
    '千と千尋': 'spirited', '神隠': 'spirited', '隠神千': 'spirited', '神山': '', 'kynodontas': 'dogtooth', 'κυνοδοντας': 'dogtooth', 'spiritedaway': 'spirited',
  }
  for (const [q, ids] of Object.entries(answers)) expect(await found(q), q).toBe(ids)
  expect((await searchPeople(reader, { q: 'skarsgard', limit: 9, offset: 0 })).map(({ person_id }) => person_id)).toEqual(['p2'])
})

test('facets count what the same search finds, by country and decade too', async () => {
  const reader = await reading(sinks, catalogue, content)
  const found = async (search: Partial<TitleSearch>): Promise<string> => (await searchTitles(reader, { limit: 9, offset: 0, ...search })).map(({ title_id }) => title_id).join(' ')
  const value = (some: string | number, titles: number) => ({ value: some, titles })
  expect([await found({ country: 'JP' }), await found({ country: 'US', genre: 'drama' }), await found({ decade: 1980 }), await found({ q: 'sta', decade: 1970 })])
    .toEqual(['akira totoro spirited', 'dogtooth', 'akira totoro', 'stalker'])
  expect(await facets(reader, {})).toEqual({
    kinds: [value('movie', 7), value('series', 1)], genres: [value('drama', 4), value('animation', 3), value('science-fiction', 1), value('thriller', 1)],
    decades: [value(1970, 2), value(1980, 2), value(2000, 2), value(2010, 1)], countries: [value('JP', 3), value('SU', 2), value('GR', 1), value('KR', 1), value('US', 1)],
  })
  expect(await facets(reader, { country: 'JP', decade: 1980 })).toEqual({ kinds: [value('movie', 2)], genres: [value('animation', 2)], decades: [value(1980, 2)], countries: [value('JP', 2)] })
  expect(await facets(reader, { q: 'tarkovsky' })).toMatchObject({ genres: [value('drama', 1), value('science-fiction', 1)], countries: [value('SU', 1)] })
})

test('names that are being typed are of titles, people, members and lists, as many of each as are asked for; misspelt ones where nothing begins so', async () => {
  const [readers, members, lists] = await Promise.all([
    reading(sinks, catalogue, content),
    reading(sinks, socialGraph, [created('cdc.user.social_profiles', { profile_id: 'm1', handle: 'stella', name: 'Ada', is_private: 1 })]),
    reading(sinks, listSearch, [created('cdc.user.lists', { list_id: 'l1', profile_id: 'm1', kind: 'custom', name: 'Stars at night', visibility: 'public' })]),
  ])
  const find = (q: string, limit = 9) => findNames({ catalogue: readers, members, lists }, q, { limit })
  const found = async (q: string, limit?: number) => (await find(q, limit)).map(({ group, id }) => `${group} ${id}`).toSorted().join()
  expect([await found('st'), await found('stel'), await found('stlela'), await found('сталк'), await found('сатлк'), await found('?')])
    .toEqual(['lists l1,members m1,people p2,titles stalker,titles undated', 'members m1,people p2', 'members m1,people p2', 'titles stalker,titles undated', 'titles stalker,titles undated', ''])
  expect(await find('st', 1)).toHaveLength(4)
  const none = { other_name: null, release_year: null, profile_id: null }
  expect([await find('stella'), await find('stars'), await find('totoro'), await find('skarsg')].flat()).toEqual([
    { ...none, group: 'people', id: 'p2', name: 'Stellan Skarsgård' },
    { ...none, group: 'members', id: 'm1', name: 'Ada', other_name: 'stella', profile_id: 'm1' }, { ...none, group: 'lists', id: 'l1', name: 'Stars at night', profile_id: 'm1' },
    { ...none, group: 'titles', id: 'totoro', name: 'My Neighbor Totoro', other_name: 'となりのトトロ', release_year: 1988 }, { ...none, group: 'people', id: 'p2', name: 'Stellan Skarsgård' },
  ])
})

test('lists are found by name as long as they are public', async () => {
  const list = (list_id: string, name: string, visibility = 'public') => ({ list_id, profile_id: 'p1', kind: 'custom', name, visibility })
  const closed = [list('l3', 'Heists at night'), list('l4', 'Heists by day')] as const
  const reader = await reading(sinks, listSearch, [
    ...[list('l1', 'Best heists'), list('l2', 'Лучшее'), ...closed, list('l5', 'Heists', 'unlisted')].map((row) => created('cdc.user.lists', row)),
    updated('cdc.user.lists', closed[0], { ...closed[0], visibility: 'private' }), deleted('cdc.user.lists', closed[1]),
  ])
  const found = async (q: string, offset = 0) => (await findLists(reader, q, { offset, limit: 9 })).map(({ list_id }) => list_id).join(' ')
  expect([await found('heist'), await found('hiests'), await found('luchshee'), await found('heists', 1), await found('nothing')]).toEqual(['l1', 'l1', 'l2', '', ''])
  expect(await findLists(reader, 'best', { offset: 0, limit: 1 })).toEqual([{ list_id: 'l1', profile_id: 'p1', name: 'Best heists' }])
})
