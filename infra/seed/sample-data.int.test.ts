import { homedir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { sampleData, type SampleData } from './download.ts'
import { readFacts } from './facts.ts'
import { filmKey, seedPlan } from './plan.ts'

const facts = readFacts()
let data: SampleData
beforeAll(async () => { data = await sampleData(process.env['CDLC_CACHE'] ?? join(homedir(), '.cache', 'cdlc')) }, 120_000)

test('MovieLens-100k is whole', () => {
  const { films, users, ratings } = data.movielens
  expect([films.length, users.length, ratings.length]).toEqual([1682, 943, 100_000])
  expect(films.filter((film) => film.release_year === null).map((film) => film.item_id)).toEqual(['267'])
  expect(films.filter((film) => /[()]|, (?:The|A|An)$|\ufffd|Ã/u.test(film.name)).map((film) => film.name)).toEqual([])
})

test('every film of the facts is in MovieLens by name and year', () => {
  const keys = new Set(data.movielens.films.map((film) => filmKey(film.name, film.release_year)))
  expect(facts.films.filter((film) => !keys.has(filmKey(film.name, film.year))).map((film) => `${film.name} (${film.year})`)).toEqual([])
})

test('at least 450 films get details, and every credit is unique', () => {
  const { matched, credits } = seedPlan(data.movielens, data.movies, facts)
  expect(matched.films).toBeGreaterThanOrEqual(450)
  expect(matched.facts).toBe(facts.films.length)
  expect(new Set(credits.map(({ title, person, role, character_name }) => `${title} ${person} ${role} ${character_name}`)).size).toBe(credits.length)
})
