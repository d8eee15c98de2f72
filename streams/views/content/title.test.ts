import type { CdcRows } from '@cdlc/schemas/generated/topics.ts'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { created, deleted, drive, snapshot, updated } from '../../runtime/testing.ts'
import { isoDateOrNull, isoInstant } from '../dates.ts'
import { histories, someOf } from '../histories.ts'
import { byText } from '../text.ts'
import view from './title.ts'

type Title = CdcRows['cdc.content.titles']
const titles = 'cdc.content.titles'

const title = (over: Partial<Title> = {}): Title => ({
  title_id: 't1', kind: 'movie', name: 'Vertigo', original_name: null, release_year: 1958, released_on: -4255, runtime_minutes: 128,
  mpaa_rating: 'PG', studio: 'Paramount', synopsis: null, source_ref: null, version: 10, created_at: 0, updated_at: 1_000, ...over,
})
const genre = (slug: string, title_id = 't1') => created('cdc.content.title_genres', { title_id, genre: slug })
const country = (code: string, title_id = 't1') => created('cdc.content.title_countries', { title_id, country: code })
const credit = (credit_id: string, role: string, billing: number) => created('cdc.content.credits',
  { credit_id, title_id: 't1', person_id: `p-${credit_id}`, role, character_name: '', credited_as: `Name ${credit_id}`, billing })
const season = (season_number: number) => created('cdc.content.seasons', { title_id: 't1', season_number, name: null, released_on: 0 })
const episode = (season_number: number, episode_number: number) => created('cdc.content.episodes',
  { title_id: 't1', season_number, episode_number, name: `E${episode_number}`, runtime_minutes: 50, aired_on: 1 })

const without = (row: object, ...columns: readonly string[]): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(row).filter(([column]) => !columns.includes(column)))
const of = (id: string) => (row: { readonly title_id: string }): boolean => row.title_id === id

describe('title', () => {
  it('given a title, shows its card with dates as text', () => {
    expect(drive(view).apply(created(titles, title())).rows('card')).toEqual([{
      title_id: 't1', kind: 'movie', name: 'Vertigo', original_name: null, release_year: 1958, released_on: '1958-05-09',
      runtime_minutes: 128, mpaa_rating: 'PG', studio: 'Paramount', synopsis: null, genres: [], countries: [], credits: [], seasons: [],
      version: 10, updated_at: '1970-01-01T00:00:01.000Z',
    }])
  })

  it('given parts that come before their title, shows nothing, then everything', () => {
    const driven = drive(view).apply(genre('thriller'), country('US'), credit('c1', 'director', 1), genre('romance'), country('GB'))
    expect(driven.rows('card')).toEqual([])
    driven.apply(created(titles, title()))
    expect(driven.rows('card')).toMatchObject([{ genres: ['romance', 'thriller'], countries: ['GB', 'US'], credits: [{ credit_id: 'c1', credited_as: 'Name c1' }] }])
  })

  it('orders credits by role and billing, seasons and episodes by number', () => {
    const driven = drive(view).apply(created(titles, title()))
      .apply(credit('c3', 'director', 1), credit('c2', 'cast', 10), credit('c1', 'cast', 2))
      .apply(episode(10, 1), episode(2, 10), episode(2, 9), season(10), season(2))
    expect(driven.rows('card')).toMatchObject([{
      credits: [{ credit_id: 'c1' }, { credit_id: 'c2' }, { credit_id: 'c3' }],
      seasons: [
        { season_number: 2, released_on: '1970-01-01', episodes: [{ episode_number: 9, aired_on: '1970-01-02' }, { episode_number: 10 }] },
        { season_number: 10, episodes: [{}] },
      ],
    }])
  })

  it('given an event older than the title it shows, changes nothing', () => {
    const driven = drive(view).apply(
      snapshot(titles, title({ name: 'new', version: 12 })),
      updated(titles, title(), title({ name: 'old', version: 11 })),
      deleted(titles, title({ version: 11 })),
    )
    expect(driven.rows('card')).toMatchObject([{ name: 'new', version: 12 }])
  })

  it('given a deleted title, hides the card, keeps the parts that are left, and shows them when it is inserted again', () => {
    const driven = drive(view).apply(created(titles, title()), genre('thriller'), deleted(titles, title()))
    expect(driven.rows('card')).toEqual([])
    expect(driven.apply(created(titles, title({ version: 20 }))).rows('card')).toMatchObject([{ version: 20, genres: ['thriller'] }])
    driven.apply(country('FR'), deleted(titles, title({ version: 20 })), deleted('cdc.content.title_genres', { title_id: 't1', genre: 'thriller' }))
    expect(driven.rows('parts')).toMatchObject([{ title: null, countries: [{ country: 'FR' }] }])
    driven.apply(deleted('cdc.content.title_countries', { title_id: 't1', country: 'FR' }))
    expect([...driven.rows('card'), ...driven.rows('parts')]).toEqual([])
  })

  it('follows from the final tables, whatever happened on the way', () => {
    const title_id = someOf('t1', 't2')
    const number = someOf(1, 2, 11)
    const history = histories(view, {
      'cdc.content.titles': fc.record({ title_id, name: fc.string(), release_year: someOf(null, 1999) }).map((row) => title(row)),
      'cdc.content.title_genres': fc.record({ title_id, genre: someOf('drama', 'comedy', 'war') }),
      'cdc.content.title_countries': fc.record({ title_id, country: someOf('FR', 'GB', 'US') }),
      'cdc.content.credits': fc.record({ credit_id: someOf('c1', 'c2', 'c3'), role: someOf('cast', 'director'), billing: number })
        .map((row) => ({ ...row, title_id: row.credit_id === 'c3' ? 't2' : 't1', person_id: 'p' }))
        .map((row) => ({ ...row, character_name: '', credited_as: 'n', version: 0 })),
      'cdc.content.seasons': fc.record({ title_id, season_number: number, name: someOf(null, 'One'), released_on: someOf(null, 1) }),
      'cdc.content.episodes': fc.record({
        title_id, season_number: number, episode_number: number, name: fc.string(), runtime_minutes: someOf(null, 40),
        aired_on: someOf(null, 1),
      }),
    })
    fc.assert(fc.property(history, ({ changes, final }) => {
      const episodesOf = (parent: CdcRows['cdc.content.seasons']) => final['cdc.content.episodes'].filter(of(parent.title_id))
        .filter((row) => row.season_number === parent.season_number).toSorted((a, b) => a.episode_number - b.episode_number)
        .map((row) => ({ ...without(row, 'title_id', 'season_number', 'aired_on'), aired_on: isoDateOrNull(row.aired_on) }))
      const expected = final['cdc.content.titles'].map((row) => ({
        ...without(row, 'source_ref', 'created_at'),
        released_on: isoDateOrNull(row.released_on),
        updated_at: isoInstant(row.updated_at),
        genres: final['cdc.content.title_genres'].filter(of(row.title_id)).map((one) => one.genre).toSorted(),
        countries: final['cdc.content.title_countries'].filter(of(row.title_id)).map((one) => one.country).toSorted(),
        credits: final['cdc.content.credits'].filter(of(row.title_id)).map((one) => without(one, 'title_id', 'version'))
          .toSorted((a, b) => byText(String(a['role']), String(b['role'])) || Number(a['billing']) - Number(b['billing'])
            || byText(String(a['credit_id']), String(b['credit_id']))),
        seasons: final['cdc.content.seasons'].filter(of(row.title_id)).toSorted((a, b) => a.season_number - b.season_number)
          .map((one) => ({ ...without(one, 'title_id'), released_on: isoDateOrNull(one.released_on), episodes: episodesOf(one) })),
      }))
      expect(drive(view).apply(...changes).rows('card')).toEqual(expected)
    }))
  })
})
