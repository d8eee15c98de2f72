import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { created, deleted, drive, snapshot, updated } from '../../runtime/testing.ts'
import { histories, someOf } from '../histories.ts'
import view, { weightedStars } from './title-stats.ts'

const topic = 'cdc.user.ratings'
const rating = (profile_id: string, half_stars: number, version = 1, title_id = 't1') => ({ profile_id, title_id, half_stars, version })
const nobody = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]

describe('title-stats', () => {
  it('given ratings, counts them and takes their mean in stars', () => {
    expect(drive(view).apply(created(topic, rating('p1', 10)), created(topic, rating('p2', 7))).rows('stats')).toEqual([{
      title_id: 't1', count: 2, sum_half_stars: 17, mean_stars: 4.25, weighted_stars: weightedStars(2, 17),
      histogram: [0, 0, 0, 0, 0, 0, 1, 0, 0, 1],
    }])
  })

  it('given a changed rating, moves its vote', () => {
    const driven = drive(view).apply(created(topic, rating('p1', 10)), updated(topic, rating('p1', 10), rating('p1', 1, 2)))
    expect(driven.rows('stats')).toMatchObject([{ count: 1, sum_half_stars: 1, mean_stars: 0.5, histogram: nobody.with(0, 1) }])
    expect(driven.rows('member')).toEqual([rating('p1', 1, 2)])
  })

  it('given a snapshot of what it has counted, counts nothing twice', () => {
    const driven = drive(view).apply(created(topic, rating('p1', 8)), snapshot(topic, rating('p1', 8)))
    driven.apply(snapshot(topic, rating('p2', 6)), created(topic, rating('p2', 6)))
    expect(driven.rows('stats')).toMatchObject([{ count: 2, sum_half_stars: 14 }])
  })

  it('given events older than what it has counted, changes nothing', () => {
    const driven = drive(view).apply(snapshot(topic, rating('p1', 8, 3)))
    driven.apply(updated(topic, rating('p1', 5, 1), rating('p1', 6, 2)), deleted(topic, rating('p1', 6, 2)))
    expect(driven.rows('stats')).toMatchObject([{ count: 1, sum_half_stars: 8 }])
  })

  it('given the last rating removed, keeps nothing', () => {
    const driven = drive(view).apply(created(topic, rating('p1', 8)), deleted(topic, rating('p1', 8)), deleted(topic, rating('p1', 8)))
    expect([...driven.rows('stats'), ...driven.rows('member')]).toEqual([])
  })

  it('ranks many good votes over one perfect vote', () => {
    expect(weightedStars(1, 10)).toBeLessThan(weightedStars(300, 300 * 9))
    expect(weightedStars(0, 0)).toBe(3.5)
  })

  it('follows from the final table, whatever happened on the way', () => {
    const half_stars = fc.integer({ min: 1, max: 10 })
    const rows = fc.record({ profile_id: someOf('p1', 'p2', 'p3'), title_id: someOf('t1', 't2'), half_stars })
    const history = histories(view, { [topic]: rows.map((row) => ({ ...row, rated_at: 0, version: 0 })) })
    fc.assert(fc.property(history, ({ changes, final }) => {
      const driven = drive(view).apply(...changes)
      const expected = ['t1', 't2'].map((title_id) => {
        const votes = final[topic].filter((row) => row.title_id === title_id).map((row) => row.half_stars)
        const sum_half_stars = votes.reduce((a, b) => a + b, 0)
        return {
          title_id, count: votes.length, sum_half_stars, mean_stars: sum_half_stars / votes.length / 2,
          weighted_stars: weightedStars(votes.length, sum_half_stars),
          histogram: nobody.map((_, index) => votes.filter((vote) => vote === index + 1).length),
        }
      })
      expect(driven.rows('stats')).toEqual(expected.filter(({ count }) => count > 0))
      expect(driven.rows('member').length).toBe(final[topic].length)
    }))
  })
})
