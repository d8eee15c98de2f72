import type { CdcRows } from '@cdlc/schemas/generated/topics.ts'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { created, deleted, drive, updated } from '../../runtime/testing.ts'
import { isoDateOrNull } from '../dates.ts'
import { histories, someOf } from '../histories.ts'
import view from './titles.ts'

const titles = 'cdc.content.titles'
const genres = 'cdc.content.title_genres'
const countries = 'cdc.content.title_countries'
const title = (over: Partial<CdcRows[typeof titles]> = {}): CdcRows[typeof titles] => ({
  title_id: 't1', kind: 'movie', name: 'Heat', original_name: null, release_year: 1995, released_on: 9_479, runtime_minutes: 170,
  mpaa_rating: 'R', studio: null, synopsis: null, source_ref: null, version: 1, created_at: 3, updated_at: 4, ...over,
})

describe('titles', () => {
  it('given a title and its change, has the current one', () => {
    const driven = drive(view).apply(created(titles, title()), updated(titles, title(), title({ name: 'Heat!', version: 2 })))
    expect(driven.rows('titles')).toEqual([{
      title_id: 't1', kind: 'movie', name: 'Heat!', release_year: 1995, released_on: '1995-12-15', runtime_minutes: 170, mpaa_rating: 'R',
      studio: null, version: 2, created_at: 3, updated_at: 4,
    }])
  })

  it('given a removed title, genre and country, has none of them', () => {
    const [crime, war] = [{ title_id: 't1', genre: 'crime' }, { title_id: 't1', genre: 'war' }]
    const [french, italian] = [{ title_id: 't1', country: 'FR' }, { title_id: 't1', country: 'IT' }]
    const driven = drive(view).apply(created(genres, crime), created(titles, title()), created(genres, war))
      .apply(created(countries, french), created(countries, italian)).apply(deleted(titles, title()), deleted(genres, war), deleted(countries, french))
    expect(driven.rows('titles')).toEqual([])
    expect(driven.rows('title_genres')).toEqual([crime])
    expect(driven.rows('title_countries')).toEqual([italian])
  })

  it('follows from the final tables, whatever happened on the way', () => {
    const title_id = someOf('t1', 't2')
    const history = histories(view, {
      [titles]: fc.record({ title_id, name: fc.string(), released_on: someOf(null, 1) }).map((row) => title(row)),
      [genres]: fc.record({ title_id, genre: someOf('drama', 'comedy', 'war') }),
      [countries]: fc.record({ title_id, country: someOf('FR', 'IT') }),
    })
    fc.assert(fc.property(history, ({ changes, final }) => {
      const driven = drive(view).apply(...changes)
      expect(driven.rows('titles')).toEqual(final[titles].map((row) => ({
        title_id: row.title_id, kind: row.kind, name: row.name, release_year: row.release_year, released_on: isoDateOrNull(row.released_on),
        runtime_minutes: row.runtime_minutes, mpaa_rating: row.mpaa_rating, studio: row.studio, version: row.version,
        created_at: row.created_at, updated_at: row.updated_at,
      })))
      expect(driven.rows('title_genres')).toEqual(final[genres])
      expect(driven.rows('title_countries')).toEqual(final[countries])
    }))
  })
})
