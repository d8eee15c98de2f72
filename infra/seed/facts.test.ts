import { expect, test } from 'vitest'
import { crewRoles, readFacts, type Screenwork } from './facts.ts'
import { genres as known } from './movielens.ts'
import { filmKey } from './plan.ts'
import { slug } from './names.ts'

const { films, series, people } = readFacts()
const works: readonly Screenwork[] = [...films, ...series]
const namesOf = (work: Screenwork): readonly string[] => [...crewRoles.flatMap((role) => work[role] ?? []), ...Object.keys(work.cast)]
const credited = new Set(works.flatMap(namesOf))
const realDay = (day: string): boolean => /^\d{4}-\d{2}-\d{2}$/u.test(day) && new Date(`${day}T00:00:00Z`).toISOString().startsWith(day)

test('there are at least 70 films and no film twice', () => {
  expect(films.length).toBeGreaterThanOrEqual(70)
  expect(new Set(films.map((film) => filmKey(film.name, film.year))).size).toBe(films.length)
})

test('countries are sorted codes of countries of today, each once', () => {
  const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' })
  const wrong = works.filter(({ countries = [] }) => JSON.stringify(countries) !== JSON.stringify([...new Set(countries)].toSorted()) || countries.some((code) => names.of(code) === undefined))
  expect(wrong.map(({ name }) => name)).toEqual([])
  expect(new Set(works.flatMap(({ countries = [] }) => countries)).size).toBeGreaterThan(5)
})

test('every film has a director, a writer and a cast of four to eight with characters', () => {
  const poor = films.filter((film) => {
    const cast = Object.entries(film.cast)
    return (film.director ?? []).length === 0 || (film.writer ?? []).length === 0 || cast.length < 4 || cast.length > 8 || cast.some(([, character]) => character.trim() === '')
  })
  expect(poor.map(({ name }) => name)).toEqual([])
})

test('nobody is named twice in one role, or under two spellings', () => {
  for (const work of works) for (const role of crewRoles) expect(new Set(work[role] ?? []).size).toBe((work[role] ?? []).length)
  expect(new Set([...credited].map(slug)).size).toBe(credited.size)
})

test('names carry no stray spaces, and fit their columns', () => {
  expect([...credited].filter((name) => name !== name.trim() || name.includes('  ') || name.length > 90)).toEqual([])
})

test('people are credited somewhere, and their dates are real and in order', () => {
  expect(Object.keys(people).filter((name) => !credited.has(name))).toEqual([])
  const wrong = Object.entries(people).filter(([, { born_on, died_on }]) => {
    const days = [born_on, died_on].filter((day) => day !== undefined)
    return !days.every(realDay) || (born_on !== undefined && (born_on < '1850' || born_on > '1995')) || (born_on ?? '') > (died_on ?? '9')
  })
  expect(wrong).toEqual([])
})

test('nobody was credited before the age of three', () => {
  const early = works.flatMap((work) => namesOf(work).filter((name) => Number(people[name]?.born_on?.slice(0, 4) ?? 0) + 3 > work.year).map((name) => `${name} in ${work.name}`))
  expect(early).toEqual([])
})

test('series have seasons of episodes with names and days that follow each other', () => {
  expect(series.length).toBeGreaterThanOrEqual(2)
  for (const { seasons, genres, year } of series) {
    expect(genres.filter((genre) => !(known as readonly string[]).includes(genre))).toEqual([])
    const days = seasons.flatMap((season) => season.episodes.map((episode) => episode.aired_on))
    expect(days.every(realDay)).toBe(true)
    expect(days).toEqual(days.toSorted())
    expect(days[0]?.startsWith(String(year))).toBe(true)
    for (const season of seasons) {
      expect(season.released_on).toBe(season.episodes[0]?.aired_on)
      expect(new Set(season.episodes.map((episode) => episode.name)).size).toBe(season.episodes.length)
    }
  }
})
