import { describe, expect, test } from 'vitest'
import { openLoaders } from '../loaders.ts'
import { activity, comment, emptyWorld, list, member, memberId, notification, relation, review, testGraph, ulid, type World } from '../testing.ts'
import type { Graph } from '../context.ts'
import { ofFeed, ofNotifications, type News } from './hub.ts'
import { seen } from './seeing.ts'

/** Member 1 looks. They follow 2, 3 (private, let in), 4 (whom they have muted), 5 (who has blocked them) and 7; 6 is private and did not let them in. */
function world(): World {
  const made = emptyWorld()
  made.members.push(...[1, 2, 4, 5, 7].map((number) => member(number)), member(3, { is_private: 1 }), member(6, { is_private: 1 }))
  made.relations.push(relation(1, 2), relation(1, 3), relation(1, 4, { muted: 1 }), relation(1, 5))
  made.relations.push(relation(5, 1, { follow: 'none', blocked: 1 }), relation(1, 6, { follow: 'requested' }), relation(1, 7))
  for (const number of [2, 3, 4, 5, 6, 7, 8]) made.reviews.push(review(number, number))
  return made
}
function looking(made: World) {
  const graph = testGraph(made)
  const paused: number[] = []
  const open = (): Graph => ({ ports: graph.ports, viewer: { profile_id: memberId(1), moderates: false, may: () => true }, loaders: openLoaders(graph.ports, memberId(1)) })
  return { paused, sees: (news: News, meanwhile: () => void = () => undefined) => seen(open, news, async (ms) => { paused.push(ms); meanwhile() }) }
}
const isSeen = async (made: World, news: News): Promise<boolean> => (await looking(made).sees(news)) !== undefined

describe('of what was done', () => {
  test.each([[2, true], [3, true], [4, false], [5, false], [6, false], [8, false]])('by %i is told: %s', async (by, told) => {
    expect(await isSeen(world(), ofFeed(activity(by, by)))).toBe(told)
  })
  test('that one followed another the block of that other keeps', async () => {
    expect(await isSeen(world(), ofFeed(activity(2, 2, { kind: 'followed', subject_kind: null, subject_id: null, other_id: memberId(6) })))).toBe(true)
    expect(await isSeen(world(), ofFeed(activity(2, 2, { kind: 'followed', subject_kind: null, subject_id: null, other_id: memberId(5) })))).toBe(false)
  })
  test('that one liked what another wrote who does not show it nothing is told', async () => {
    expect(await isSeen(world(), ofFeed(activity(6, 2, { kind: 'liked', other_id: memberId(6) })))).toBe(false)
  })
})

test('of notifications one\'s own are told, and none of one who has blocked meanwhile', async () => {
  const changed = [{ actor_id: memberId(5) }, { actor_id: null, kind: 'moderated' }, { kind: 'unknown' }] as const
  const told = [notification(1, 1), notification(1, 2), ...changed.map((some) => notification(1, 1, some))]
  expect(await Promise.all(told.map((one) => isSeen(world(), ofNotifications(one))))).toEqual([true, false, false, true, false])
})

describe('what somebody has just made', () => {
  test.each([
    ['a review', { subject_kind: 'review', subject_id: ulid('R', 9) }, (made: World) => made.reviews.push(review(9, 2))],
    ['a comment', { subject_kind: 'comment', subject_id: ulid('C', 9) }, (made: World) => made.comments.push(comment(9, 2))],
    ['a list', { subject_kind: 'list', subject_id: ulid('K', 9) }, (made: World) => made.lists.push(list(9, 2))],
  ] as const)('%s is waited for until its view has it', async (_name, subject, appear) => {
    const made = world()
    const { paused, sees } = looking(made)
    expect(await sees(ofFeed(activity(9, 2, subject)), () => { if (paused.length === 3) appear(made) })).toBeDefined()
    expect(paused).toHaveLength(3)
  })
  test('is told without it after a second', async () => {
    const { paused, sees } = looking(world())
    expect(await sees(ofFeed(activity(9, 2)))).toBeDefined()
    expect(paused.reduce((sum, ms) => sum + ms, 0)).toBe(1_000)
  })
  test.each([['comes', true], ['does not come', false]])('and %s is not told where a block came while it was waited for', async (_name, comes) => {
    const made = world()
    const { sees } = looking(made)
    const meanwhile = (): void => {
      made.relations.push(relation(2, 1, { follow: 'none', blocked: 1 }))
      if (comes) made.reviews.push(review(9, 2))
    }
    expect(await sees(ofFeed(activity(9, 2)), meanwhile)).toBeUndefined()
  })
  test('is not waited for where it is not to be heard', async () => {
    const { paused, sees } = looking(world())
    expect([await sees(ofFeed(activity(9, 5))), paused]).toEqual([undefined, []])
  })
})
