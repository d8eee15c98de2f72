/** Reports of what breaks the rules, and what moderators decide; a queue of work, so MySQL alone holds it. */
import { newId } from '../shared/clock.ts'
import { Refused } from '../shared/errors.ts'
import type { Sql } from '../shared/mysql.ts'
import { takeBackDecisions } from './about.ts'
import { count } from './limits.ts'
import { lockActor } from './members.ts'
import type { SocialPorts } from './ports.ts'
import { lockSubject, moderate } from './report-subjects.ts'
import { seeCard, seeSubject, type ReportedKind } from './subject.ts'
import { idOf, notify } from './tell.ts'
import { keyOf, TEXT } from './texts.ts'

type Ports = Pick<SocialPorts, 'clock' | 'vault' | 'activity' | 'notifications'>
export interface NewReport { readonly subject_kind: ReportedKind; readonly subject_id: string; readonly reason: string; readonly note: string | null }
export type Decision = 'dismiss' | 'hide' | 'remove' | 'restore'

/** Reports something; once is enough. Throws Refused. */
export async function report(ports: Ports, sql: Sql, profile_id: string, { subject_kind, subject_id, reason, note }: NewReport): Promise<string> {
  const actor = subject_kind === 'profile' ? await seeCard(sql, profile_id, subject_id, 'subject_id') : await lockActor(sql, profile_id)
  if (subject_kind !== 'profile') await seeSubject(sql, actor, subject_kind, subject_id, 'subject_id')
  const [again] = await sql.rows('SELECT 1 FROM reports WHERE subject_id = ? AND reporter_id = ?', [subject_id, profile_id])
  if (again !== undefined) throw new Refused({ code: 'already_reported', message: 'this profile has reported it already', field: 'subject_id' })
  const now_us = ports.clock.micros()
  const at = Math.floor(now_us / 1_000)
  await count(sql, actor.account_id, 'report', at)
  const report_id = newId(now_us)
  const sealed = note === null ? null : ports.vault.seal(await keyOf(sql, ports.vault, actor.account_id), TEXT, note)
  await sql.run("INSERT INTO reports (report_id, subject_kind, subject_id, reporter_id, account_id, reason, note_sealed, state, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, 'open', ?)",
    [report_id, subject_kind, subject_id, profile_id, actor.account_id, reason, sealed, new Date(at)])
  return report_id
}

interface Stored { readonly subject_kind: ReportedKind; readonly subject_id: string; readonly state: string }
const noReport = (): Refused => new Refused({ code: 'report_not_found', message: 'no report has this id', field: 'path.report_id' })

/** The report, locked after what it is about: whoever removes that takes the reports after it, too. */
async function lockReport(sql: Sql, report_id: string): Promise<Stored> {
  const read = async (lock: string): Promise<Stored> => {
    const [found] = await sql.rows<Stored>(`SELECT subject_kind, subject_id, state FROM reports WHERE report_id = ? ${lock}`, [report_id])
    if (found === undefined) throw noReport()
    return found
  }
  const { subject_kind, subject_id } = await read('')
  await lockSubject(sql, subject_kind, subject_id)
  return read('FOR UPDATE')
}

/** Shows again what was hidden, as it was, and takes back what its author was told; the reports keep who had hidden it. */
async function restore(ports: Ports, sql: Sql, moderator_id: string, { subject_kind, subject_id, state }: Stored): Promise<{ readonly state: string; readonly reports: number }> {
  if (state !== 'upheld') throw new Refused({ code: 'decision_not_possible', message: `only what was hidden is restored; this report is ${state}`, field: 'decision' })
  await takeBackDecisions(ports, sql, [subject_id])
  await moderate[subject_kind](ports, sql, subject_id, 'published')
  const at = new Date(Math.floor(ports.clock.micros() / 1_000))
  const reports = await sql.run("UPDATE reports SET state = 'restored', restored_by = ?, restored_at = ? WHERE subject_id = ? AND state = 'upheld'", [moderator_id, at, subject_id])
  return { state: 'restored', reports }
}

/** Settles a report and all others of its subject that are open, or upheld where it is restored; answers how many. Who wrote what is hidden or removed is told. Throws Refused. */
export async function settleReport(ports: Ports, sql: Sql, moderator_id: string, report_id: string, decision: Decision): Promise<{ readonly state: string; readonly reports: number }> {
  const found = await lockReport(sql, report_id)
  if (decision === 'restore') return restore(ports, sql, moderator_id, found)
  const { subject_kind, subject_id } = found
  if (found.state !== 'open') throw new Refused({ code: 'report_decided', message: `has been decided: ${found.state}`, field: 'path.report_id' })
  const at = new Date(Math.floor(ports.clock.micros() / 1_000))
  const tell = (profile_id: string, occurred_at: number): Promise<void> =>
    notify(ports, sql, { notification_id: idOf('moderated', subject_id), profile_id, kind: 'moderated', subject_kind, subject_id, occurred_at, version: ports.clock.micros() })
  const first = async <T>(text: string): Promise<T | undefined> => (await sql.rows<T>(text, [subject_id]))[0]
  if (decision === 'remove') {
    // the reports go with what they are about
    const open = await first<{ readonly reports: number }>("SELECT COUNT(*) AS reports FROM reports WHERE subject_id = ? AND state = 'open'")
    const author = await moderate[subject_kind](ports, sql, subject_id, 'removed')
    if (author !== undefined) await tell(author, at.getTime())
    return { state: 'upheld', reports: open?.reports ?? 0 }
  }
  const state = decision === 'dismiss' ? 'dismissed' : 'upheld'
  const reports = await sql.run("UPDATE reports SET state = ?, decided_by = ?, decided_at = ? WHERE subject_id = ? AND state = 'open'", [state, moderator_id, at, subject_id])
  const author = decision === 'hide' ? await moderate[subject_kind](ports, sql, subject_id, 'hidden') : undefined
  // a list may be hidden again: what is told again keeps its time, by which whoever takes it back finds it
  const told = author === undefined ? undefined : await first<{ readonly decided_at: Date }>("SELECT MIN(decided_at) AS decided_at FROM reports WHERE subject_id = ? AND state = 'upheld'")
  if (author !== undefined) await tell(author, (told?.decided_at ?? at).getTime())
  return { state, reports }
}
