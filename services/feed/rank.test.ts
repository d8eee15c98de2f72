import { expect, test } from 'vitest'
import type { Activity } from './ports.ts'
import { rank, type Ties } from './rank.ts'
import { activity, day_ms, memberId, now_ms, relation } from './testing.ts'

const nobody: Ties = { as_of: now_ms, own: [], theirs: new Map() }
const reasons = (activities: readonly Activity[], some: Partial<Ties> = {}) => rank(activities, { ...nobody, ...some }).map(({ activity: { profile_id }, reason }) => ({ profile_id, ...reason }))
const liking = (times: number, of: number, at = now_ms): readonly Activity[] =>
  Array.from({ length: times }, (_, index) => activity(index, 1, 0, { activity_id: `liked:${index}`, kind: index % 2 === 0 ? 'liked' : 'commented', other_id: memberId(of), occurred_at: at }))

test('a day halves what something is worth', () => {
  expect(reasons([activity(1, 2, 0), activity(2, 2, day_ms), activity(3, 2, 3 * day_ms)]).map(({ recency, score }) => [recency, score])).toEqual([[1, 1], [0.5, 0.5], [0.125, 0.125]])
})

test('a review of yesterday comes before a follow of just now', () => {
  const [first, second] = reasons([activity(1, 2, 0, { kind: 'followed', other_id: memberId(4) }), activity(2, 3, day_ms / 2, { kind: 'reviewed' })])
  expect([first?.profile_id, first?.weight, second?.profile_id, second?.weight]).toEqual([memberId(3), 1.5, memberId(2), 0.5])
})

test('a kind that is younger than this code counts as the least', () => {
  expect(reasons([activity(1, 2, 0, { kind: 'unknown' })])[0]?.weight).toBe(0.5)
})

test('whoever follows back is closer, and closer with each doubling of what is liked and commented of theirs, up to a measure', () => {
  const affinity = (times: number, back = false) => reasons([activity(1, 2, 0)], { own: liking(times, 2), theirs: new Map(back ? [[memberId(2), relation(2, 1)]] : []) })[0]?.affinity
  expect([affinity(0), affinity(0, true), affinity(1), affinity(3, true), affinity(15), affinity(150)]).toEqual([1, 1.5, 1.5, 2.5, 3, 3])
})

test('only what was so when reading began makes anybody closer', () => {
  const later = new Map([[memberId(2), relation(2, 1, { followed_at: now_ms + 1 })]])
  const asked = new Map([[memberId(2), relation(2, 1, { follow: 'requested' })]])
  for (const theirs of [later, asked]) expect(reasons([activity(1, 2, 0)], { theirs, own: liking(3, 2, now_ms + 1) })[0]?.affinity).toBe(1)
})
