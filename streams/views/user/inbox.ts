/**
 * How many of its notifications a profile has not read: a number that is shown on every page, so that it is kept rather than counted.
 * The newest that it was told are held, from which it is counted again whenever one is told, withdrawn or read; the two topics meet nowhere else,
 * so it makes no difference which comes first.
 */
import type { RedisReader } from '../../runtime/readers.ts'
import { type ChangeOf, defineView, json, type RowOf, type RowSpecs } from '../../runtime/view.ts'
import { type Newest, nothingYet, type Place, putIn, takeOut } from '../newest.ts'

/** Counted no further; more are told as this many. */
export const UNREAD_MOST = 100
/** Twice as many: what is withdrawn leaves enough to count. */
export const TOLD_MOST = 200

const events = 'user.notifications'
const marked = 'cdc.user.notification_marks'
const from = { [events]: ['profile_id', 'occurred_at', 'notification_id', 'type'], [marked]: ['profile_id', 'read_at'] } as const
const rows = {
  /** Of a profile that was told anything or has looked; `exact`: the count is all that is unread, counted to UNREAD_MOST, and not only of the newest. */
  unread: { key: ['profile_id'], columns: { profile_id: 'text', count: 'int', exact: 'bool', read_at: 'timestamp?' } },
  /** What it is counted from. */
  told: { key: ['profile_id'], columns: { profile_id: 'text', held: json<readonly Place[]>(), cut: json<Place | null>(), read_at: 'timestamp?' } },
} as const satisfies RowSpecs
type Told = Omit<RowOf<typeof rows.told>, 'profile_id'>

/** What the change leaves of what was told. */
function toldAfter(event: ChangeOf<typeof from>, told: Told): Told {
  if (event.topic === marked) return { ...told, read_at: event.after?.read_at ?? null }
  if (event.after === null) return told
  const { type, occurred_at, notification_id } = event.after
  const place: Place = [occurred_at, notification_id]
  const list: Newest<Place> = type === 'NotificationSent' ? putIn(told, place, TOLD_MOST) : type === 'NotificationWithdrawn' ? takeOut(told, place) : told
  return { held: list.held, cut: list.cut, read_at: told.read_at }
}

/** Counted from the newest on, to the first that was read. */
function countOf({ held, cut, read_at }: Told): { readonly count: number; readonly exact: boolean } {
  const read_until = read_at ?? 0
  const first = held.findIndex(([occurred_at]) => occurred_at <= read_until)
  const count = Math.min(first === -1 ? held.length : first, UNREAD_MOST)
  return { count, exact: count === UNREAD_MOST || cut === null || cut[0] <= read_until }
}

const view = defineView(import.meta.url, {
  version: 1,
  store: 'redis',
  from,
  rows,
  remembers: 500,
  touches: (event) => {
    const profile_id = (event.after ?? event.before)?.profile_id
    return profile_id === undefined ? [] : [{ row: 'told', key: { profile_id } }]
  },
  apply: (event, { told }) => {
    const profile_id = (event.after ?? event.before)?.profile_id
    if (profile_id === undefined) return []
    const now = toldAfter(event, told.get({ profile_id }) ?? { ...nothingYet, read_at: null })
    if (now.held.length === 0 && now.cut === null && now.read_at === null) return [{ remove: 'unread', key: { profile_id } }, { remove: 'told', key: { profile_id } }]
    return [{ put: 'unread', row: { profile_id, ...countOf(now), read_at: now.read_at } }, { put: 'told', row: { profile_id, held: now.held, cut: now.cut, read_at: now.read_at } }]
  },
})
export default view

export interface UnreadCount {
  /** Of those told after `read_at`. */
  readonly count: number
  /** Until when the profile has read, in ms; null where it never looked. */
  readonly read_at: number | null
  /** Whether it is all, counted to UNREAD_MOST; else there may be more that are older than the newest TOLD_MOST. */
  readonly exact: boolean
}

/** How many a profile has not read, and until when it has. */
export async function unreadOf(reader: RedisReader<typeof view.rows>, profile_id: string): Promise<UnreadCount> {
  const { count, exact, read_at } = (await reader.get('unread', { profile_id })) ?? { count: 0, exact: true, read_at: null }
  return { count, exact, read_at }
}
