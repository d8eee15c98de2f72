import fc from 'fast-check'
import { expect, test } from 'vitest'
import { group, type Shown } from './group.ts'
import { newestFirst } from './merge.ts'
import { activity, memberId, titleId } from './testing.ts'

const plain = (one: Shown['activity']): Shown => ({ activity: one, reason: null })

test('every activity of a page is in one item, which holds one kind of thing done to one thing', () => {
  const some = fc.record({
    number: fc.nat(3), by: fc.nat(3), ago: fc.nat(9), kind: fc.constantFrom('rated', 'watched', 'liked', 'followed'), subject_id: fc.option(fc.constantFrom('L1', 'L2')),
    other_id: fc.option(fc.nat(2).map(memberId)),
  })
  fc.assert(fc.property(fc.array(some), (all) => {
    const shown = all.map(({ number, by, ago, ...rest }, index) => plain(activity(number, by, ago, { activity_id: `a${index}`, ...rest })))
    const items = group(shown)
    expect(items.flatMap(({ activities }) => activities).map(({ activity_id }) => activity_id).sort()).toEqual(shown.map(({ activity: { activity_id } }) => activity_id).sort())
    for (const { activities, profiles } of items) {
      expect(activities).toEqual(activities.toSorted(newestFirst))
      expect(new Set(activities.map(({ kind }) => kind)).size).toBe(1)
      expect(profiles).toBe(new Set(activities.map(({ profile_id }) => profile_id)).size)
    }
  }))
})

test('who rated a title stand together, apart from who reviewed it and who rated another', () => {
  const shown = [
    activity(1, 2, 1), activity(2, 2, 2), activity(1, 3, 3), activity(1, 4, 4, { activity_id: 'reviewed:r', kind: 'reviewed' }), activity(1, 2, 5, { activity_id: 'again' }),
  ].map(plain)
  expect(group(shown).map(({ activities, profiles }) => [activities.map(({ kind, profile_id, title_id }) => [kind, profile_id, title_id]), profiles])).toEqual([
    [[['rated', memberId(2), titleId(1)], ['rated', memberId(3), titleId(1)], ['rated', memberId(2), titleId(1)]], 2],
    [[['rated', memberId(2), titleId(2)]], 1],
    [[['reviewed', memberId(4), titleId(1)]], 1],
  ])
})

test('likes stand together by what is liked, and follows by who is followed', () => {
  const liked = (by: number, subject_id: string) => activity(1, by, by, { activity_id: `liked:${subject_id}.${by}`, kind: 'liked', subject_id, other_id: memberId(9) })
  const followed = (by: number, other: number) => activity(1, by, by, { activity_id: `followed:${by}.${other}`, kind: 'followed', title_id: null, other_id: memberId(other) })
  const items = group([liked(2, 'r1'), liked(3, 'r2'), liked(4, 'r1'), followed(2, 8), followed(3, 8), followed(4, 7)].map(plain))
  expect(items.map(({ activities }) => activities.length)).toEqual([2, 1, 2, 1])
})

test('an item is in its place for the reason of the one that stands first', () => {
  const reason = (score: number) => ({ score, recency: score, affinity: 1, weight: 1 })
  const [item] = group([{ activity: activity(1, 2, 9), reason: reason(3) }, { activity: activity(1, 3, 1), reason: reason(2) }])
  expect([item?.reason?.score, item?.activities.map(({ profile_id }) => profile_id)]).toEqual([3, [memberId(3), memberId(2)]])
})
