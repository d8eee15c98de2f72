/** What is liked, commented on and reported: whose it is, and whether the one who acts may see it; as shared/visibility.ts says, out of MySQL. */
import { Refused } from '../shared/errors.ts'
import type { Sql } from '../shared/mysql.ts'
import { lockBoth, maySee, readMember, standing, type Member } from './members.ts'

export type SubjectKind = 'review' | 'list' | 'comment'
/** What may be reported. */
export type ReportedKind = SubjectKind | 'profile'
export interface Subject {
  readonly owner_id: string
  /** Of a review. */
  readonly title_id: string | null
}

const noSubject = (field: string): Refused => new Refused({ code: 'subject_not_found', message: 'there is no such thing, or it is not shown to you', field })

interface Stored { readonly owner_id: string; readonly title_id?: string; readonly state?: string; readonly visibility?: string; readonly subject_kind?: string; readonly subject_id?: string }
const questions: Readonly<Record<SubjectKind, string>> = {
  review: 'SELECT profile_id AS owner_id, title_id, state FROM reviews WHERE review_id = ? FOR SHARE',
  list: 'SELECT profile_id AS owner_id, visibility FROM lists WHERE list_id = ? FOR SHARE',
  comment: 'SELECT profile_id AS owner_id, state, subject_kind, subject_id FROM comments WHERE comment_id = ? FOR SHARE',
}

type Actor = Pick<Member, 'profile_id'>
/** What there is of it for the actor; undefined where that is nothing. Held until the transaction ends. */
async function subjectSeen(sql: Sql, actor: Actor, kind: SubjectKind, subject_id: string): Promise<Subject | undefined> {
  const [row] = await sql.rows<Stored>(questions[kind], [subject_id])
  if (row === undefined) return undefined
  const { owner_id, title_id = null, state, subject_kind, subject_id: on } = row
  const seen = row.visibility !== undefined && (await keeps(sql, subject_id, actor.profile_id))
    || (row.visibility !== 'private' || owner_id === actor.profile_id) && (await seesWords(sql, actor, { profile_id: owner_id, state }))
  // what is written under something is seen with that alone
  const whole = seen && (on === undefined || (await subjectSeen(sql, actor, subject_kind === 'list' ? 'list' : 'review', on)) !== undefined)
  return whole ? { owner_id, title_id } : undefined
}

/** Held until the transaction ends, so that nothing is said of what is being removed. Throws Refused `subject_not_found`, which does not tell hidden from missing. */
export async function seeSubject(sql: Sql, actor: Actor, kind: SubjectKind, subject_id: string, field: string): Promise<Subject> {
  const subject = await subjectSeen(sql, actor, kind, subject_id)
  if (subject === undefined) throw noSubject(field)
  return subject
}

/** The card of somebody who has not turned from the one who acts, nor they from them; both are held until the transaction ends. Throws Refused `subject_not_found`. */
export async function seeCard(sql: Sql, profile_id: string, other_id: string, field: string): Promise<Member> {
  const { actor, other } = await lockBoth(sql, profile_id, other_id)
  if (other === undefined || (await standing(sql, profile_id, other_id)).blocked || (await standing(sql, other_id, profile_id)).blocked) throw noSubject(field)
  return actor
}

/** Whether somebody is told of what `actor` does with something: they see what the actor does, and the thing itself, which may be closed to who has spoken of it before. */
export const hears = async (sql: Sql, profile_id: string, actor: Member, kind: SubjectKind, subject_id: string): Promise<boolean> =>
  (await maySee(sql, { profile_id }, actor)) && (await subjectSeen(sql, { profile_id }, kind, subject_id)) !== undefined

/** Whether the actor sees what somebody has written: it is not hidden from them, and neither is whose it is. */
export async function seesWords(sql: Sql, actor: Actor, { profile_id, state = 'published' }: { readonly profile_id: string; readonly state?: string | undefined }): Promise<boolean> {
  if (profile_id === actor.profile_id) return true
  const owner = await readMember(sql, profile_id)
  return owner !== undefined && state === 'published' && maySee(sql, actor, owner)
}

const keeps = async (sql: Sql, list_id: string, profile_id: string): Promise<boolean> =>
  (await sql.rows('SELECT 1 FROM list_collaborators WHERE list_id = ? AND profile_id = ?', [list_id, profile_id])).length > 0
