import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ScyllaReader } from '../../runtime/readers.ts'
import { created, deleted, drive, snapshot, updated } from '../../runtime/testing.ts'
import type { Change } from '../../runtime/view.ts'
import { histories, someOf } from '../histories.ts'
import view, { type Notification, notificationsPage, unread, UNREAD_MOST } from './notifications.ts'

const [events, marks] = ['user.notifications', 'cdc.user.notification_marks'] as const
const told = (notification_id: string, occurred_at: number, over: Partial<Notification> = {}): Notification => ({
  profile_id: 'p1', occurred_at, notification_id, kind: 'review_liked', actor_id: 'p2', subject_kind: 'review', subject_id: 'r1', version: 1, ...over,
})
const sent = (notification: Notification): Change => created(events, { type: 'NotificationSent', ...notification })
const withdrawn = (notification: Notification): Change => created(events, { type: 'NotificationWithdrawn', ...notification })
const mark = (read_at: number, version = 1) => ({ profile_id: 'p1', read_at, version })

/** Answers the mark, and as many notifications, and keeps what it was asked. */
function asked(read_at: number | undefined, newer = 0) {
  const questions: [string, readonly unknown[]][] = []
  const reader: ScyllaReader = {
    table: (row) => row,
    run: async (cql, params) => {
      questions.push([cql, params])
      const rows = cql.includes('FROM marks') ? (read_at === undefined ? [] : [{ read_at }]) : Array.from({ length: newer }, (_, n) => ({ notification_id: `n${n}` }))
      return rows as never
    },
  }
  return { reader, questions }
}

describe('notifications', () => {
  it('given what two profiles are told, has it by who is told, newest first', () => {
    const driven = drive(view).apply(sent(told('n1', 5)), sent(told('n1', 5, { profile_id: 'p2' })), sent(told('n2', 9, { actor_id: null })))
    expect(driven.rows('notifications')).toEqual([told('n1', 5), told('n2', 9, { actor_id: null }), told('n1', 5, { profile_id: 'p2' })])
    expect(view.rows.notifications).toMatchObject({ key: ['profile_id', 'occurred_at', 'notification_id'], clustering: { occurred_at: 'desc', notification_id: 'desc' } })
  })

  it('given one that is told again, has it once', () => {
    expect(drive(view).apply(sent(told('n1', 5)), sent(told('n1', 5, { version: 2 }))).rows('notifications')).toEqual([told('n1', 5, { version: 2 })])
  })

  it('given one that is withdrawn, has it no longer, and leaves alone what was told at the same time', () => {
    const driven = drive(view).apply(sent(told('n1', 5)), sent(told('n2', 5)), withdrawn(told('n1', 5, { subject_id: null, version: 2 })))
    expect(driven.rows('notifications')).toEqual([told('n2', 5)])
    expect(driven.apply(sent(told('n1', 9, { version: 3 }))).rows('notifications')).toEqual([told('n2', 5), told('n1', 9, { version: 3 })])
  })

  it('given an event of a type that is younger than it, keeps what it has', () => {
    const unknown = (notification: Notification): Change => created(events, { type: 'Unknown', ...notification })
    expect(drive(view).apply(sent(told('n1', 5)), unknown(told('n1', 5)), unknown(told('n2', 5))).rows('notifications')).toEqual([told('n1', 5)])
  })

  it('given a mark that moves, has how far was read last; removed, nothing', () => {
    const driven = drive(view).apply(created(marks, mark(5)), updated(marks, mark(5), mark(9, 2)), snapshot(marks, mark(9, 2)))
    expect(driven.rows('marks')).toEqual([mark(9, 2)])
    expect(driven.apply(deleted(marks, mark(9, 2))).rows('marks')).toEqual([])
  })

  it('pages after the last notification seen, and from the newest where none was', async () => {
    const { reader, questions } = asked(undefined)
    await notificationsPage(reader, { profile_id: 'p1', limit: 3 })
    await notificationsPage(reader, { profile_id: 'p1', limit: 3, after: { occurred_at: 5, notification_id: 'n1' } })
    const from = 'SELECT profile_id, occurred_at, notification_id, kind, actor_id, subject_kind, subject_id, version FROM notifications WHERE profile_id = ?'
    expect(questions).toEqual([
      [`${from} LIMIT ?`, ['p1', 3]],
      [`${from} AND (occurred_at, notification_id) < (?, ?) LIMIT ?`, ['p1', 5, 'n1', 3]],
    ])
  })

  it('counts as unread what was told after the mark, and everything where there is none', async () => {
    const newer = (read_at: number) => ['SELECT notification_id FROM notifications WHERE profile_id = ? AND occurred_at > ? LIMIT ?', ['p1', read_at, UNREAD_MOST]]
    for (const [read_at, since, count] of [[5, 5, 2], [undefined, 0, UNREAD_MOST], [0, 0, 0]] as const) {
      const { reader, questions } = asked(read_at, count)
      expect(await unread(reader, 'p1')).toEqual({ count, read_at: read_at ?? null })
      expect(questions).toEqual([['SELECT read_at FROM marks WHERE profile_id = ?', ['p1']], newer(since)])
    }
  })

  it('has the marks of the final table, whatever happened on the way', () => {
    const rows = fc.record({ profile_id: someOf('p1', 'p2'), read_at: someOf(1, 2, 3) })
    fc.assert(fc.property(histories(view, { [marks]: rows.map((row) => ({ ...row, version: 0 })) }), ({ changes, final }) => {
      expect(drive(view).apply(...changes).rows('marks')).toEqual(final[marks])
    }))
  })
})
