import { describe, expect, test } from 'vitest'
import type { Sql } from '../shared/mysql.ts'
import { ofRating, ofViewing, removeSome, type Activity, type Change } from './activity.ts'
import type { Rating } from './rating.ts'

const key = { profile_id: 'P', title_id: 'T' }
const told = (events: readonly Parameters<Activity['write']>[1][]) =>
  events.map(({ type, activity_id, half_stars, occurred_at, version }) => `${type} ${activity_id} ${String(half_stars)} at ${occurred_at} v${version}`)

describe('a rating', () => {
  const rating = (half_stars: number, rated_at: number, version: number): Rating => ({ half_stars, rated_at, version })
  const change = (before: Rating | undefined, after: Rating | undefined, isTold = true): Change<Rating> => ({ before, after, version: 15, isTold })
  const [was, is] = [rating(4, 100, 10), rating(9, 200, 20)]

  test('is told when it is given', () => {
    expect(ofRating(key, change(undefined, is))).toEqual([{
      activity_id: 'rated:P.T', profile_id: 'P', type: 'ActivityRecorded', kind: 'rated', title_id: 'T', subject_kind: null, subject_id: null, other_id: null,
      half_stars: 9, occurred_at: 200, version: 20,
    }])
  })
  test('that changes is withdrawn from where it was and told anew, with a version that only rises', () => {
    expect(told(ofRating(key, change(was, is)))).toEqual(['ActivityWithdrawn rated:P.T 4 at 100 v15', 'ActivityRecorded rated:P.T 9 at 200 v20'])
  })
  test('that keeps its instant keeps its place', () => {
    expect(told(ofRating(key, change(was, rating(9, 100, 20))))).toEqual(['ActivityRecorded rated:P.T 9 at 100 v20'])
  })
  test('that is removed is withdrawn, whoever removes it', () => {
    for (const isTold of [true, false]) expect(told(ofRating(key, change(was, undefined, isTold)))).toEqual(['ActivityWithdrawn rated:P.T 4 at 100 v15'])
  })
  test('that did not change tells nothing, nor does one of a program', () => {
    expect(ofRating(key, change(was, was))).toEqual([])
    expect(ofRating(key, change(undefined, is, false))).toEqual([])
  })
  test('of a person that a program changes is no longer what the person told', () => {
    for (const after of [is, rating(9, 100, 20)]) expect(told(ofRating(key, change(was, after, false)))).toEqual(['ActivityWithdrawn rated:P.T 4 at 100 v15'])
  })
  test('of before 1970 is told as of its beginning, and withdrawn from there', () => {
    expect(told(ofRating(key, change(rating(4, -5, 10), is)))).toEqual(['ActivityWithdrawn rated:P.T 4 at 0 v15', 'ActivityRecorded rated:P.T 9 at 200 v20'])
  })
})

describe('a viewing', () => {
  const viewing = (half_stars: number | null, version: number) => ({ viewing_id: 'V', ...key, half_stars, created_at: 100, version })
  const change = (before: ReturnType<typeof viewing> | undefined, after: ReturnType<typeof viewing> | undefined, isTold = true) => ({ before, after, version: 15, isTold })

  test('is told when it is entered, with or without stars', () => {
    expect(told(ofViewing(change(undefined, viewing(null, 20))))).toEqual(['ActivityRecorded watched:V null at 100 v20'])
    expect(ofViewing(change(undefined, viewing(9, 20)))).toMatchObject([{ kind: 'watched', title_id: 'T', subject_kind: 'viewing', subject_id: 'V', half_stars: 9 }])
  })
  test('is told again where its stars change, in its place, and not where other things do', () => {
    expect(told(ofViewing(change(viewing(4, 10), viewing(9, 20))))).toEqual(['ActivityRecorded watched:V 9 at 100 v20'])
    expect(ofViewing(change(viewing(4, 10), viewing(4, 20)))).toEqual([])
  })
  test('is withdrawn where it is removed, or a program gives it other stars', () => {
    expect(told(ofViewing(change(viewing(4, 10), undefined)))).toEqual(['ActivityWithdrawn watched:V 4 at 100 v15'])
    expect(told(ofViewing(change(viewing(4, 10), viewing(9, 20), false)))).toEqual(['ActivityWithdrawn watched:V 4 at 100 v15'])
  })
  test('of a program tells nothing', () => {
    expect(ofViewing(change(undefined, viewing(9, 20), false))).toEqual([])
  })
})

describe('what a profile leaves', () => {
  /** MySQL with so many ratings and viewings; says what it is told to remove. */
  async function left(ratings: number, viewings: number) {
    const removed: string[] = []
    const events: Parameters<Activity['write']>[1][] = []
    const rows = (count: number, row: (index: number) => object): readonly object[] => Array.from({ length: count }, (_, index) => row(index))
    const sql = {
      rows: async (text: string) => (text.includes('FROM ratings')
        ? rows(ratings, (index) => ({ ...key, title_id: `T${index}`, half_stars: 4, rated_at: new Date(100), version: 10 }))
        : rows(viewings, (index) => ({ ...key, viewing_id: `V${index}`, half_stars: null, created_at: new Date(200), version: 10 }))),
      run: async (text: string, params: readonly string[]) => removed.push(`${text.slice(12, 20).trim()} ${params.join(' ')}`),
    } as unknown as Sql
    const activity: Activity = { prepare: async () => {}, write: async (_sql, ...given) => void events.push(...given) }
    return { isDone: await removeSome(activity, sql, 'P'), removed, events: told(events) }
  }
  test('is removed up to what was read, and all of that is withdrawn', async () => {
    expect(await left(2, 1)).toEqual({
      isDone: true,
      removed: ['ratings P T1', 'viewings P V0'],
      events: ['ActivityWithdrawn rated:P.T0 4 at 100 v11', 'ActivityWithdrawn rated:P.T1 4 at 100 v11', 'ActivityWithdrawn watched:V0 null at 200 v11'],
    })
  })
  test('is nothing where there is nothing', async () => {
    expect(await left(0, 0)).toEqual({ isDone: true, removed: [], events: [] })
  })
  test('may be more than goes at once', async () => {
    expect([(await left(1_000, 0)).isDone, (await left(0, 1_000)).isDone, (await left(999, 999)).isDone]).toEqual([false, false, true])
  })
})
