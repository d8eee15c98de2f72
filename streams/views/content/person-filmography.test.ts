import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { created, deleted, drive, updated } from '../../runtime/testing.ts'
import { isoDateOrNull } from '../dates.ts'
import { histories, someOf } from '../histories.ts'
import view from './person-filmography.ts'

const person = {
  person_id: 'p1', name: 'Kim Novak', born_on: -13_471, died_on: null, birthplace: 'Chicago', biography: null, version: 1, updated_at: 9,
}
const title = { title_id: 't1', kind: 'movie', name: 'Vertigo', release_year: 1958 }
const credit = {
  credit_id: 'c1', title_id: 't1', person_id: 'p1', role: 'cast', character_name: 'Judy', credited_as: 'Kim Novak', billing: 2,
}
const creditFirst = [created('cdc.content.credits', credit), created('cdc.content.people', person), created('cdc.content.titles', title)]

describe('person-filmography', () => {
  it('given a credit before its person and title, has all three when they come', () => {
    const driven = drive(view).apply(...creditFirst)
    expect(driven.rows('person')).toEqual([{ ...person, born_on: '1933-02-13' }])
    expect(driven.rows('title')).toEqual([title])
    expect(driven.rows('credited')).toEqual([credit])
  })

  it('given changes, has the current rows', () => {
    const driven = drive(view).apply(created('cdc.content.people', person), created('cdc.content.credits', credit))
      .apply(updated('cdc.content.people', person, { ...person, name: 'Marilyn Novak', version: 2 }))
      .apply(updated('cdc.content.credits', credit, { ...credit, billing: 1 }))
    expect(driven.rows('person')).toMatchObject([{ name: 'Marilyn Novak', version: 2 }])
    expect(driven.rows('credited')).toEqual([{ ...credit, billing: 1 }])
  })

  it('given a removed credit, person or title, has it no more', () => {
    const driven = drive(view).apply(...creditFirst)
      .apply(deleted('cdc.content.credits', credit), deleted('cdc.content.people', person), deleted('cdc.content.titles', title))
    expect([...driven.rows('credited'), ...driven.rows('person'), ...driven.rows('title')]).toEqual([])
  })

  it('follows from the final tables, whatever happened on the way', () => {
    const history = histories(view, {
      'cdc.content.people': fc.record({ person_id: someOf('p1', 'p2'), name: fc.string(), born_on: someOf(null, 1) })
        .map((row) => ({ ...person, ...row, source_ref: null, created_at: 0 })),
      'cdc.content.titles': fc.record({ title_id: someOf('t1', 't2'), name: fc.string(), release_year: someOf(null, 1999) }).map((row) => ({
        ...title, ...row, original_name: null, released_on: null, runtime_minutes: null, mpaa_rating: null, studio: null, synopsis: null,
        source_ref: null, version: 0, created_at: 0, updated_at: 0,
      })),
      'cdc.content.credits': fc.record({ credit_id: someOf('c1', 'c2', 'c3'), person_id: someOf('p1', 'p2'), billing: someOf(1, 2) })
        .map((row) => ({ ...credit, ...row, version: 0 })),
    })
    fc.assert(fc.property(history, ({ changes, final }) => {
      const driven = drive(view).apply(...changes)
      expect(driven.rows('person')).toEqual(final['cdc.content.people'].map((row) => ({
        person_id: row.person_id, name: row.name, born_on: isoDateOrNull(row.born_on), died_on: null, birthplace: row.birthplace,
        biography: null, version: row.version, updated_at: row.updated_at,
      })))
      expect(driven.rows('title')).toEqual(final['cdc.content.titles']
        .map(({ title_id, kind, name, release_year }) => ({ title_id, kind, name, release_year })))
      expect(driven.rows('credited')).toEqual(final['cdc.content.credits']
        .map((row) => ({ ...credit, credit_id: row.credit_id, person_id: row.person_id, billing: row.billing })))
    }))
  })
})
