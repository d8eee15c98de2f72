import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RedisReader } from '../../runtime/readers.ts'
import { created, deleted, drive, type Driven, snapshot, updated } from '../../runtime/testing.ts'
import type { Change } from '../../runtime/view.ts'
import view, { TOLD_MOST, UNREAD_MOST, type UnreadCount, unreadOf } from './inbox.ts'
import notifications from './notifications.ts'

const [events, marks] = ['user.notifications', 'cdc.user.notification_marks'] as const
const told = (type: string, id: number | string, occurred_at: number, profile_id = 'p1'): Change =>
  created(events, { type, profile_id, occurred_at, notification_id: `n${id}`, kind: 'followed', actor_id: null, subject_kind: null, subject_id: null, version: 1 })
const sent = (id: number | string, occurred_at: number, profile_id?: string): Change => told('NotificationSent', id, occurred_at, profile_id)
const withdrawn = (id: number | string, occurred_at: number): Change => told('NotificationWithdrawn', id, occurred_at)
const mark = (read_at: number) => ({ profile_id: 'p1', read_at })
const many = (count: number): readonly Change[] => Array.from({ length: count }, (_, n) => sent(n, n + 1))
const unread = (driven: Driven, profile_id = 'p1'): Promise<UnreadCount> =>
  unreadOf({ get: async (row: string) => driven.rows(row).find((one) => one['profile_id'] === profile_id) } as unknown as RedisReader<typeof view.rows>, profile_id)

describe('inbox', () => {
  it('given what two profiles are told, counts for each its own; nothing for who was told nothing', async () => {
    const driven = drive(view).apply(sent(1, 5), sent(2, 5), sent(1, 5, 'p2'))
    expect([await unread(driven), await unread(driven, 'p2'), await unread(driven, 'nobody')]).toEqual([
      { count: 2, read_at: null, exact: true }, { count: 1, read_at: null, exact: true }, { count: 0, read_at: null, exact: true }])
  })

  it('given a mark, counts what was told after it; given one that is removed, everything again', async () => {
    const driven = drive(view).apply(...many(9), created(marks, mark(3)), updated(marks, mark(3), mark(5)), snapshot(marks, mark(5)))
    expect(await unread(driven)).toEqual({ count: 4, read_at: 5, exact: true })
    expect(await unread(driven.apply(deleted(marks, mark(5))))).toEqual({ count: 9, read_at: null, exact: true })
  })

  it('given what is told again, withdrawn, older than the mark or of a type that is younger, counts what stands', async () => {
    const driven = drive(view).apply(created(marks, mark(5)), sent(1, 6), sent(1, 6), sent(2, 7), withdrawn(2, 7), sent(3, 4), withdrawn(4, 9), told('Unknown', 5, 9))
    expect(await unread(driven)).toEqual({ count: 1, read_at: 5, exact: true })
    expect(await unread(driven.apply(sent(2, 8), withdrawn(3, 4)))).toEqual({ count: 2, read_at: 5, exact: true })
  })

  it('given a profile of whom nothing is left, has no row', () => {
    const driven = drive(view).apply(sent(1, 5), created(marks, mark(9)), withdrawn(1, 5), deleted(marks, mark(9)))
    expect([driven.rows('unread'), driven.rows('told')]).toEqual([[], []])
  })

  it('counts no further than it tells, and says where there may be more', async () => {
    const driven = drive(view).apply(...many(TOLD_MOST + 5))
    expect(await unread(driven)).toEqual({ count: UNREAD_MOST, read_at: null, exact: true })
    const fewer = driven.apply(...Array.from({ length: TOLD_MOST - 30 }, (_, n) => withdrawn(n + 5, n + 6)))
    expect(await unread(fewer)).toEqual({ count: 30, read_at: null, exact: false })
    // five were cut off, told until 5
    expect(await unread(fewer.apply(created(marks, mark(4))))).toMatchObject({ count: 30, exact: false })
    expect(await unread(fewer.apply(updated(marks, mark(4), mark(5))))).toMatchObject({ count: 30, exact: true })
  })

  it('counts what the view of notifications has after the mark, whichever topic comes first', async () => {
    // longer than what is held, so a failure is not made shorter: that would take minutes
    const steps = fc.array(fc.record({ id: fc.nat(300), isSent: fc.constantFrom(true, false, false, false) }), { maxLength: 500, size: 'max' })
    const looks = fc.array(fc.oneof(fc.nat(20), fc.nat(320)), { maxLength: 4 })
    let short = 0
    await fc.assert(fc.asyncProperty(steps, looks, fc.boolean(), fc.boolean(), async (all, looked, isFull, marksFirst) => {
      const notices = [...(isFull ? many(300) : []), ...all.map(({ id, isSent }) => (isSent ? sent(id, id + 1) : withdrawn(id, id + 1)))]
      const moves = looked.map((read_at) => (read_at === 0 ? deleted(marks, mark(0)) : snapshot(marks, mark(read_at))))
      const { count, read_at, exact } = await unread(drive(view).apply(...(marksFirst ? [...moves, ...notices] : [...notices, ...moves])))
      const last = moves.at(-1)?.after?.read_at ?? null
      const newer = drive(notifications).apply(...notices).rows('notifications').filter(({ occurred_at }) => Number(occurred_at) > (last ?? 0)).length
      expect(read_at).toBe(last)
      if (exact) expect(count).toBe(Math.min(newer, UNREAD_MOST))
      else expect(count).toBeLessThanOrEqual(newer)
      if (!exact) short++
    }), { numRuns: 60, endOnFailure: true })
    expect(short).toBeGreaterThan(0)
  })
})
