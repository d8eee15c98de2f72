/** What the views' query functions answer from their real stores. Each view is kept under a name of its own. */
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { afterAll, expect, test } from 'vitest'
import { created, updated } from '../runtime/testing.ts'
import type { Change, RowSpecs, StoreName, TypedView } from '../runtime/view.ts'
import { openSinks, type ReaderOf } from '../sinks/index.ts'
import { reading as readingOf } from '../sinks/reading.ts'
import catalogue, { genres, searchPeople, searchTitles, type TitleSearch } from './content/catalogue.ts'
import filmography, { credits, person } from './content/person-filmography.ts'
import title, { titleCard, titleCardJson, titleCards } from './content/title.ts'
import titles, { genreCounts, titleCounts } from './content/titles.ts'
import diary, { diaryEntries, diaryEntry, diaryPage } from './user/profile-diary.ts'
import ratedTogetherView, { ratedTogether } from './user/rated-together.ts'
import ratings, { ratingsSummary, ratingsTotal } from './user/ratings.ts'
import titleStatsView, { ratingVersion, titleStats, topTitles } from './user/title-stats.ts'
import trendingView, { trending, type Window } from './user/trending.ts'

const sinks = openSinks(endpointsFrom(process.env))
afterAll(() => sinks.close())

const reading = <R extends RowSpecs, S extends StoreName>(view: TypedView<R, S>, changes: readonly Change[]): Promise<ReaderOf<S, R>> =>
  readingOf(sinks, view, changes)

const films = [
  { title_id: 't1', name: 'Star Wars', release_year: 1977, genres: ['action', 'war'], people: ['p1'] },
  { title_id: 't2', name: 'The Empire Strikes Back', release_year: 1980, genres: ['action'], people: [] },
  { title_id: 't3', name: 'E.T. the Extra-Terrestrial', release_year: 1982, genres: ['family'], people: ['p2'] },
  { title_id: 't4', name: 'Jaws', release_year: 1975, genres: ['horror'], people: ['p2'] },
  { title_id: 't5', name: 'Amélie', release_year: null, genres: [], people: ['p3'] },
]
const named = { p1: 'George Lucas', p2: 'Steven Spielberg', p3: 'Jean-Pierre Jeunet' }
const content: readonly Change[] = [
  ...films.flatMap(({ title_id, people }) => people.map((person_id, index) => created('cdc.content.credits', {
    credit_id: `c-${title_id}-${person_id}`, title_id, person_id, role: 'director', character_name: '', credited_as: 'n',
    billing: index + 1,
  }))),
  ...films.flatMap(({ title_id, genres: slugs }) => slugs.map((genre) => created('cdc.content.title_genres', { title_id, genre }))),
  created('cdc.content.title_countries', { title_id: 't1', country: 'US' }),
  ...films.map(({ title_id, name, release_year }) => created('cdc.content.titles', {
    title_id, name, release_year,
    ...(title_id === 't5' ? { kind: 'series', original_name: 'Le Fabuleux Destin' } : { kind: 'movie', original_name: null }),
    released_on: null, runtime_minutes: 100, mpaa_rating: null, studio: null, synopsis: null, version: 1, created_at: 5, updated_at: 6,
  })),
  ...['action', 'war', 'family', 'horror'].map((genre) => created('cdc.content.genres', { genre, name: genre.toUpperCase() })),
  ...Object.entries(named).map(([person_id, name]) => created('cdc.content.people', {
    person_id, name, born_on: 0, died_on: null, birthplace: null, biography: null, version: 1, updated_at: 8,
  })),
]

const rating = (profile_id: string, title_id: string, half_stars: number, rated_at: number, version = 1) =>
  ({ profile_id, title_id, half_stars, rated_at, version })
const rated: readonly Change[] = [
  rating('u1', 't1', 10, 1_000), rating('u1', 't2', 9, 2_000), rating('u1', 't3', 4, 2_000), rating('u2', 't1', 8, 3_000),
  rating('u2', 't2', 8, 86_400_000), rating('u3', 't1', 9, 4_000), rating('u3', 't4', 9, 5_000),
].map((row) => created('cdc.user.ratings', row))

test('a card is read parsed and as it stands, a missing one is undefined', async () => {
  const reader = await reading(title, content)
  const card = await titleCard(reader, 't1')
  expect(card).toMatchObject({ name: 'Star Wars', genres: ['action', 'war'], countries: ['US'], credits: [{ person_id: 'p1' }] })
  expect(JSON.parse(await titleCardJson(reader, 't1') ?? '')).toEqual(card)
  expect([await titleCard(reader, 'none'), await titleCardJson(reader, 'none')]).toEqual([undefined, undefined])
  expect((await titleCards(reader, ['t4', 'none', 't1'])).map((one) => one?.name)).toEqual(['Jaws', undefined, 'Star Wars'])
})

test('stats are read by title, ranked, and tell which rating they count', async () => {
  const moved = updated('cdc.user.ratings', rating('u3', 't4', 9, 5_000), rating('u3', 't4', 2, 6_000, 7))
  const reader = await reading(titleStatsView, [...rated, moved])
  expect(await titleStats(reader, 't1')).toMatchObject({ count: 3, sum_half_stars: 27, mean_stars: 4.5 })
  expect(await titleStats(reader, 't5')).toBeUndefined()
  expect((await topTitles(reader, { by: 'popularity', limit: 2 })).map((one) => one.title_id)).toEqual(['t1', 't2'])
  expect((await topTitles(reader, { by: 'rating', limit: 5, offset: 1 })).map((one) => one.title_id)).toEqual(['t2', 't3', 't4'])
  expect([await ratingVersion(reader, 't4', 'u3'), await ratingVersion(reader, 't4', 'u1')]).toEqual([7, undefined])
})

test('trending puts what was rated last over what was rated before, by the hour sooner than by the week', async () => {
  const reader = await reading(trendingView, [...rated.slice(3, 6), created('cdc.user.likes', { subject_id: 't3', profile_id: 'u1', subject_kind: 'title', liked_at: 86_400_000, version: 1 })])
  const hottest = async (window: Window) => (await trending(reader, { window, limit: 5 })).map((one) => one.title_id).join(' ')
  expect([await hottest('hour'), await hottest('week')]).toEqual(['t2 t3 t1', 't1 t2 t3'])
  expect(await trending(reader, { window: 'week', limit: 1, offset: 1 })).toEqual([{ title_id: 't2', score: 0.142857 }])
})

test('a diary is read newest first, page by page, with no entry twice or left out', async () => {
  const reader = await reading(diary, rated)
  const first = await diaryPage(reader, { profile_id: 'u1', limit: 2 })
  expect(first.map((entry) => entry.title_id)).toEqual(['t3', 't2'])
  const next = async (after: { readonly rated_at: number; readonly title_id: string }): Promise<readonly string[]> =>
    (await diaryPage(reader, { profile_id: 'u1', limit: 2, after })).map((entry) => entry.title_id)
  expect(await next({ rated_at: 2_000, title_id: 't3' })).toEqual(['t2', 't1'])
  expect(await next({ rated_at: 2_000, title_id: 't2' })).toEqual(['t1'])
  expect([await diaryEntry(reader, 'u2', 't1'), await diaryEntry(reader, 'u2', 't4')]).toEqual([rating('u2', 't1', 8, 3_000), undefined])
  expect(new Set((await diaryEntries(reader, 'u1', ['t1', 't4', 't3'])).map((entry) => entry.title_id))).toEqual(new Set(['t1', 't3']))
})

test('a filmography lists a person\'s credits, newest title first', async () => {
  const orphan = created('cdc.content.credits', {
    credit_id: 'c9', title_id: 'none', person_id: 'p2', role: 'cast', character_name: '', credited_as: 'n', billing: 1,
  })
  const reader = await reading(filmography, [...content, orphan])
  expect(await person(reader, 'p2')).toEqual({
    person_id: 'p2', name: 'Steven Spielberg', born_on: '1970-01-01', died_on: null, birthplace: null, biography: null, version: 1,
    updated_at: 8,
  })
  expect(await person(reader, 'none')).toBeUndefined()
  expect((await credits(reader, 'p2', { limit: 9, offset: 0 })).map((credit) => credit.title_id)).toEqual(['t3', 't4'])
  expect(await credits(reader, 'p2', { limit: 1, offset: 1 })).toEqual([{
    credit_id: 'c-t4-p2', title_id: 't4', kind: 'movie', name: 'Jaws', release_year: 1975, role: 'director', character_name: '',
    credited_as: 'n', billing: 1,
  }])
})

test('the catalogue is searched by words, prefixes, misspellings and people, filtered, sorted and paged', async () => {
  const reader = await reading(catalogue, content)
  const found = async (search: Partial<TitleSearch>): Promise<string> =>
    (await searchTitles(reader, { limit: 9, offset: 0, ...search })).map((one) => one.title_id).join(' ')
  const answers = {
    'star wars': 't1', empire: 't2', 'the emp': 't2', 'sta wras': 't1', et: 't3', 'e.t.': 't3', extraterrestrial: 't3', amelie: 't5',
    fabuleux: 't5', speilberg: 't3 t4', 'jaws war': '', '(:*': '', '"': '',
  }
  for (const [q, ids] of Object.entries(answers)) expect(await found({ q }), q).toBe(ids)
  expect(await found({})).toBe('t5 t3 t2 t4 t1')
  expect(await found({ sort: 'year' })).toBe('t3 t2 t1 t4 t5')
  expect(await found({ sort: 'year', limit: 2, offset: 1 })).toBe('t2 t1')
  expect([await found({ genre: 'action' }), await found({ kind: 'series' }), await found({ year: 1975 })]).toEqual(['t2 t1', 't5', 't4'])
  expect(await found({ q: 'spielberg', genre: 'horror', year: 1975, kind: 'movie' })).toBe('t4')
  expect(await searchTitles(reader, { q: 'wars', limit: 1, offset: 0 })).toEqual([{
    title_id: 't1', kind: 'movie', name: 'Star Wars', original_name: null, release_year: 1977, genres: ['action', 'war'], added_at: 5,
    version: 1,
  }])
  expect(await searchPeople(reader, { q: 'jean pier', limit: 5, offset: 0 })).toEqual([{ person_id: 'p3', name: 'Jean-Pierre Jeunet' }])
  expect((await genres(reader)).map(({ genre, name, titles: count }) => `${genre} ${name} ${count}`))
    .toEqual(['action ACTION 2', 'family FAMILY 1', 'horror HORROR 1', 'war WAR 1'])
})

test('titles rated together come nearest first, famous ones marked down', async () => {
  const reader = await reading(ratedTogetherView, rated)
  const near = await ratedTogether(reader, 't2', { limit: 5 })
  expect(near.map(({ title_id, shared }) => `${title_id} ${shared}`)).toEqual(['t1 2'])
  expect(near[0]?.score).toBeCloseTo(2 / (2 ** 0.2 * 3 ** 0.8) * 2 / 12, 9)
  expect((await ratedTogether(reader, 't1', { limit: 1 })).map((one) => one.title_id)).toEqual(['t2'])
  expect(await ratedTogether(reader, 'none', { limit: 5 })).toEqual([])
})

test('facts and dimension are counted and averaged', async () => {
  const facts = await reading(ratings, rated)
  expect(await ratingsSummary(facts, 't1')).toEqual({ count: 3, sum_half_stars: 27, mean_stars: 4.5 })
  expect(await ratingsSummary(facts, 't5')).toEqual({ count: 0, sum_half_stars: 0, mean_stars: null })
  expect(await ratingsTotal(facts)).toMatchObject({ count: 7, sum_half_stars: 57 })
  const dimension = await reading(titles, content)
  expect(await titleCounts(dimension)).toEqual([{ kind: 'movie', titles: 4 }, { kind: 'series', titles: 1 }])
  const counted = (await genreCounts(dimension)).map(({ genre, titles: count }) => `${genre} ${count}`)
  expect(counted).toEqual(['action 2', 'family 1', 'horror 1', 'war 1'])
})
