/** Titles that films from elsewhere may be, out of the real store. The catalogue is kept under a name of its own. */
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { afterAll, expect, test } from 'vitest'
import { created, deleted } from '../runtime/testing.ts'
import { openSinks } from '../sinks/index.ts'
import { reading } from '../sinks/reading.ts'
import catalogue, { titleCandidates } from './content/catalogue.ts'

const sinks = openSinks(endpointsFrom(process.env))
afterAll(() => sinks.close())

const title = (title_id: string, name: string, release_year: number | null, original_name: string | null = null) => ({
  title_id, kind: 'movie', name, original_name, release_year, released_on: null, runtime_minutes: 100, mpaa_rating: null, studio: null, synopsis: null, version: 1, created_at: 5, updated_at: 6,
})
const films = [
  title('t1', 'Star Wars', 1977), title('t2', 'The Matrix', 1999), title('t3', 'It', 2017), title('t4', 'It', 1990), title('t5', 'Amélie', 2001, 'Le Fabuleux Destin d’Amélie Poulain'),
  title('t6', 'Psycho', 1960), title('t7', 'Psycho', 1998), title('t8', 'E.T. the Extra-Terrestrial', 1982), title('t9', 'Three Colors: Red', null), title('gone', 'Psycho', 1960),
  ...Array.from({ length: 120 }, (_, at) => title(`x${at}`, `It Is Number ${at}`, 1950)),
]
const kept = () => reading(sinks, catalogue, [...films.map((row) => created('cdc.content.titles', row)), deleted('cdc.content.titles', title('gone', 'Psycho', 1960))])

test('each film has its candidates, whether by name, by words of it, misspelt, or by its original name', async () => {
  const asked = [
    ['Star Wars: Episode IV', 1977], ['Matrix, The', 1999], ['Amelie', 2001],
    ["Fabuleux destin d'Amélie Poulain, Le", 2001], ['ET', 1982], ['Three Colours: Red', 1994], ['???', 1990], ['Nothing alike', 1990],
  ] as const
  const found = await titleCandidates(await kept(), asked.map(([name, year]) => ({ name, year })), { limit: 5 })
  expect(found.map((titles) => titles[0]?.title_id)).toEqual(['t1', 't2', 't5', 't5', 't8', 't9', undefined, undefined])
  expect(found[2]).toEqual([{ title_id: 't5', name: 'Amélie', original_name: 'Le Fabuleux Destin d’Amélie Poulain', release_year: 2001 }])
})
test('of many of like words, the same name comes first, and before it what came out in those years', async () => {
  const [it2017, it, psycho] = await titleCandidates(await kept(), [{ name: 'It', year: 2017 }, { name: 'It', year: null }, { name: 'Psycho', year: 1997 }], { limit: 3 })
  expect(it2017?.map(({ title_id }) => title_id).slice(0, 2)).toEqual(['t3', 't4'])
  expect(it?.map(({ title_id }) => title_id).slice(0, 2)).toEqual(['t3', 't4'])
  expect(psycho?.map(({ title_id }) => title_id)).toEqual(['t7', 't6'])
})
test('a hundred films are asked at once, and none is nothing asked', async () => {
  const reader = await kept()
  const found = await titleCandidates(reader, Array.from({ length: 100 }, (_, at) => ({ name: `It is number ${at}`, year: 1950 })), { limit: 1 })
  expect(found.map((titles) => titles[0]?.name)).toEqual(Array.from({ length: 100 }, (_, at) => `It Is Number ${at}`))
  expect(await titleCandidates(reader, [], { limit: 1 })).toEqual([])
})
