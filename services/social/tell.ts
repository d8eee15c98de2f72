/**
 * What is told to feeds and to those concerned, in the transaction of what is done. An activity or notification that changes keeps its id
 * and its `occurred_at`; one that is withdrawn is withdrawn with the `occurred_at` that it was told with, since views order by it.
 */
import type { Events } from '@cdlc/schemas/generated/topics.ts'
import type { Sql } from '../shared/mysql.ts'
import type { Outbox } from '../shared/outbox.ts'

type Activity = Events['user.activity']
type Notification = Events['user.notifications']
type None<T, K extends keyof T> = Omit<T, K | 'event_id' | 'type'> & Partial<Pick<T, K>>

/** `<kind>:<ids>`, the same whenever it is told. */
export const idOf = (kind: string, ...ids: readonly string[]): string => `${kind}:${ids.join('.')}`

const activityOf = (type: 'ActivityRecorded' | 'ActivityWithdrawn', given: ToldActivity) =>
  ({ title_id: null, subject_kind: null, subject_id: null, other_id: null, half_stars: null, ...given, type })
const notificationOf = (type: 'NotificationSent' | 'NotificationWithdrawn', given: ToldNotification) =>
  ({ actor_id: null, subject_kind: null, subject_id: null, ...given, type })

export type ToldActivity = None<Activity, 'title_id' | 'subject_kind' | 'subject_id' | 'other_id' | 'half_stars'>
export type ToldNotification = None<Notification, 'actor_id' | 'subject_kind' | 'subject_id'>

interface Outboxes { readonly activity: Outbox<'user.activity'>; readonly notifications: Outbox<'user.notifications'> }

/** Before a transaction that may tell: it may ask the registry. */
export const prepareToTell = async ({ activity, notifications }: Outboxes): Promise<void> => {
  await Promise.all([activity.prepare(), notifications.prepare()])
}
export const record = ({ activity }: Pick<Outboxes, 'activity'>, sql: Sql, given: ToldActivity): Promise<void> => activity.write(sql, activityOf('ActivityRecorded', given))
export const withdraw = ({ activity }: Pick<Outboxes, 'activity'>, sql: Sql, given: ToldActivity): Promise<void> => activity.write(sql, activityOf('ActivityWithdrawn', given))
/** Nobody is told of what they did themselves. */
export const notify = async ({ notifications }: Pick<Outboxes, 'notifications'>, sql: Sql, given: ToldNotification): Promise<void> => {
  if (given.actor_id !== given.profile_id) await notifications.write(sql, notificationOf('NotificationSent', given))
}
export const unnotify = async ({ notifications }: Pick<Outboxes, 'notifications'>, sql: Sql, given: ToldNotification): Promise<void> => {
  if (given.actor_id !== given.profile_id) await notifications.write(sql, notificationOf('NotificationWithdrawn', given))
}
