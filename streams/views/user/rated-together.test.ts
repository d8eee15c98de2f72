import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { created, deleted, drive, snapshot, updated } from '../../runtime/testing.ts'
import { histories, someOf } from '../histories.ts'
import { byText } from '../text.ts'
import view from './rated-together.ts'

const topic = 'cdc.user.ratings'
const rating = (half_stars: number) => ({ profile_id: 'p1', title_id: 't1', half_stars })

describe('rated-together', () => {
  it('given ratings, keeps those of 4 stars and more', () => {
    const low = { ...rating(7), profile_id: 'p2' }
    expect(drive(view).apply(created(topic, rating(8)), created(topic, low)).rows('liked')).toEqual([rating(8)])
  })

  it('given a rating lowered or removed, keeps none', () => {
    expect(drive(view).apply(created(topic, rating(8)), updated(topic, rating(8), rating(7))).rows('liked')).toEqual([])
    expect(drive(view).apply(created(topic, rating(8)), snapshot(topic, rating(7))).rows('liked')).toEqual([])
    expect(drive(view).apply(created(topic, rating(8)), deleted(topic, rating(8))).rows('liked')).toEqual([])
  })

  it('given a rating raised, keeps it', () => {
    expect(drive(view).apply(created(topic, rating(2)), updated(topic, rating(2), rating(9))).rows('liked')).toEqual([rating(9)])
  })

  it('follows from the final table, whatever happened on the way', () => {
    const rows = fc.record({ profile_id: someOf('p1', 'p2'), title_id: someOf('t1', 't2'), half_stars: fc.integer({ min: 6, max: 10 }) })
    const history = histories(view, { [topic]: rows.map((row) => ({ ...row, rated_at: 0, version: 0 })) })
    fc.assert(fc.property(history, ({ changes, final }) => {
      const liked = final[topic].filter((row) => row.half_stars >= 8)
        .map(({ profile_id, title_id, half_stars }) => ({ profile_id, title_id, half_stars }))
        .toSorted((a, b) => byText(a.profile_id + a.title_id, b.profile_id + b.title_id))
      expect(drive(view).apply(...changes).rows('liked')).toEqual(liked)
    }))
  })
})
