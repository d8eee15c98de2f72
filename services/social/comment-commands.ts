/** Runs commands on comments, in the caller's transaction. */
import { newId, nextVersion } from '../shared/clock.ts'
import { Refused } from '../shared/errors.ts'
import type { Sql } from '../shared/mysql.ts'
import { commentColumns, removeComments, type StoredComment } from './about.ts'
import { count } from './limits.ts'
import { lockActor, type Member } from './members.ts'
import type { SocialPorts } from './ports.ts'
import { hears, seeSubject, seesWords } from './subject.ts'
import { idOf, notify, record, withdraw } from './tell.ts'
import { addText, changeText } from './texts.ts'

type Ports = Pick<SocialPorts, 'clock' | 'vault' | 'activity' | 'notifications'>
export interface NewComment { readonly subject_kind: 'review' | 'list'; readonly subject_id: string; readonly parent_id: string | null; readonly body: string }
type Loaded = StoredComment & { readonly state: string; readonly updated_at: Date }

/** The answer to who asks for a comment that is not there, or not theirs. */
export const noComment = (): Refused => new Refused({ code: 'comment_not_found', message: 'no comment has this id', field: 'path.comment_id' })

async function load(sql: Sql, comment_id: string): Promise<Loaded | undefined> {
  const [row] = await sql.rows<Loaded>(`SELECT ${commentColumns}, state, updated_at FROM comments WHERE comment_id = ? FOR UPDATE`, [comment_id])
  return row
}

const shown = ({ created_at, updated_at, ...comment }: Loaded) => ({ ...comment, created_at: created_at.getTime(), updated_at: updated_at.getTime() })
export type Written = ReturnType<typeof shown>

/** Whoever is answered must have spoken of the same thing, be seen by the actor, and not have answered themselves: threads are two deep. */
async function parentOf(sql: Sql, actor: Member, { parent_id, subject_id }: NewComment): Promise<Loaded | undefined> {
  if (parent_id === null) return undefined
  const parent = await load(sql, parent_id)
  const isThere = parent !== undefined && parent.subject_id === subject_id && (await seesWords(sql, actor, parent))
  if (!isThere) throw new Refused({ code: 'unknown_subject', message: 'no comment on this has that id', field: 'parent_id' })
  if (parent.parent_id !== null) throw new Refused({ code: 'answer_to_an_answer', message: 'is an answer itself; answer the comment that it answers', field: 'parent_id' })
  return parent
}

/** Comments on a review or a list. Throws Refused. */
export async function addComment(ports: Ports, sql: Sql, profile_id: string, given: NewComment): Promise<Written> {
  const actor = await lockActor(sql, profile_id)
  const subject = await seeSubject(sql, actor, given.subject_kind, given.subject_id, 'subject_id')
  const parent = await parentOf(sql, actor, given)
  const version = ports.clock.micros()
  const at = Math.floor(version / 1_000)
  await count(sql, actor.account_id, 'comment', at)
  const { subject_kind, subject_id, parent_id } = given
  const made: Loaded = {
    comment_id: newId(version), subject_kind, subject_id, parent_id, profile_id, text_id: await addText(ports, sql, actor.account_id, given.body), state: 'published', version,
    created_at: new Date(at), updated_at: new Date(at),
  }
  await sql.run(`INSERT INTO comments (${commentColumns}, state, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [made.comment_id, subject_id, subject_kind, parent_id, profile_id, made.text_id, version, made.created_at, made.state, made.updated_at])
  const about = { subject_kind, subject_id, occurred_at: at, version }
  await record(ports, sql, { ...about, activity_id: idOf('commented', made.comment_id), profile_id, kind: 'commented', title_id: subject.title_id, other_id: subject.owner_id })
  const tell = async (to: string, kind: 'commented' | 'answered'): Promise<void> => {
    if (await hears(sql, to, actor, subject_kind, subject_id)) await notify(ports, sql, { ...about, notification_id: idOf(kind, made.comment_id), profile_id: to, kind, actor_id: profile_id })
  }
  await tell(subject.owner_id, 'commented')
  if (parent !== undefined && parent.profile_id !== subject.owner_id) await tell(parent.profile_id, 'answered')
  return shown(made)
}

/** Puts other words in a comment of the actor's own. Throws Refused. */
export async function changeComment(ports: Ports, sql: Sql, profile_id: string, comment_id: string, body: string): Promise<Written> {
  const actor = await lockActor(sql, profile_id)
  const before = await load(sql, comment_id)
  if (before === undefined || before.profile_id !== profile_id) throw noComment()
  ports.clock.saw(before.version)
  const version = nextVersion(before.version, ports.clock.micros())
  const updated_at = new Date(Math.floor(version / 1_000))
  await count(sql, actor.account_id, 'comment', updated_at.getTime())
  await changeText(ports, sql, actor.account_id, before.text_id, body)
  await sql.run('UPDATE comments SET version = ?, updated_at = ? WHERE comment_id = ?', [version, updated_at, comment_id])
  return shown({ ...before, version, updated_at })
}

/** Removes a comment and the answers to it: its author may, and whose review or list it is on. Throws Refused. */
export async function removeComment(ports: Ports, sql: Sql, profile_id: string, comment_id: string): Promise<void> {
  await lockActor(sql, profile_id)
  const comment = await load(sql, comment_id)
  if (comment === undefined) throw noComment()
  if (comment.profile_id !== profile_id && (await subjectOf(sql, comment))?.profile_id !== profile_id) throw noComment()
  await removeComments(ports, sql, [comment])
}

/** What a comment is on: whose that is, and of which title. */
async function subjectOf(sql: Sql, { subject_kind, subject_id }: StoredComment): Promise<{ readonly profile_id: string; readonly title_id: string | null } | undefined> {
  const [title, table, key] = subject_kind === 'review' ? ['title_id', 'reviews', 'review_id'] : ['NULL AS title_id', 'lists', 'list_id']
  return (await sql.rows<{ readonly profile_id: string; readonly title_id: string | null }>(`SELECT profile_id, ${title} FROM ${table} WHERE ${key} = ?`, [subject_id]))[0]
}

/** A moderator hides a comment, shows it again or removes it; answers whose it is where that changes anything. */
export async function moderateComment(ports: Ports, sql: Sql, comment_id: string, to: 'hidden' | 'published' | 'removed'): Promise<string | undefined> {
  const before = await load(sql, comment_id)
  if (before === undefined || before.state === to) return undefined
  const { subject_kind, subject_id, created_at, profile_id } = before
  if (to === 'removed') {
    await removeComments(ports, sql, [before])
    return profile_id
  }
  ports.clock.saw(before.version)
  const version = nextVersion(before.version, ports.clock.micros())
  await sql.run('UPDATE comments SET state = ?, version = ?, updated_at = ? WHERE comment_id = ?', [to, version, new Date(Math.floor(version / 1_000)), comment_id])
  const about = { activity_id: idOf('commented', comment_id), profile_id, kind: 'commented', subject_kind, subject_id, occurred_at: created_at.getTime(), version } as const
  const on = await subjectOf(sql, before)
  if (to === 'hidden') await withdraw(ports, sql, about)
  else if (on !== undefined) await record(ports, sql, { ...about, title_id: on.title_id, other_id: on.profile_id })
  return profile_id
}
