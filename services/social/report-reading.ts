/** The queue of what was reported: read from MySQL, so that what a moderator has decided is not shown again. */
import type { Sql } from '../shared/mysql.ts'
import type { SocialPorts } from './ports.ts'
import type { ReportedKind } from './subject.ts'
import { openSealed, openTexts } from './texts.ts'

interface First {
  readonly report_id: string
  readonly subject_kind: ReportedKind
  readonly subject_id: string
  readonly state: string
  readonly created_at: Date
  readonly decided_by: string | null
  readonly decided_at: Date | null
  readonly restored_by: string | null
  readonly restored_at: Date | null
  readonly reports: number
}
interface Told {
  readonly report_id: string
  readonly subject_id: string
  readonly reporter_id: string
  readonly reason: string
  readonly account_id: string
  readonly note_sealed: Buffer | null
  readonly key_wrapped: Buffer | null
  readonly created_at: Date
}
interface Subject { readonly id: string; readonly profile_id: string; readonly text_id: string | null; readonly name: string | null }

/** Reports of one subject that are shown with it, the oldest of them. */
const shown = 10

/** One subject after the other that has reports in this state, by the oldest of these: each with how many there are, the first ten of them, and what it says. */
export async function readReports({ vault }: Pick<SocialPorts, 'vault'>, sql: Sql, state: string, limit: number, after: string) {
  const subjects = await sql.rows<First>(
    'SELECT r.report_id, r.subject_kind, r.subject_id, r.state, r.created_at, r.decided_by, r.decided_at, r.restored_by, r.restored_at, ' +
      '(SELECT COUNT(*) FROM reports o WHERE o.subject_id = r.subject_id AND o.state = r.state) AS reports FROM reports r ' +
      'WHERE r.state = ? AND r.report_id > ? AND NOT EXISTS (SELECT 1 FROM reports o WHERE o.subject_id = r.subject_id AND o.state = r.state AND o.report_id < r.report_id) ' +
      `ORDER BY r.report_id LIMIT ${Math.trunc(limit)}`, [state, after])
  const ids = subjects.map(({ subject_id }) => subject_id)
  const told = Map.groupBy(await firstReports(sql, state, ids), ({ subject_id }) => subject_id)
  const about = new Map((await reported(sql, ids)).map((subject) => [subject.id, subject]))
  const texts = await openTexts(sql, vault, [...about.values()].flatMap(({ text_id }) => text_id ?? []))
  const noteOf = ({ account_id, note_sealed, key_wrapped }: Told): string | null =>
    note_sealed === null || key_wrapped === null ? null : (openSealed(vault, { account_id, key_wrapped }, note_sealed) ?? null)
  return subjects.map(({ created_at, decided_at, restored_at, ...first }) => {
    const subject = about.get(first.subject_id)
    return {
      ...first, created_at: created_at.toISOString(), decided_at: decided_at?.toISOString() ?? null, restored_at: restored_at?.toISOString() ?? null,
      profile_id: subject?.profile_id ?? null, name: subject?.name ?? null, body: texts.get(subject?.text_id ?? '') ?? null,
      first: (told.get(first.subject_id) ?? []).map((report) => ({
        report_id: report.report_id, reporter_id: report.reporter_id, reason: report.reason, note: noteOf(report), created_at: report.created_at.toISOString(),
      })),
    }
  })
}

async function firstReports(sql: Sql, state: string, subject_ids: readonly string[]): Promise<readonly Told[]> {
  const rows = await sql.rowsIn<Told & { readonly state: string }>(
    'SELECT n.*, k.key_wrapped FROM ' +
      '(SELECT report_id, subject_id, reporter_id, reason, account_id, note_sealed, created_at, state, ROW_NUMBER() OVER (PARTITION BY subject_id, state ORDER BY report_id) AS place ' +
      `FROM reports WHERE subject_id IN (?)) n LEFT JOIN social_keys k ON k.account_id = n.account_id WHERE n.place <= ${shown} ORDER BY n.report_id`, subject_ids)
  return rows.filter((row) => row.state === state)
}

/** Whose they are and where their words are; of a list or card its name too. */
async function reported(sql: Sql, ids: readonly string[]): Promise<readonly Subject[]> {
  const questions = [
    'SELECT review_id AS id, profile_id, text_id, NULL AS name FROM reviews WHERE review_id IN (?)',
    'SELECT comment_id AS id, profile_id, text_id, NULL AS name FROM comments WHERE comment_id IN (?)',
    'SELECT list_id AS id, profile_id, description_id AS text_id, name FROM lists WHERE list_id IN (?)',
    'SELECT profile_id AS id, profile_id, bio_id AS text_id, name FROM social_profiles WHERE profile_id IN (?)',
  ]
  const found: Subject[] = []
  for (const question of questions) found.push(...await sql.rowsIn<Subject>(question, ids))
  return found
}
