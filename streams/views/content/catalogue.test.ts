import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Neo4jReader } from '../../runtime/readers.ts'
import { created, deleted, drive } from '../../runtime/testing.ts'
import { histories, someOf } from '../histories.ts'
import { searchText, sortName } from '../text.ts'
import view, { facets, searchPeople, searchTitles } from './catalogue.ts'

const title = { title_id: 't1', kind: 'movie', name: 'The Birds', original_name: null, release_year: 1963, version: 2, created_at: 7 }
const credit = { credit_id: 'c1', title_id: 't1', person_id: 'p1' }
const ofGenre = { title_id: 't1', genre: 'horror' }

interface Asked { readonly cypher: string; readonly params: Readonly<Record<string, unknown>> }

/** A reader that only writes down what it is asked. */
function listener(): { readonly reader: Neo4jReader; readonly asked: readonly Asked[] } {
  const asked: Asked[] = []
  const run = <T>(cypher: string, params: Readonly<Record<string, unknown>>): Promise<readonly T[]> => {
    asked.push({ cypher, params })
    return Promise.resolve([])
  }
  return { reader: { label: (row) => row, type: (row) => row, search: (row) => `${row}_search`, run }, asked }
}

describe('catalogue', () => {
  it('given a title, has what to sort and to search it by', () => {
    expect(drive(view).apply(created('cdc.content.titles', { ...title, original_name: 'Les Oiseaux' })).rows('title')).toEqual([{
      title_id: 't1', kind: 'movie', name: 'The Birds', original_name: 'Les Oiseaux', sort_name: 'birds', release_year: 1963,
      added_at: 7, version: 2, search_text: 'the birds les oiseaux thebirds lesoiseaux',
    }])
  })

  it('given a person, genre, country and what joins them to titles, has each; removed, has none', () => {
    const american = { title_id: 't1', country: 'US' }
    const horror = { genre: 'horror', name: 'Horror' }
    const driven = drive(view).apply(created('cdc.content.credits', credit), created('cdc.content.title_genres', ofGenre), created('cdc.content.title_countries', american))
      .apply(created('cdc.content.people', { person_id: 'p1', name: 'Tippi Hedren' }), created('cdc.content.genres', horror))
    expect(driven.rows('person')).toEqual([{ person_id: 'p1', name: 'Tippi Hedren', search_text: 'tippi hedren tippihedren' }])
    expect(['genre', 'of_genre', 'of_country', 'credited'].flatMap((row) => driven.rows(row))).toEqual([horror, ofGenre, american, credit])
    driven.apply(deleted('cdc.content.credits', credit), deleted('cdc.content.title_genres', ofGenre), deleted('cdc.content.title_countries', american))
    expect(['of_genre', 'of_country', 'credited'].flatMap((row) => driven.rows(row))).toEqual([])
  })

  it('given no words to search, asks the store nothing', async () => {
    const { reader, asked } = listener()
    expect(await searchTitles(reader, { q: ' *:! ', limit: 9, offset: 0 })).toEqual([])
    expect(await searchPeople(reader, { q: '', limit: 9, offset: 0 })).toEqual([])
    expect(await facets(reader, { q: '…' })).toEqual({ kinds: [], genres: [], decades: [], countries: [] })
    expect(asked).toEqual([])
  })

  it('asks only for the filters given, and keeps values out of the query\'s text', async () => {
    const { reader, asked } = listener()
    await searchTitles(reader, { q: 'x\'}) DETACH DELETE n //', genre: '`g`', limit: 9, offset: 0 })
    expect(asked[0]?.cypher).not.toMatch(/DELETE|`g`|t\.kind = |t\.release_year [=>]|of_country/)
    expect(asked[0]?.params).toMatchObject({ genre: '`g`', titles: 'title_search', people: 'person_search', limit: 9, offset: 0 })
  })

  it('sorts by relevance where there are words, else by title, unless told', async () => {
    const { reader, asked } = listener()
    await searchTitles(reader, { q: 'birds', limit: 9, offset: 0 })
    await searchTitles(reader, { limit: 9, offset: 0 })
    await searchTitles(reader, { q: 'birds', sort: 'year', limit: 9, offset: 0 })
    expect(asked.map(({ cypher }) => /0 AS score|max\(score\)/.exec(cypher)?.[0])).toEqual(['max(score)', '0 AS score', 'max(score)'])
    expect(asked.map(({ cypher }) => /ORDER BY (.*?), sort_name, title_id SKIP/.exec(cypher)?.[1]))
      .toEqual(['score DESC', undefined, 'coalesce(release_year, -1) DESC'])
    expect(asked[1]?.cypher).toContain('ORDER BY sort_name, title_id SKIP')
  })

  it('follows from the final tables, whatever happened on the way', () => {
    const title_id = someOf('t1', 't2')
    const history = histories(view, {
      'cdc.content.titles': fc.record({ title_id, name: fc.string(), release_year: someOf(null, 1999) }).map((row) => ({
        ...title, ...row, released_on: null, runtime_minutes: null, mpaa_rating: null, studio: null, synopsis: null, source_ref: null,
        updated_at: 0,
      })),
      'cdc.content.genres': fc.record({ genre: someOf('horror', 'war'), name: fc.string() }),
      'cdc.content.title_genres': fc.record({ title_id, genre: someOf('horror', 'war') }),
      'cdc.content.title_countries': fc.record({ title_id, country: someOf('US', 'GB') }),
      'cdc.content.people': fc.record({ person_id: someOf('p1', 'p2'), name: fc.string() }).map((row) => ({
        ...row, born_on: null, died_on: null, birthplace: null, biography: null, source_ref: null, version: 0, created_at: 0, updated_at: 0,
      })),
      'cdc.content.credits': fc.record({ credit_id: someOf('c1', 'c2'), person_id: someOf('p1', 'p2') })
        .map((row) => ({ ...credit, ...row, role: 'cast', character_name: '', credited_as: '', billing: 1, version: 0 })),
    })
    fc.assert(fc.property(history, ({ changes, final }) => {
      const driven = drive(view).apply(...changes)
      expect(driven.rows('title')).toEqual(final['cdc.content.titles'].map((row) => ({
        title_id: row.title_id, kind: row.kind, name: row.name, original_name: null, sort_name: sortName(row.name),
        release_year: row.release_year, added_at: row.created_at, version: row.version, search_text: searchText(row.name),
      })))
      expect(driven.rows('genre')).toEqual(final['cdc.content.genres'])
      expect(driven.rows('of_genre')).toEqual(final['cdc.content.title_genres'])
      expect(driven.rows('of_country')).toEqual(final['cdc.content.title_countries'])
      expect(driven.rows('person')).toEqual(final['cdc.content.people']
        .map(({ person_id, name }) => ({ person_id, name, search_text: searchText(name) })))
      expect(driven.rows('credited')).toEqual(final['cdc.content.credits']
        .map(({ credit_id, title_id: of, person_id }) => ({ credit_id, title_id: of, person_id })))
    }))
  })
})
