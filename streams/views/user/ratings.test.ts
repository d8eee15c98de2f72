import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { created, deleted, drive, updated } from '../../runtime/testing.ts'
import { histories, someOf } from '../histories.ts'
import { byText } from '../text.ts'
import view from './ratings.ts'

const topic = 'cdc.user.ratings'
const rating = (half_stars: number, version = 1) => ({ profile_id: 'p1', title_id: 't1', half_stars, rated_at: 5, version })

describe('ratings', () => {
  it('given a rating and its change, has the current one', () => {
    expect(drive(view).apply(created(topic, rating(5)), updated(topic, rating(5), rating(7, 2))).rows('ratings')).toEqual([rating(7, 2)])
  })

  it('given a removed rating, has none', () => {
    expect(drive(view).apply(created(topic, rating(5)), deleted(topic, rating(5))).rows('ratings')).toEqual([])
  })

  it('follows from the final table, whatever happened on the way', () => {
    const half_stars = fc.integer({ min: 1, max: 10 })
    const rows = fc.record({ title_id: someOf('t1', 't2'), profile_id: someOf('p1', 'p2'), half_stars, rated_at: fc.nat() })
    fc.assert(fc.property(histories(view, { [topic]: rows.map((row) => ({ ...row, version: 0 })) }), ({ changes, final }) => {
      const byTitle = final[topic].toSorted((a, b) => byText(`${a.title_id}${a.profile_id}`, `${b.title_id}${b.profile_id}`))
      expect(drive(view).apply(...changes).rows('ratings')).toEqual(byTitle)
    }))
  })
})
