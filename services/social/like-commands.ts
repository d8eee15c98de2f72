/** Likes: the same again changes nothing, so a row and nothing else is their state. */
import type { Sql } from '../shared/mysql.ts'
import { likeColumns, likedKind, removeLikes, type StoredLike } from './about.ts'
import { count } from './limits.ts'
import { lockActor } from './members.ts'
import type { SocialPorts } from './ports.ts'
import { hears, seeSubject, type SubjectKind } from './subject.ts'
import { idOf, notify, record } from './tell.ts'

type Ports = Pick<SocialPorts, 'clock' | 'activity' | 'notifications'>
export interface LikeKey { readonly subject_kind: SubjectKind | 'title'; readonly subject_id: string; readonly profile_id: string }

/** An id says what it is of: a like under another kind is none. */
export const loadLike = async (sql: Sql, { subject_kind, subject_id, profile_id }: LikeKey): Promise<StoredLike | undefined> =>
  (await sql.rows<StoredLike>(`SELECT ${likeColumns} FROM likes WHERE subject_id = ? AND profile_id = ? AND subject_kind = ?`, [subject_id, profile_id, subject_kind]))[0]

/** Puts a like that is not there; counts nothing and tells nobody. */
export const putLike = (sql: Sql, { subject_id, profile_id, subject_kind, liked_at, version }: StoredLike): Promise<number> =>
  sql.run(`INSERT INTO likes (${likeColumns}) VALUES (?, ?, ?, ?, ?)`, [subject_id, profile_id, subject_kind, liked_at, version])

/** Likes something; whether a title is there has been asked of the view. Throws Refused. */
export async function like(ports: Ports, sql: Sql, key: LikeKey): Promise<{ readonly like: StoredLike; readonly added: boolean }> {
  const { subject_kind } = key
  const actor = await lockActor(sql, key.profile_id)
  const known = await loadLike(sql, key)
  if (known !== undefined) return { like: known, added: false }
  const subject = subject_kind === 'title' ? undefined : await seeSubject(sql, actor, subject_kind, key.subject_id, 'path.subject_id')
  const version = ports.clock.micros()
  const at = Math.floor(version / 1_000)
  await count(sql, actor.account_id, 'like', at)
  const made: StoredLike = { ...key, liked_at: new Date(at), version }
  await putLike(sql, made)
  const about = { subject_kind, subject_id: key.subject_id, occurred_at: at, version }
  const title_id = subject_kind === 'title' ? key.subject_id : (subject?.title_id ?? null)
  await record(ports, sql, { ...about, activity_id: idOf('liked', key.subject_id, key.profile_id), profile_id: key.profile_id, kind: 'liked', title_id, other_id: subject?.owner_id ?? null })
  const kind = likedKind(subject_kind)
  if (subject !== undefined && subject_kind !== 'title' && kind !== undefined && (await hears(sql, subject.owner_id, actor, subject_kind, key.subject_id))) {
    await notify(ports, sql, { ...about, notification_id: idOf(kind, key.subject_id, key.profile_id), profile_id: subject.owner_id, kind, actor_id: key.profile_id })
  }
  return { like: made, added: true }
}

/** Takes a like back; one that is not there is none to take back. */
export async function unlike(ports: Ports, sql: Sql, key: LikeKey): Promise<void> {
  await lockActor(sql, key.profile_id)
  const known = await loadLike(sql, key)
  if (known !== undefined) await removeLikes(ports, sql, [known])
}
