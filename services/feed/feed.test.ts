import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Refused } from '../shared/errors.ts'
import { countNew, readFeed, type FeedTurned, type Order } from './feed.ts'
import { newestFirst } from './merge.ts'
import type { Activity, FeedPorts } from './ports.ts'
import { activity, day_ms, doing, member, memberId, portsOver, relation, smallWorld, type World } from './testing.ts'

const reader = memberId(1)
const idsOf = ({ shown }: Pick<FeedTurned, 'shown'>): readonly string[] => shown.map(({ activity: { activity_id } }) => activity_id)

/** Turns pages to the end; `between` is done after each. */
async function toTheEnd(ports: FeedPorts, order: Order, limit: number, between: () => void = () => {}): Promise<readonly string[]> {
  const read: string[] = []
  for (let cursor: string | undefined, turned = 0; ; turned++) {
    const page = await readFeed(ports, reader, order, { limit, cursor })
    expect([page.shown.length <= limit, page.head === null]).toEqual([true, turned > 0])
    read.push(...idsOf(page))
    if (page.next_cursor === null) return read
    cursor = page.next_cursor
    between()
  }
}

/** Six others, each of whom stands to the reader in some way, is delivered, widely followed, or lately become one of both. */
const others = fc.array(fc.record({
  ours: fc.constantFrom(
    undefined, { follow: 'following' }, { follow: 'following' }, { follow: 'following', muted: 1 }, { follow: 'following', blocked: 1 }, { follow: 'requested' }, { follow: 'none' },
  ),
  theirs: fc.constantFrom(undefined, undefined, { follow: 'following' }, { follow: 'none', blocked: 1 }),
  isWide: fc.boolean(), card: fc.constantFrom<Partial<Parameters<typeof member>[1]>>({}, {}, { is_private: 1 }, { handle: null }),
}), { minLength: 6, maxLength: 6 })
const deeds = fc.array(fc.record({ by: fc.integer({ min: 2, max: 7 }), ago: fc.nat({ max: 200 }), isDelivered: fc.boolean() }), { maxLength: 260, size: 'max' })
const worlds = fc.record({ others, deeds, head: fc.integer({ min: 1, max: 120 }) }).map(({ others: six, deeds: all, head }) => {
  const world: World = { ...smallWorld(), cards: [member(1)], relations: [], head }
  six.forEach(({ ours, theirs, isWide, card }, index) => {
    const number = index + 2
    world.cards.push(member(number, card))
    if (ours !== undefined) world.relations.push(relation(1, number, ours))
    if (theirs !== undefined) world.relations.push(relation(number, 1, theirs))
    if (isWide) world.wide.add(memberId(number))
  })
  const expected: Activity[] = []
  all.forEach(({ by, ago, isDelivered }, index) => {
    const one = activity(index, by, ago * 3_600_000)
    world.done.push(one)
    if (isDelivered) world.entries.push({ ...one, follower_id: reader })
    const { ours, theirs, isWide, card } = six[by - 2] ?? {}
    const isFollowed = ours?.follow === 'following' && !('muted' in ours) && !('blocked' in ours)
    if (isFollowed && theirs?.follow !== 'none' && card?.handle !== null && (isDelivered || isWide === true)) expected.push(one)
  })
  return { world, expected: expected.toSorted(newestFirst).map(({ activity_id }) => activity_id) }
})

test('scrolling shows all that may be seen, once and newest first, however long pages are', async () => {
  await fc.assert(fc.asyncProperty(worlds, fc.integer({ min: 1, max: 60 }), async ({ world, expected }, limit) => {
    expect(await toTheEnd(portsOver(world), 'chronological', limit)).toEqual(expected)
  }), { numRuns: 150 })
}, 240_000)

test('ranked scrolling shows the same, once, whatever is done while somebody scrolls', async () => {
  await fc.assert(fc.asyncProperty(worlds, fc.integer({ min: 1, max: 60 }), async ({ world, expected }, limit) => {
    let late = 0
    const busy = (): void => {
      for (const by of [1, 2, 3]) doing(world, activity(1_000 + late++, by, -1 - late, { kind: 'liked', other_id: memberId(4) }))
    }
    const read = await toTheEnd(portsOver(world), 'ranked', limit, busy)
    expect(read.toSorted()).toEqual(expected.toSorted())
  }), { numRuns: 150 })
}, 240_000)

test('the ranked order has the best first, and says why', async () => {
  const world = smallWorld()
  world.relations.push(relation(3, 1))
  doing(world, activity(1, 2, 1_000))
  doing(world, activity(2, 3, 2_000))
  const { shown } = await readFeed(portsOver(world), reader, 'ranked', { limit: 9, cursor: undefined })
  expect(shown.map(({ activity: { profile_id }, reason }) => [profile_id, reason?.affinity, reason?.weight])).toEqual([[memberId(3), 1.5, 1], [memberId(2), 1, 1]])
  for (const { reason } of shown) expect(reason?.score).toBe((reason?.recency ?? 0) * (reason?.affinity ?? 0) * (reason?.weight ?? 0))
})

test('who is liked is closer, but not while somebody scrolls', async () => {
  const world = smallWorld()
  doing(world, activity(1, 2, 1_000))
  doing(world, activity(2, 3, 2_000))
  const like = (ago_ms: number) => activity(9, 1, ago_ms, { activity_id: `liked:${ago_ms}`, kind: 'liked', other_id: memberId(3) })
  const ports = portsOver(world)
  const first = await readFeed(ports, reader, 'ranked', { limit: 1, cursor: undefined })
  world.done.push(like(-1))
  const second = await readFeed(ports, reader, 'ranked', { limit: 1, cursor: first.next_cursor ?? '' })
  expect([...first.shown, ...second.shown].map(({ activity: { profile_id }, reason }) => [profile_id, reason?.affinity])).toEqual([[memberId(2), 1], [memberId(3), 1]])
  expect(second.next_cursor).toBeNull()
  world.done.push(like(10))
  const again = await readFeed(ports, reader, 'ranked', { limit: 1, cursor: undefined })
  expect(again.shown.map(({ activity: { profile_id }, reason }) => [profile_id, reason?.affinity])).toEqual([[memberId(3), 1.5]])
})

test('the ranked order leaves out what is older than two weeks, and more than 500', async () => {
  const world = smallWorld()
  for (let number = 0; number < 510; number++) doing(world, activity(number, 2, number * 1_000))
  doing(world, activity(999, 3, 0))
  const all = await toTheEnd(portsOver(world), 'ranked', 100)
  expect([all.length, all.at(-1)]).toEqual([500, activity(498, 2, 0).activity_id])
  const old = smallWorld()
  doing(old, activity(1, 2, 14 * day_ms))
  doing(old, activity(2, 2, 14 * day_ms - 1))
  doing(old, activity(3, 2, 14 * day_ms + 1))
  expect(await toTheEnd(portsOver(old), 'ranked', 9)).toEqual([activity(2, 2, 0).activity_id, activity(1, 2, 0).activity_id])
})

test('a page that must pass over much is cut short, and the next goes on behind it', async () => {
  const world = smallWorld()
  for (let number = 0; number < 1_050; number++) doing(world, activity(number, 5, number)) // nobody's whom 1 follows any more
  doing(world, activity(2_000, 2, 5_000))
  const ports = portsOver(world)
  const first = await readFeed(ports, reader, 'chronological', { limit: 20, cursor: undefined })
  expect([idsOf(first), world.pages]).toEqual([[], 10])
  expect(idsOf(await readFeed(ports, reader, 'chronological', { limit: 20, cursor: first.next_cursor ?? '' }))).toEqual([activity(2_000, 2, 0).activity_id])
})

test('after a week away one page is one read of each list', async () => {
  const world = smallWorld()
  for (let number = 0; number < 2_000; number++) doing(world, activity(number, 2 + (number % 2), number * 300_000))
  expect(idsOf(await readFeed(portsOver(world), reader, 'chronological', { limit: 50, cursor: undefined }))).toHaveLength(50)
  expect(world.pages).toBe(1)
})

test('what was done since is counted to a hundred, and only what would be shown', async () => {
  const world = smallWorld()
  const ports = portsOver(world)
  const empty = (await readFeed(ports, reader, 'chronological', { limit: 5, cursor: undefined })).head ?? ''
  expect(await countNew(ports, reader, empty)).toBe(0)
  for (let number = 0; number < 30; number++) doing(world, activity(number, 2, number))
  expect(await countNew(ports, reader, empty)).toBe(30)
  const headOf = async (order: Order): Promise<string> => (await readFeed(ports, reader, order, { limit: 5, cursor: undefined })).head ?? ''
  const heads = [await headOf('chronological'), await headOf('ranked')]
  for (const head of heads) expect(await countNew(ports, reader, head)).toBe(0)
  doing(world, activity(100, 5, -1))
  doing(world, activity(101, 3, -2))
  for (const head of heads) expect(await countNew(ports, reader, head)).toBe(1)
  for (let number = 200; number < 350; number++) doing(world, activity(number, 3, -number))
  expect(await countNew(ports, reader, heads[0] ?? '')).toBe(100)
})

test('counting what is new reads no further than the head', async () => {
  const world = smallWorld()
  const ports = portsOver(world)
  for (let number = 0; number < 500; number++) doing(world, activity(number, 2, number))
  const { head } = await readFeed(ports, reader, 'chronological', { limit: 5, cursor: undefined })
  world.pages = 0
  expect([await countNew(ports, reader, head ?? ''), world.pages]).toEqual([0, 1])
})

test('a cursor belongs to its profile and its order', async () => {
  const world = smallWorld()
  for (let number = 0; number < 9; number++) doing(world, activity(number, 2, number))
  const ports = portsOver(world)
  for (const order of ['chronological', 'ranked'] as const) {
    const cursor = (await readFeed(ports, reader, order, { limit: 2, cursor: undefined })).next_cursor ?? ''
    const wrong: readonly (readonly [string, Order])[] = [[reader, order === 'ranked' ? 'chronological' : 'ranked'], [memberId(2), order]]
    for (const [profile_id, other] of wrong) await expect(readFeed(ports, profile_id, other, { limit: 2, cursor })).rejects.toBeInstanceOf(Refused)
    await expect(countNew(ports, reader, cursor)).rejects.toMatchObject({ code: 'invalid_cursor' })
    // it has room in a query
    expect(cursor.length).toBeLessThan(200)
  }
})

test('an activity in the future of a ranked reading waits for the next one', async () => {
  const world = smallWorld()
  doing(world, activity(1, 2, -60_000))
  expect(await toTheEnd(portsOver(world), 'ranked', 9)).toEqual([])
  expect(await toTheEnd(portsOver(world), 'chronological', 9)).toEqual([activity(1, 2, 0).activity_id])
})
