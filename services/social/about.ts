/** What others have said of something that goes: comments and likes, with the words, activities, notifications and reports of them. */
import type { Clock } from '../shared/clock.ts'
import { nextVersion } from '../shared/clock.ts'
import type { Sql } from '../shared/mysql.ts'
import type { SocialPorts } from './ports.ts'
import { idOf, unnotify, withdraw } from './tell.ts'
import { removeTexts } from './texts.ts'

type Ports = Pick<SocialPorts, 'activity' | 'notifications' | 'clock'>

export interface StoredLike {
  readonly subject_id: string
  readonly profile_id: string
  readonly subject_kind: string
  readonly liked_at: Date
  readonly version: number
}
export interface StoredComment {
  readonly comment_id: string
  readonly subject_id: string
  readonly subject_kind: string
  readonly parent_id: string | null
  readonly profile_id: string
  readonly text_id: string
  readonly version: number
  readonly created_at: Date
}
/** Columns of a like, as StoredLike has them. */
export const likeColumns = 'subject_id, profile_id, subject_kind, liked_at, version'
/** Columns of a comment, as StoredComment has them. */
export const commentColumns = 'comment_id, subject_id, subject_kind, parent_id, profile_id, text_id, version, created_at'

/** Each of them is told of by statements of its own. */
const piece = 200
const told = (clock: Clock, version: number): number => nextVersion(version, clock.micros())
const likedKinds = { review: 'review_liked', list: 'list_liked', comment: 'comment_liked' } as const
/** The kind of notification that a like leads to; a title has nobody who is told. */
export const likedKind = (subject_kind: string): 'review_liked' | 'list_liked' | 'comment_liked' | undefined =>
  likedKinds[subject_kind as keyof typeof likedKinds]

/** Whose reviews, lists and comments these are, or were while there is more of them to remove; those that are not there are left out. */
export async function ownersOf(sql: Sql, subject_ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const owners = new Map<string, string>()
  for (const [table, key] of [['reviews', 'review_id'], ['lists', 'list_id'], ['comments', 'comment_id']] as const) {
    const rows = await sql.rowsIn<{ readonly id: string; readonly profile_id: string }>(`SELECT ${key} AS id, profile_id FROM ${table} WHERE ${key} IN (?)`, subject_ids)
    for (const { id, profile_id } of rows) owners.set(id, profile_id)
  }
  const unknown = subject_ids.filter((id) => !owners.has(id))
  const gone = await sql.rowsIn<{ readonly id: string; readonly profile_id: string }>('SELECT subject_id AS id, owner_id AS profile_id FROM removals WHERE subject_id IN (?)', unknown)
  for (const { id, profile_id } of gone) owners.set(id, profile_id)
  return owners
}

/** Takes back what was told of likes, and removes them. */
export async function removeLikes(ports: Ports, sql: Sql, likes: readonly StoredLike[]): Promise<void> {
  const owners = await ownersOf(sql, [...new Set(likes.map(({ subject_id }) => subject_id))])
  for (const { subject_id, profile_id, subject_kind, liked_at, version } of likes) {
    const about = { subject_kind, subject_id, occurred_at: liked_at.getTime(), version: told(ports.clock, version) }
    await withdraw(ports, sql, { ...about, activity_id: idOf('liked', subject_id, profile_id), profile_id, kind: 'liked' })
    const [owner, kind] = [owners.get(subject_id), likedKind(subject_kind)]
    if (owner !== undefined && kind !== undefined) await unnotify(ports, sql, { ...about, notification_id: idOf(kind, subject_id, profile_id), profile_id: owner, kind, actor_id: profile_id })
    await sql.run('DELETE FROM likes WHERE subject_id = ? AND profile_id = ?', [subject_id, profile_id])
  }
}

/** Takes back what was told of comments, and removes them and what is said of them; answers to them are the caller's. */
async function dropComments(ports: Ports, sql: Sql, comments: readonly StoredComment[]): Promise<void> {
  const owners = await ownersOf(sql, [...new Set(comments.flatMap(({ subject_id, parent_id }) => (parent_id === null ? [subject_id] : [subject_id, parent_id])))])
  await removeAbout(ports, sql, comments.map(({ comment_id }) => comment_id))
  for (const { comment_id, subject_id, subject_kind, parent_id, profile_id, version, created_at } of comments) {
    const about = { subject_kind, subject_id, occurred_at: created_at.getTime(), version: told(ports.clock, version) }
    await withdraw(ports, sql, { ...about, activity_id: idOf('commented', comment_id), profile_id, kind: 'commented' })
    for (const [kind, owner] of [['commented', owners.get(subject_id)], ['answered', owners.get(parent_id ?? '')]] as const) {
      if (owner !== undefined) await unnotify(ports, sql, { ...about, notification_id: idOf(kind, comment_id), profile_id: owner, kind, actor_id: profile_id })
    }
    await sql.run('DELETE FROM comments WHERE comment_id = ?', [comment_id])
  }
  await removeTexts(ports, sql, comments.map(({ text_id }) => text_id))
}

/** Removes comments, the answers to them, and what is said of either. Answers are locked before likes of them are looked for: one that is being given is waited for. */
export async function removeComments(ports: Ports, sql: Sql, comments: readonly StoredComment[]): Promise<void> {
  const gone = new Set(comments.map(({ comment_id }) => comment_id))
  const answers: StoredComment[] = []
  for (const subject_id of new Set(comments.map((comment) => comment.subject_id))) {
    const found = await sql.rows<StoredComment>(`SELECT ${commentColumns} FROM comments WHERE subject_id = ? AND parent_id IS NOT NULL FOR UPDATE`, [subject_id])
    answers.push(...found.filter(({ comment_id, parent_id }) => gone.has(parent_id ?? '') && !gone.has(comment_id)))
  }
  // whoever was answered is found by their comment, so answers go first
  await dropComments(ports, sql, [...answers, ...comments])
}

/** Takes back what authors were told of decisions about these, which are shown again or go. */
export async function takeBackDecisions(ports: Ports, sql: Sql, subject_ids: readonly string[]): Promise<void> {
  const decided = await sql.rowsIn<{ readonly subject_id: string; readonly subject_kind: string; readonly decided_at: Date }>(
    "SELECT subject_id, subject_kind, MIN(decided_at) AS decided_at FROM reports WHERE subject_id IN (?) AND state = 'upheld' GROUP BY subject_id, subject_kind", subject_ids)
  const owners = await ownersOf(sql, decided.map(({ subject_id }) => subject_id))
  for (const { subject_id, subject_kind, decided_at } of decided) {
    const [owner, occurred_at] = [owners.get(subject_id), decided_at.getTime()]
    // its version was of that millisecond
    ports.clock.saw(occurred_at * 1_000 + 999)
    const version = ports.clock.micros()
    if (owner !== undefined) await unnotify(ports, sql, { notification_id: idOf('moderated', subject_id), profile_id: owner, kind: 'moderated', subject_kind, subject_id, occurred_at, version })
  }
}
/** Removes reports of these, with what authors were told of them. */
export async function removeReports(ports: Ports, sql: Sql, subject_ids: readonly string[]): Promise<void> {
  await takeBackDecisions(ports, sql, subject_ids)
  for (const subject_id of subject_ids) await sql.run('DELETE FROM reports WHERE subject_id = ?', [subject_id])
}

/** Removes some of what is said of these; answers how much, 0 when nothing is left. Those who were told of it are found by their own rows, or by `removals`. */
export async function removeSomeAbout(ports: Ports, sql: Sql, subject_ids: readonly string[]): Promise<number> {
  const comments = await sql.rowsIn<StoredComment>(`SELECT ${commentColumns} FROM comments WHERE subject_id IN (?) ORDER BY parent_id IS NULL, comment_id LIMIT ${piece} FOR UPDATE`, subject_ids)
  if (comments.length > 0) await dropComments(ports, sql, comments)
  const likes = await sql.rowsIn<StoredLike>(`SELECT ${likeColumns} FROM likes WHERE subject_id IN (?) LIMIT ${piece}`, subject_ids)
  await removeLikes(ports, sql, likes)
  if (comments.length + likes.length > 0) return comments.length + likes.length
  await removeReports(ports, sql, subject_ids)
  return 0
}

/** Removes all of it, in one transaction. */
async function removeAbout(ports: Ports, sql: Sql, subject_ids: readonly string[]): Promise<void> {
  while ((await removeSomeAbout(ports, sql, subject_ids)) > 0) { /* until nothing is left */ }
}
