/** Reports of what breaks the rules, and what moderators decide; a queue of work, so MySQL alone holds it. */
import { newId } from '../shared/clock.ts'
import { Refused } from '../shared/errors.ts'
import type { Sql } from '../shared/mysql.ts'
import { moderateComment } from './comment-commands.ts'
import { count } from './limits.ts'
import { lockActor } from './members.ts'
import type { SocialPorts } from './ports.ts'
import { moderateReview } from './review-commands.ts'
import { seeSubject } from './subject.ts'
import { idOf, notify } from './tell.ts'
import { keyOf, TEXT } from './texts.ts'

type Ports = Pick<SocialPorts, 'clock' | 'vault' | 'activity' | 'notifications'>
export type ReportedKind = 'review' | 'comment'
export interface NewReport { readonly subject_kind: ReportedKind; readonly subject_id: string; readonly reason: string; readonly note: string | null }
export type Decision = 'dismiss' | 'hide' | 'remove'
/** What a note is sealed as. */
const NOTE = TEXT

/** Reports something; once is enough. Throws Refused. */
export async function report(ports: Ports, sql: Sql, profile_id: string, { subject_kind, subject_id, reason, note }: NewReport): Promise<string> {
  const actor = await lockActor(sql, profile_id)
  await seeSubject(sql, actor, subject_kind, subject_id, 'subject_id')
  const [again] = await sql.rows('SELECT 1 FROM reports WHERE subject_id = ? AND reporter_id = ?', [subject_id, profile_id])
  if (again !== undefined) throw new Refused({ code: 'already_reported', message: 'this profile has reported it already', field: 'subject_id' })
  const now_us = ports.clock.micros()
  const at = Math.floor(now_us / 1_000)
  await count(sql, actor.account_id, 'report', at)
  const report_id = newId(now_us)
  const sealed = note === null ? null : ports.vault.seal(await keyOf(sql, ports.vault, actor.account_id), NOTE, note)
  await sql.run("INSERT INTO reports (report_id, subject_kind, subject_id, reporter_id, account_id, reason, note_sealed, state, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, 'open', ?)",
    [report_id, subject_kind, subject_id, profile_id, actor.account_id, reason, sealed, new Date(at)])
  return report_id
}

interface Stored {
  readonly report_id: string
  readonly subject_kind: ReportedKind
  readonly subject_id: string
  readonly reporter_id: string
  readonly account_id: string
  readonly reason: string
  readonly note_sealed: Buffer | null
  readonly key_wrapped: Buffer | null
  readonly state: string
  readonly created_at: Date
  readonly reports: number
}

/** Reports in one state, oldest first, each with how many there are of its subject in that state. */
export async function readReports({ vault }: Pick<Ports, 'vault'>, sql: Sql, state: string, limit: number, after: string) {
  const rows = await sql.rows<Stored>(
    'SELECT r.report_id, r.subject_kind, r.subject_id, r.reporter_id, r.account_id, r.reason, r.note_sealed, k.key_wrapped, r.state, r.created_at, ' +
      '(SELECT COUNT(*) FROM reports o WHERE o.subject_id = r.subject_id AND o.state = r.state) AS reports ' +
      `FROM reports r LEFT JOIN social_keys k ON k.account_id = r.account_id WHERE r.state = ? AND r.report_id > ? ORDER BY r.report_id LIMIT ${Math.trunc(limit)}`, [state, after])
  return rows.map(({ note_sealed, key_wrapped, account_id, created_at, ...row }) => ({
    ...row, created_at: created_at.toISOString(), note: note_sealed === null || key_wrapped === null ? null : vault.open({ account_id, key_wrapped }, NOTE, note_sealed),
  }))
}

/** Decides a report and all others of its subject that are open; answers how many. Who wrote what is hidden or removed is told. Throws Refused. */
export async function decideReport(ports: Ports, sql: Sql, moderator_id: string, report_id: string, decision: Decision): Promise<{ readonly state: string; readonly reports: number }> {
  const [found] = await sql.rows<Pick<Stored, 'subject_kind' | 'subject_id' | 'state'>>('SELECT subject_kind, subject_id, state FROM reports WHERE report_id = ? FOR UPDATE', [report_id])
  if (found === undefined) throw new Refused({ code: 'report_not_found', message: 'no report has this id', field: 'path.report_id' })
  if (found.state !== 'open') throw new Refused({ code: 'report_decided', message: `has been decided: ${found.state}`, field: 'path.report_id' })
  const { subject_kind, subject_id } = found
  const now_us = ports.clock.micros()
  const at = new Date(Math.floor(now_us / 1_000))
  const state = decision === 'dismiss' ? 'dismissed' : 'upheld'
  // before the subject goes, which takes the reports of it along
  const reports = await sql.run("UPDATE reports SET state = ?, decided_by = ?, decided_at = ? WHERE subject_id = ? AND state = 'open'", [state, moderator_id, at, subject_id])
  if (decision === 'dismiss') return { state, reports }
  const to = decision === 'hide' ? 'hidden' : 'removed'
  const author = await (subject_kind === 'review' ? moderateReview : moderateComment)(ports, sql, subject_id, to)
  if (author !== undefined) await notify(ports, sql, { notification_id: idOf('moderated', subject_id), profile_id: author, kind: 'moderated', subject_kind, subject_id, occurred_at: at.getTime(), version: now_us })
  return { state, reports }
}
