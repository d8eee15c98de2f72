import { describe, expect, it } from 'vitest'
import type { ScyllaReader } from '../../runtime/readers.ts'
import { created, drive } from '../../runtime/testing.ts'
import type { Change } from '../../runtime/view.ts'
import view, { type Notification, notificationsPage } from './notifications.ts'

const events = 'user.notifications'
const told = (notification_id: string, occurred_at: number, over: Partial<Notification> = {}): Notification => ({
  profile_id: 'p1', occurred_at, notification_id, kind: 'review_liked', actor_id: 'p2', subject_kind: 'review', subject_id: 'r1', version: 1, ...over,
})
const sent = (notification: Notification): Change => created(events, { type: 'NotificationSent', ...notification })
const withdrawn = (notification: Notification): Change => created(events, { type: 'NotificationWithdrawn', ...notification })

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

  it('pages after the last notification seen, and from the newest where none was', async () => {
    const questions: unknown[] = []
    const reader: ScyllaReader = {
      table: (row) => row,
      run: async (...question) => {
        questions.push(question)
        return []
      },
    }
    await notificationsPage(reader, { profile_id: 'p1', limit: 3 })
    await notificationsPage(reader, { profile_id: 'p1', limit: 3, after: { occurred_at: 5, notification_id: 'n1' } })
    const from = 'SELECT profile_id, occurred_at, notification_id, kind, actor_id, subject_kind, subject_id, version FROM notifications WHERE profile_id = ?'
    expect(questions).toEqual([
      [`${from} LIMIT ?`, ['p1', 3]],
      [`${from} AND (occurred_at, notification_id) < (?, ?) LIMIT ?`, ['p1', 5, 'n1', 3]],
    ])
  })
})
