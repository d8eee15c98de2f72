import { eventProjection, projection } from '@cdlc/schemas/avro.ts'
import type { Codec } from '@cdlc/schemas/codec.ts'
import { CAUGHT_UP_AT } from '@cdlc/streams/processors/user/feed-fan-out.ts'
import type { RawRecord } from '@cdlc/streams/runtime/kafka.ts'
import { describe, expect, test } from 'vitest'
import { Unavailable } from '../../shared/errors.ts'
import type { GraphViews, RelationRow } from '../ports.ts'
import { activity, memberId, notification, relation } from '../testing.ts'
import { createHub, type News } from './hub.ts'
import { teller } from './tell.ts'

const told_at = 10_000_000
/** Values that are their own JSON; the real codec is the integration test's. */
const codec: Pick<Codec, 'reader'> = { reader: () => ({ prepare: async () => undefined, decode: (value) => JSON.parse(value.toString()) as never }) }
const record = (key: string, value: object | string): RawRecord =>
  ({ offset: 0, key, value: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)), timestamp: told_at, headers: {} })
const entry = (to: number, number: number, some: object = {}) => ({ follower_id: memberId(to), ...activity(number, 2), occurred_at: told_at, version: 1, ...some })
const done = (number: number, by: number, some: object = {}) => ({ type: 'ActivityRecorded', ...activity(number, by), occurred_at: told_at, version: 1, ...some })
const notice = (number: number, to: number, some: object = {}) => ({ type: 'NotificationSent', ...notification(number, to), occurred_at: told_at, version: 1, ...some })

/** Members 1 and 3 listen. */
function scene(some: Partial<GraphViews> = {}) {
  const heard: (readonly [number, string])[] = []
  const warned: unknown[] = []
  const hub = createHub()
  for (const number of [1, 3]) {
    hub.listen(memberId(number), (news: News) => {
      heard.push([number, 'feedActivityAdded' in news ? news.feedActivityAdded.activity_id : news.notificationAdded.notification_id])
    })
  }
  const views = { profileCounts: async () => new Map(), relationsFrom: async () => [], ...some }
  return { heard, warned, tell: teller({ codec, hub, views, warn: (cause) => { warned.push(cause) } }) }
}
const idOf = (number: number): string => activity(number, 2).activity_id

test('the columns that are read are those of the contracts', () => {
  expect(() => [projection('user.feed-entries', ['follower_id', 'activity_id']), eventProjection('user.activity', ['type']), eventProjection('user.notifications', ['actor_id'])]).not.toThrow()
})

describe('an entry of a feed', () => {
  const entries = async (...records: readonly RawRecord[]): Promise<ReturnType<typeof scene>> => {
    const made = scene()
    await made.tell({ topic: 'user.feed-entries', records })
    return made
  }
  test('is told to whose feed it is, where they listen', async () => {
    const { heard } = await entries(record(memberId(1), { op: 'c', before: null, after: entry(1, 1) }), record(memberId(2), { op: 'c', before: null, after: entry(2, 2) }))
    expect(heard).toEqual([[1, idOf(1)]])
  })
  test('is not told where it was changed or taken back, nor where it was done long before', async () => {
    const { heard } = await entries(
      record(memberId(1), { op: 'u', before: entry(1, 1), after: entry(1, 1) }), record(memberId(1), { op: 'd', before: entry(1, 1), after: null }),
      record(memberId(1), { op: 'c', before: null, after: entry(1, 2, { occurred_at: told_at - 3_600_000 }) }),
    )
    expect(heard).toEqual([])
  })
  test('that nobody can read holds up no other', async () => {
    const { heard, warned } = await entries(record(memberId(1), 'nonsense'), record(memberId(1), { op: 'c', before: null, after: entry(1, 1) }))
    expect([heard, warned.length]).toEqual([[[1, idOf(1)]], 1])
  })
})

test('a notification is told to whom it is for, and one that was withdrawn or is old to nobody', async () => {
  const { heard, tell } = scene()
  await tell({ topic: 'user.notifications', records: [
    record(memberId(1), notice(1, 1)), record(memberId(2), notice(2, 2)), record(memberId(3), notice(3, 3, { type: 'NotificationWithdrawn' })), record(memberId(3), notice(4, 3, { occurred_at: 1 })),
  ] })
  expect(heard).toEqual([[1, notification(1, 1).notification_id]])
})

describe('what one does whom so many follow that it is not delivered', () => {
  const counts = (followers: number): Partial<GraphViews> => ({ profileCounts: async (ids) => new Map(ids.map((id) => [id, { followers, following: 0 }])) })
  const relations: readonly RelationRow[] = [relation(1, 2), relation(3, 2, { follow: 'requested' })]
  const follow: Partial<GraphViews> = { relationsFrom: async (ids, other) => relations.filter(({ profile_id, other_id }) => ids.includes(profile_id) && other_id === other) }
  const doings = (records: readonly object[]) => ({ topic: 'user.activity', records: records.map((one) => record(memberId(2), one)) })

  test('is told to those who listen and follow', async () => {
    const { heard, tell } = scene({ ...counts(CAUGHT_UP_AT + 1), ...follow })
    await tell(doings([done(1, 2), done(2, 2, { type: 'ActivityWithdrawn' }), done(3, 2, { occurred_at: 1 })]))
    expect(heard).toEqual([[1, idOf(1)]])
  })
  test('is not where it is delivered anyway', async () => {
    const { heard, tell } = scene({ ...counts(CAUGHT_UP_AT), ...follow })
    await tell(doings([done(1, 2)]))
    expect(heard).toEqual([])
  })
  test('is told to nobody while a view is away, and holds up nothing', async () => {
    const { heard, warned, tell } = scene({ profileCounts: () => Promise.reject(new Unavailable('asking')) })
    await tell(doings([done(1, 2)]))
    expect([heard, warned.length]).toEqual([[], 1])
  })
})
