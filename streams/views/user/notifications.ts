/** What a profile is told of, newest first. How much of it is unread, `inbox` keeps. */
import type { ScyllaReader } from '../../runtime/readers.ts'
import { defineView, type RowOf, type RowSpecs } from '../../runtime/view.ts'

const events = 'user.notifications'
const rows = {
  notifications: {
    source: events, key: ['profile_id', 'occurred_at', 'notification_id'], clustering: { occurred_at: 'desc', notification_id: 'desc' },
    columns: { profile_id: 'text', occurred_at: 'timestamp', notification_id: 'text', kind: 'text', actor_id: 'text?', subject_kind: 'text?', subject_id: 'text?', version: 'long' },
  },
} as const satisfies RowSpecs
export type Notification = RowOf<typeof rows.notifications>

export default defineView(import.meta.url, {
  version: 2,
  store: 'scylla',
  from: { [events]: ['profile_id', 'occurred_at', 'notification_id', 'type', 'kind', 'actor_id', 'subject_kind', 'subject_id', 'version'] },
  rows,
  apply: (event) => {
    if (event.after === null) return []
    const { type, ...notification } = event.after
    const { profile_id, occurred_at, notification_id } = notification
    if (type === 'NotificationSent') return [{ put: 'notifications', row: notification }]
    return type === 'NotificationWithdrawn' ? [{ remove: 'notifications', key: { profile_id, occurred_at, notification_id } }] : []
  },
})

const selected = 'SELECT profile_id, occurred_at, notification_id, kind, actor_id, subject_kind, subject_id, version'

export interface NotificationsPage {
  readonly profile_id: string
  readonly limit: number
  /** Last notification of the page before. */
  readonly after?: { readonly occurred_at: number; readonly notification_id: string }
}

/** What a profile was told, newest first. */
export const notificationsPage = (reader: ScyllaReader, { profile_id, limit, after }: NotificationsPage): Promise<readonly Notification[]> =>
  (after === undefined
    ? reader.run(`${selected} FROM ${reader.table('notifications')} WHERE profile_id = ? LIMIT ?`, [profile_id, limit])
    : reader.run(`${selected} FROM ${reader.table('notifications')} WHERE profile_id = ? AND (occurred_at, notification_id) < (?, ?) LIMIT ?`,
      [profile_id, after.occurred_at, after.notification_id, limit]))
