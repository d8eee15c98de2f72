import { expect, test } from 'vitest'
import type { Facts } from './facts.ts'
import type { VegaMovie } from './join.ts'
import type { MovieLens } from './movielens.ts'
import { seedPlan } from './plan.ts'

const facts: Facts = {
  films: [{ name: 'The Known', year: 1990, countries: ['FR', 'IT'], director: ['Éva Example'], writer: ['Éva Example', 'Bob Sample'], cast: { 'Bob Sample': 'Keeper', 'Cy Third': 'Guest' } }],
  series: [{
    name: 'Long Tale', year: 1980, genres: ['drama'], creator: ['Bob Sample'], cast: {},
    seasons: [{ released_on: '1980-01-02', episodes: [{ name: 'One', aired_on: '1980-01-02' }, { name: 'Two', aired_on: '1980-01-09' }] }],
  }],
  people: { 'Éva Example': { born_on: '1950-05-05' } },
}
const movielens: MovieLens = {
  films: [
    { item_id: '1', name: 'The Other', original_name: null, release_year: 1991, genres: ['drama'] },
    { item_id: '2', name: 'The Known', original_name: null, release_year: 1990, genres: [] },
    { item_id: '3', name: 'Lonely', original_name: null, release_year: null, genres: [] },
  ],
  users: [], ratings: [],
}
const movies: readonly VegaMovie[] = ['The Other 1991', 'The Known 1990'].map((text) => ({
  Title: text.slice(0, -5), 'Release Date': `Mar 03 ${text.slice(-4)}`, 'MPAA Rating': 'G', 'Running Time min': null, Distributor: 'Harbour', Director: 'Eva Example',
}))
const plan = seedPlan(movielens, movies, facts)

test('every film of MovieLens and every series of the facts becomes one title', () => {
  expect(plan.titles.map(({ source_ref, kind, studio }) => [source_ref, kind, studio])).toEqual([
    ['movielens:1', 'movie', 'Harbour'], ['movielens:2', 'movie', 'Harbour'], ['movielens:3', 'movie', null], ['series:long-tale', 'series', null],
  ])
  expect(plan.titles.map(({ countries }) => countries)).toEqual([[], ['FR', 'IT'], [], []])
  expect(plan.titles[3]?.seasons).toEqual([{
    season_number: 1, released_on: '1980-01-02',
    episodes: [{ episode_number: 1, name: 'One', aired_on: '1980-01-02' }, { episode_number: 2, name: 'Two', aired_on: '1980-01-09' }],
  }])
})

test('a person of several films, spelt with accents or without, is one person', () => {
  expect(plan.people.map(({ source_ref, name, born_on }) => [source_ref, name, born_on])).toEqual([
    ['name:eva-example', 'Éva Example', '1950-05-05'], ['name:bob-sample', 'Bob Sample', null], ['name:cy-third', 'Cy Third', null],
  ])
  expect(plan.credits.filter(({ person }) => person === 'name:eva-example').map(({ title, role }) => `${title} ${role}`))
    .toEqual(['movielens:2 director', 'movielens:2 writer', 'movielens:1 director'])
})

test('a known film takes its crew from the facts alone, billed in their order', () => {
  expect(plan.credits.filter(({ title }) => title === 'movielens:2').map(({ person, role, character_name, billing }) => [person, role, character_name, billing])).toEqual([
    ['name:eva-example', 'director', '', 1], ['name:eva-example', 'writer', '', 1], ['name:bob-sample', 'writer', '', 2],
    ['name:bob-sample', 'cast', 'Keeper', 1], ['name:cy-third', 'cast', 'Guest', 2],
  ])
})

test('what was matched is counted', () => {
  expect(plan.matched).toEqual({ films: 2, director: 2, studio: 2, runtime_minutes: 0, mpaa_rating: 2, facts: 1 })
})
