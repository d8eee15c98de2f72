import { describe, expect, test } from 'vitest'
import { readActivity, readFeed } from './feed.ts'
import type { Viewer } from './people.ts'
import { activity, doing, member, memberId, portsOver, relation, smallWorld, type World } from './testing.ts'

/** A world in which 2, whom 1 follows, has done this. */
function worldWith(some: Parameters<typeof activity>[3], change: (world: World) => void = () => {}): World {
  const world = smallWorld()
  doing(world, activity(1, 2, 0, some))
  change(world)
  return world
}
const inFeed = async (world: World): Promise<number> => (await readFeed(portsOver(world), memberId(1), 'chronological', { limit: 9, cursor: undefined })).shown.length
const replace = ({ relations }: World, from: number, to: number, some: Parameters<typeof relation>[2]): void => {
  const index = relations.findIndex(({ profile_id, other_id }) => profile_id === memberId(from) && other_id === memberId(to))
  relations.splice(index === -1 ? relations.length : index, 1, relation(from, to, some))
}
const become = ({ cards }: World, number: number, some: Parameters<typeof member>[1]): void => { cards.splice(number - 1, 1, member(number, some)) }

describe('what was delivered is shown', () => {
  const liked = { kind: 'liked', subject_kind: 'review', subject_id: 'r', other_id: memberId(4) }
  const followed = { kind: 'followed', title_id: null, other_id: memberId(4) }
  test.each<readonly [string, number, Parameters<typeof activity>[3], (world: World) => void]>([
    ['while one follows', 1, {}, () => {}],
    ['no more once one does not', 0, {}, (world) => { replace(world, 1, 2, { follow: 'none' }) }],
    ['not before one is let in', 0, {}, (world) => { replace(world, 1, 2, { follow: 'requested' }) }],
    ['not while they are muted', 0, {}, (world) => { replace(world, 1, 2, { muted: 1 }) }],
    ['not once one has blocked them', 0, {}, (world) => { replace(world, 1, 2, { blocked: 1 }) }],
    ['not once they have blocked one', 0, {}, (world) => { replace(world, 2, 1, { follow: 'none', blocked: 1 }) }],
    ['of a private member to whom they let in', 1, {}, (world) => { become(world, 2, { is_private: 1 }) }],
    ['not of somebody who is leaving', 0, {}, (world) => { become(world, 2, { handle: null }) }],
    ['when it is about somebody whom one does not follow', 1, liked, () => {}],
    ['not when it is about what a private member shows to others alone', 0, liked, (world) => { become(world, 4, { is_private: 1 }) }],
    ['when it is about a private member who has let one in', 1, liked, (world) => { become(world, 4, { is_private: 1 }); replace(world, 1, 4, {}) }],
    ['when it is about oneself', 1, { ...liked, other_id: memberId(1) }, (world) => { become(world, 1, { is_private: 1 }) }],
    ['when somebody private is followed, for their card is for all', 1, followed, (world) => { become(world, 4, { is_private: 1 }) }],
    ['not when who is followed has blocked one', 0, followed, (world) => { replace(world, 4, 1, { follow: 'none', blocked: 1 }) }],
    ['not when one has blocked whom it is about', 0, liked, (world) => { replace(world, 1, 4, { follow: 'none', blocked: 1 }) }],
    ['not when whom it is about has left', 0, liked, ({ cards }) => { cards.splice(3, 1) }],
  ])('%s', async (_when, expected, some, change) => {
    expect(await inFeed(worldWith(some, change))).toBe(expected)
  })
})

describe('what a member has done is shown', () => {
  const nobody: Viewer = { viewer_id: undefined, moderates: false }
  const as = (number: number): Viewer => ({ viewer_id: memberId(number), moderates: false })
  const seenBy = async (viewer: Viewer, change: (world: World) => void): Promise<number | undefined> =>
    (await readActivity(portsOver(worldWith({}, change)), memberId(2), viewer, { limit: 9, cursor: undefined }))?.shown.length
  const privately = (world: World): void => { become(world, 2, { is_private: 1 }) }
  test.each<readonly [string, number | undefined, Viewer, (world: World) => void]>([
    ['to anybody', 1, nobody, () => {}],
    ['of a private one to whom they let in', 1, as(1), privately],
    ['of a private one to themselves', 1, as(2), privately],
    ['of a private one to moderators', 1, { viewer_id: undefined, moderates: true }, privately],
    ['of a private one to no stranger', undefined, as(5), privately],
    ['of a private one to nobody in particular', undefined, nobody, privately],
    ['not to one who is blocked', undefined, as(5), (world) => { replace(world, 2, 5, { follow: 'none', blocked: 1 }) }],
    ['not to one who has blocked them', undefined, as(5), (world) => { replace(world, 5, 2, { follow: 'none', blocked: 1 }) }],
    ['though one has muted them, where one asks for it', 1, as(1), (world) => { replace(world, 1, 2, { muted: 1 }) }],
    ['not of one who is leaving', undefined, nobody, (world) => { become(world, 2, { handle: null }) }],
  ])('%s', async (_when, expected, viewer, change) => {
    expect(await seenBy(viewer, change)).toBe(expected)
  })
})

test('what a member has done is turned page by page', async () => {
  const world = smallWorld()
  for (let number = 0; number < 5; number++) doing(world, activity(number, 2, number))
  const read: (string | undefined)[] = []
  for (let cursor: string | undefined; read.length < 9; ) {
    const turned = await readActivity(portsOver(world), memberId(2), { viewer_id: undefined, moderates: false }, { limit: 2, cursor })
    read.push(...(turned?.shown ?? []).map(({ activity: { activity_id } }) => activity_id))
    if (turned === undefined || turned.next_cursor === null) break
    cursor = turned.next_cursor
  }
  expect(read).toEqual([0, 1, 2, 3, 4].map((number) => activity(number, 2, 0).activity_id))
})
