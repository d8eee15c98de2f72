import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { created, deleted, drive, snapshot, updated } from '../../runtime/testing.ts'
import type { Change } from '../../runtime/view.ts'
import { histories, someOf } from '../histories.ts'
import { byText } from '../text.ts'
import view, { halfLives, type Kind, plus, type Sums, weight, type Window } from './trending.ts'

const [ratings, reviews, likes] = ['cdc.user.ratings', 'cdc.user.reviews', 'cdc.user.likes'] as const
const { hour: HOUR, day: DAY, week: WEEK } = halfLives
const NOW = 20_000 * DAY
const windows = Object.keys(halfLives) as Window[]
const rating = (profile_id: string, ago: number, title_id = 't1', version = 1) => ({ profile_id, title_id, rated_at: NOW - ago, version })
const review = (ago: number, title_id = 't1', state = 'published', version = 1) => ({ review_id: `r-${title_id}`, title_id, state, version, created_at: NOW - ago })
const like = (ago: number, subject_id = 't1', subject_kind = 'title') => ({ subject_id, profile_id: 'p1', subject_kind, liked_at: NOW - ago, version: 1 })
const rated = (ago: number, title_id: string, ...profiles: readonly string[]): readonly Change[] =>
  profiles.map((profile) => created(ratings, rating(profile, ago, title_id)))
const scores = (window: Window, ...changes: readonly Change[]): Readonly<Record<string, unknown>> =>
  Object.fromEntries(drive(view).apply(...changes).rows('heat').map((row) => [row['title_id'], row[window]]))
/** Titles, hottest first. */
const hottest = (window: Window, ...changes: readonly Change[]): string =>
  Object.entries(scores(window, ...changes)).toSorted(([, a], [, b]) => Number(b) - Number(a)).map(([id]) => id).join(' ')

describe('trending', () => {
  it('given a rating, scores its time in half-lives', () => {
    expect(drive(view).apply(created(ratings, rating('p1', 0))).rows('heat'))
      .toMatchObject([{ hour: 480_000, day: 20_000, week: Math.round(20_000 / 7 * 1e6) / 1e6 }])
  })

  it.each(windows)('lets what was done weigh half after each %s: one now is as hot as two then', (window) => {
    const { now, then } = scores(window, ...rated(0, 'now', 'p1'), ...rated(halfLives[window], 'then', 'p1', 'p2'))
    expect(now).toBe(then)
  })

  it('lets a review weigh as two ratings, and a rating as two likes', () => {
    const { reviewed, twice, once, liked } = scores('day', created(reviews, review(5, 'reviewed')), ...rated(5, 'twice', 'p1', 'p2'), ...rated(5, 'once', 'p1'), created(likes, like(5, 'liked')))
    expect([reviewed, once]).toEqual([twice, Number(liked) + 1])
  })

  it('ranks by the hour what is new, by the week what many have rated', () => {
    const changes = [...rated(0, 'new', 'p1'), ...rated(6 * HOUR, 'today', 'p1', 'p2'), ...rated(3 * DAY, 'big', 'p1', 'p2', 'p3', 'p4', 'p5')]
    expect(windows.map((window) => hottest(window, ...changes))).toEqual(['new today big', 'today new big', 'big today new'])
  })

  it('goes on without a step from one stretch of time to the next', () => {
    // the 1,875th stretch of 256 hours begins at NOW
    const { over, before } = scores('hour', ...rated(1, 'over', 'p1', 'p2', 'p3'), ...rated(0, 'over', 'p4'), ...rated(2, 'before', 'p1', 'p2', 'p3', 'p4'))
    expect(Number(over) - Number(before)).toBeCloseTo(0, 5)
  })

  it('given what is new removed, is as hot as by what is years older', () => {
    const old = rated(9_000 * DAY, 't1', 'p2')
    const driven = drive(view).apply(created(reviews, review(0)), ...old, ...rated(0, 't1', 'p1'), ...rated(500 * DAY, 't1', 'p3'))
    driven.apply(deleted(ratings, rating('p3', 500 * DAY)), deleted(ratings, rating('p1', 0)), updated(reviews, review(0), review(0, 't1', 'hidden', 2)))
    expect(driven.rows('heat')).toEqual(drive(view).apply(...old).rows('heat'))
  })

  it('given the last of it removed, keeps nothing; of a hidden review, that it is there', () => {
    const driven = drive(view).apply(created(likes, like(3)), deleted(likes, like(3)), created(reviews, review(3, 't1', 'hidden')))
    expect([...driven.rows('heat'), ...driven.rows('member')]).toEqual([{ title_id: 't1', kind: 'review', member_id: 'r-t1', done_at: null, version: 1 }])
  })

  it('given likes of what is no title, counts none', () => {
    expect(drive(view).apply(created(likes, like(0, 'r1', 'review')), created(likes, like(0, 'l1', 'list'))).rows('member')).toEqual([])
  })

  it('given the same again or an older one, counts once', () => {
    const counted = created(ratings, rating('p1', DAY, 't1', 2))
    const older = updated(ratings, rating('p1', 9), rating('p1', 0, 't1', 1))
    expect(scores('hour', counted, snapshot(ratings, rating('p1', DAY, 't1', 2)), older)).toEqual(scores('hour', counted))
  })

  it('weighs 2^(t/h) to 20 bits, and nothing more than 300 bits long', () => {
    fc.assert(fc.property(fc.integer({ min: -100 * WEEK, max: 3_000 * WEEK }), someOf(...windows), (at, window) => {
      const { stretch, units } = weight(at, window, 'rating')
      const above = at / halfLives[window] - stretch * 256
      expect(Number(units) / 2 ** 21 / 2 ** above).toBeCloseTo(1, 5)
      expect(units.toString(2).length).toBeLessThan(300)
    }))
  })

  it('follows from the final tables, exactly, whatever happened on the way', () => {
    const title_id = someOf('t1', 't2')
    const at = fc.integer({ min: NOW - 1_000 * DAY, max: NOW })
    const profile_id = someOf('p1', 'p2', 'p3')
    const history = histories(view, {
      [ratings]: fc.record({ profile_id, title_id, rated_at: at }).map((row) => ({ ...row, half_stars: 5, version: 0 })),
      [reviews]: fc.record({ review_id: someOf('r1', 'r2', 'r3'), created_at: at, state: someOf('published', 'hidden') }).map((row) => ({
        ...row, title_id: row.review_id === 'r3' ? 't2' : 't1', profile_id: 'p1', viewing_id: null, text_id: 'x', half_stars: null, spoiler: 0, language: 'en', edits: 0,
        version: 0, updated_at: 0,
      })),
      [likes]: fc.record({ subject_id: title_id, profile_id, liked_at: at }).map((row) => ({ ...row, subject_kind: 'title', version: 0 })),
    })
    fc.assert(fc.property(history, ({ changes, final }) => {
      const done = (id: string): readonly (readonly [Kind, number])[] => [
        ...final[ratings].filter((row) => row.title_id === id).map((row) => ['rating', row.rated_at] as const),
        ...final[reviews].filter((row) => row.title_id === id && row.state === 'published').map((row) => ['review', row.created_at] as const),
        ...final[likes].filter((row) => row.subject_id === id).map((row) => ['like', row.liked_at] as const),
      ]
      const expected = ['t1', 't2'].filter((id) => done(id).length > 0).map((id) => ({
        title_id: id,
        sums: Object.fromEntries(windows.map((window) => [window, done(id).reduce<Sums>((sums, [kind, when]) => plus(sums, weight(when, window, kind), 1n), [])])),
      }))
      expect(drive(view).apply(...changes).rows('heat').toSorted((a, b) => byText(String(a['title_id']), String(b['title_id'])))).toMatchObject(expected)
    }))
  })
})
