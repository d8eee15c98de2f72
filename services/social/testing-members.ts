/** Views of members that have caught up: they answer what MySQL has. */
import { schemaOf } from '@cdlc/schemas/avro.ts'
import type { Codec } from '@cdlc/schemas/codec.ts'
import type { Events } from '@cdlc/schemas/generated/topics.ts'
import type { Database } from '../shared/mysql.ts'
import { readCard, readCardByHandle, readCards } from './card-store.ts'
import type { Follow, FollowPage, MemberViews, Notification, Relation } from './member-views.ts'

type Told = Events['user.activity'] | Events['user.notifications']

/** What is in the outbox of a topic for one key, in the order of versions. */
export async function toldTo<T extends 'user.activity' | 'user.notifications'>(codec: Codec, database: Database, topic: T, key: string): Promise<readonly Events[T][]> {
  const rows = await database.read((sql) => sql.rows<{ readonly payload: Buffer }>('SELECT payload FROM outbox WHERE topic = ? AND event_key = ?', [topic, key]))
  const reader = codec.reader<Events[T]>(schemaOf(topic))
  await reader.prepare(rows.map(({ payload }) => payload))
  return rows.map(({ payload }) => reader.decode(payload)).toSorted((a: Told, b: Told) => a.version - b.version)
}

type Instants<T, K extends keyof T> = Omit<T, K> & Readonly<Record<K, Date | null>>
const ms = (at: Date | null): number | null => (at === null ? null : at.getTime())
const relationColumns = 'profile_id, other_id, follow, blocked, muted, followed_at, version'
const relationOf = (row: Instants<Relation, 'followed_at'>): Relation => ({ ...row, followed_at: ms(row.followed_at) })

/** Asks MySQL, and the outbox for notifications. */
export function caughtUpMembers(codec: Codec, database: Database): MemberViews {
  const relations = async (pairs: readonly (readonly [string, string])[]): Promise<readonly Relation[]> =>
    (await database.read((sql) => sql.rowsIn<Instants<Relation, 'followed_at'>>(`SELECT ${relationColumns} FROM relations WHERE (profile_id, other_id) IN (?)`, pairs))).map(relationOf)
  const follows = (own: 'profile_id' | 'other_id', follow: string) => async ({ profile_id, limit, after }: FollowPage): Promise<readonly Follow[]> => {
    const other = own === 'profile_id' ? 'other_id' : 'profile_id'
    const [older, place] = after === undefined ? ['', []] : [`AND (followed_at, ${other}) < (?, ?)`, [new Date(after.followed_at), after.id]]
    const rows = await database.read((sql) => sql.rows<Instants<Follow, 'followed_at'>>(
      `SELECT profile_id, other_id, followed_at, version FROM relations WHERE ${own} = ? AND follow = ? ${older} ORDER BY followed_at DESC, ${other} DESC LIMIT ${limit}`,
      [profile_id, follow, ...place]))
    return rows.map((row) => ({ ...row, followed_at: ms(row.followed_at) ?? 0 }))
  }
  const counted = async (column: string, profile_id: string): Promise<number> =>
    (await database.read((sql) => sql.rows<{ readonly n: number }>(`SELECT COUNT(*) AS n FROM relations WHERE ${column} = ? AND follow = 'following'`, [profile_id])))[0]?.n ?? 0
  const notices = async (profile_id: string): Promise<readonly Notification[]> => {
    const held = new Map((await toldTo(codec, database, 'user.notifications', profile_id)).map((told) => [told.notification_id, told]))
    return [...held.values()].filter(({ type }) => type === 'NotificationSent')
      .toSorted((a, b) => b.occurred_at - a.occurred_at || (a.notification_id < b.notification_id ? 1 : -1)) as unknown as readonly Notification[]
  }
  return {
    card: (profile_id) => database.read((sql) => readCard(sql, profile_id)),
    cards: (profile_ids) => database.read((sql) => readCards(sql, profile_ids)),
    cardByHandle: (handle) => database.read((sql) => readCardByHandle(sql, handle)),
    relation: async (profile_id, other_id) => (await relations([[profile_id, other_id]]))[0],
    relationsTo: (profile_id, ids) => relations(ids.map((id) => [profile_id, id])),
    relationsFrom: (ids, other_id) => relations(ids.map((id) => [id, other_id])),
    following: follows('profile_id', 'following'),
    followers: follows('other_id', 'following'),
    requests: follows('other_id', 'requested'),
    counts: async (ids) => new Map(await Promise.all(ids.map(async (id) => [id, { followers: await counted('other_id', id), following: await counted('profile_id', id) }] as const))),
    notifications: async ({ profile_id, limit, after }) => (await notices(profile_id))
      .filter(({ occurred_at, notification_id }) => after === undefined || occurred_at < after.occurred_at
        || (occurred_at === after.occurred_at && notification_id < after.notification_id)).slice(0, limit),
    unread: async (profile_id) => {
      const [mark] = await database.read((sql) => sql.rows<{ readonly read_at: Date }>('SELECT read_at FROM notification_marks WHERE profile_id = ?', [profile_id]))
      const read_at = mark?.read_at.getTime() ?? null
      return { count: (await notices(profile_id)).filter(({ occurred_at }) => occurred_at > (read_at ?? 0)).length, read_at }
    },
  }
}
