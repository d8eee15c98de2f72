/** What is liked, commented on and reported: whose it is, and whether the one who acts may see it; as MySQL has it. */
import { Refused } from '../shared/errors.ts'
import type { Sql } from '../shared/mysql.ts'
import { maySee, readMember, type Member } from './members.ts'

export type SubjectKind = 'review' | 'list' | 'comment'
export interface Subject {
  readonly owner_id: string
  /** Of a review. */
  readonly title_id: string | null
  /** Of a comment: what it is on. */
  readonly on: { readonly subject_kind: string; readonly subject_id: string } | undefined
}

const noSubject = (field: string): Refused => new Refused({ code: 'subject_not_found', message: 'there is no such thing, or it is not shown to you', field })

interface Stored { readonly owner_id: string; readonly title_id?: string; readonly state?: string; readonly visibility?: string; readonly subject_kind?: string; readonly subject_id?: string }
const questions: Readonly<Record<SubjectKind, string>> = {
  review: 'SELECT profile_id AS owner_id, title_id, state FROM reviews WHERE review_id = ? FOR SHARE',
  list: 'SELECT profile_id AS owner_id, visibility FROM lists WHERE list_id = ? FOR SHARE',
  comment: 'SELECT profile_id AS owner_id, state, subject_kind, subject_id FROM comments WHERE comment_id = ? FOR SHARE',
}

/** Held until the transaction ends, so that nothing is said of what is being removed. Throws Refused `subject_not_found`, which does not tell hidden from missing. */
export async function seeSubject(sql: Sql, actor: Member, kind: SubjectKind, subject_id: string, field: string): Promise<Subject> {
  const [row] = await sql.rows<Stored>(questions[kind], [subject_id])
  if (row === undefined) throw noSubject(field)
  const { owner_id, title_id = null, subject_kind, subject_id: on } = row
  const own = owner_id === actor.profile_id
  const owner = own ? actor : await readMember(sql, owner_id)
  const hidden = row.state === 'hidden' && !own
  const kept = row.visibility === 'private' && !own && !(await keeps(sql, subject_id, actor.profile_id))
  if (owner === undefined || hidden || kept || !(await maySee(sql, actor, owner))) throw noSubject(field)
  return { owner_id, title_id, on: subject_kind === undefined || on === undefined ? undefined : { subject_kind, subject_id: on } }
}

const keeps = async (sql: Sql, list_id: string, profile_id: string): Promise<boolean> =>
  (await sql.rows('SELECT 1 FROM list_collaborators WHERE list_id = ? AND profile_id = ?', [list_id, profile_id])).length > 0
