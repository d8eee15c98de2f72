import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { created, deleted, drive, snapshot, updated } from '../../runtime/testing.ts'
import type { Change } from '../../runtime/view.ts'
import { histories, someOf } from '../histories.ts'
import view, { plus, weight } from './trending.ts'

const topic = 'cdc.user.ratings'
const DAY = 86_400_000
const NOW = 20_000 * DAY
const rating = (profile_id: string, days_ago: number, version = 1, title_id = 't1') =>
  ({ profile_id, title_id, rated_at: NOW - days_ago * DAY, version })
const scores = (...changes: readonly Change[]) =>
  Object.fromEntries(drive(view).apply(...changes).rows('heat').map((row) => [row['title_id'], row['score']]))

describe('trending', () => {
  it('given a rating, scores its time in half-lives of 7 days', () => {
    expect(scores(created(topic, rating('p1', 0)))).toEqual({ t1: Math.round(20_000 / 7 * 1e9) / 1e9 })
  })

  it('lets a rating weigh half after 7 days: one now is as hot as two a week ago', () => {
    const weekAgo = ['p1', 'p2'].map((profile) => created(topic, rating(profile, 7, 1, 'before')))
    const { now, before } = scores(created(topic, rating('p1', 0, 1, 'now')), ...weekAgo)
    expect(now).toBe(before)
  })

  it('ranks what is rated much lately over what was rated more long ago', () => {
    const old = Array.from({ length: 50 }, (_, i) => created(topic, rating(`p${i}`, 60 + i, 1, 'old')))
    const { fresh, old: faded } = scores(...old, created(topic, rating('p1', 1, 1, 'fresh')), created(topic, rating('p2', 2, 1, 'fresh')))
    expect(Number(fresh)).toBeGreaterThan(Number(faded))
  })

  it('given a rating removed among old and new ones, is as if it had never been', () => {
    const kept = [created(topic, rating('p1', 0)), created(topic, rating('p2', 9_000))]
    const driven = drive(view).apply(...kept, created(topic, rating('p3', 500)), deleted(topic, rating('p3', 500)))
    expect(driven.rows('heat')).toEqual(drive(view).apply(...kept).rows('heat'))
  })

  it('given the last rating removed, keeps nothing', () => {
    const driven = drive(view).apply(created(topic, rating('p1', 3)), deleted(topic, rating('p1', 3)))
    expect([...driven.rows('heat'), ...driven.rows('member')]).toEqual([])
  })

  it('given the same rating again or an older one, counts once', () => {
    const counted = created(topic, rating('p1', 3, 2))
    const older = updated(topic, rating('p1', 9), rating('p1', 1, 1))
    expect(scores(counted, snapshot(topic, rating('p1', 3, 2)), older)).toEqual(scores(counted))
  })

  it('weighs 2^(t/h) to 53 bits', () => {
    fc.assert(fc.property(fc.integer({ min: -100 * DAY, max: 100 * DAY }), (at) => {
      const { mantissa, exponent } = weight(at)
      expect(Number(mantissa) * 2 ** exponent / 2 ** (at / (7 * DAY))).toBeCloseTo(1, 13)
    }))
  })

  it('follows from the final table, exactly, whatever happened on the way', () => {
    const rated_at = fc.integer({ min: 0, max: NOW })
    const rows = fc.record({ profile_id: someOf('p1', 'p2', 'p3'), title_id: someOf('t1', 't2'), rated_at })
    const history = histories(view, { [topic]: rows.map((row) => ({ ...row, half_stars: 5, version: 0 })) })
    fc.assert(fc.property(history, ({ changes, final }) => {
      const expected = ['t1', 't2'].flatMap((title_id) => {
        const sum = final[topic].filter((row) => row.title_id === title_id).map((row) => weight(row.rated_at))
          .reduce((a, b) => plus(a, b, 1n), { mantissa: 0n, exponent: 0 })
        return sum.mantissa === 0n ? [] : [{ title_id, mantissa_hex: sum.mantissa.toString(16), exponent: sum.exponent }]
      })
      expect(drive(view).apply(...changes).rows('heat')).toMatchObject(expected)
    }))
  })
})
