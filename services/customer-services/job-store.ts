/** Jobs in MySQL. Any number of processes may take them; each is held by one at a time, and by another when that one has died. */
import type { Database, Sql } from '../shared/mysql.ts'

export interface Job {
  readonly job_id: string
  readonly account_id: string
  readonly kind: string
  readonly attempt: number
}
export interface JobRow {
  readonly job_id: string
  readonly kind: string
  readonly state: 'open' | 'done' | 'failed'
  readonly attempt: number
  readonly created_at: Date
  readonly ended_at: Date | null
  readonly expires_at: Date | null
  readonly size_bytes: number | null
}
/** What is written when a job has come to its end. */
export interface Ending {
  readonly expires_at: Date
  readonly size_bytes?: number
}

const columns = 'job_id, kind, state, attempt, created_at, ended_at, expires_at, size_bytes'

/** Adds a job that is due at once. */
export async function addJob(sql: Sql, job: Pick<Job, 'job_id' | 'account_id' | 'kind'>, now: Date): Promise<void> {
  await sql.run("INSERT INTO jobs (job_id, account_id, kind, state, attempt, due_at, created_at) VALUES (?, ?, ?, 'open', 0, ?, ?)", [
    job.job_id,
    job.account_id,
    job.kind,
    now,
    now,
  ])
}

/** Takes the job that has been due for longest and that nobody is taking, until `until`; undefined where there is none. */
export const takeJob = (database: Database, kinds: readonly string[], now: Date, until: Date): Promise<Job | undefined> =>
  database.transact(async (sql) => {
    const [job] = await sql.rows<Job>(
      `SELECT job_id, account_id, kind, attempt + 1 AS attempt FROM jobs WHERE state = 'open' AND due_at <= ? AND kind IN (${kinds.map(() => '?').join(', ')}) ` +
        'ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED',
      [now, ...kinds],
    )
    if (job !== undefined) await sql.run('UPDATE jobs SET attempt = ?, due_at = ? WHERE job_id = ?', [job.attempt, until, job.job_id])
    return job
  })

/** Whether this attempt still holds the job; locks it against others until the transaction ends. */
export const isHeld = async (sql: Sql, { job_id, attempt }: Job): Promise<boolean> =>
  (await sql.rows("SELECT 1 FROM jobs WHERE job_id = ? AND attempt = ? AND state = 'open' FOR UPDATE", [job_id, attempt])).length > 0

/** Moves the time until which an attempt holds its job, or at which another may begin; whether it still did. */
export const postponeJob = async (database: Database, { job_id, attempt }: Job, due_at: Date): Promise<boolean> =>
  (await database.transact((sql) =>
    sql.run("UPDATE jobs SET due_at = ? WHERE job_id = ? AND attempt = ? AND state = 'open'", [due_at, job_id, attempt]),
  )) > 0

/** Ends a job that the caller holds. An erasure forgets whose it was. */
export async function endJob(sql: Sql, { job_id, kind, account_id }: Job, state: 'done' | 'failed', now: Date, { expires_at, size_bytes }: Ending): Promise<void> {
  await sql.run('UPDATE jobs SET state = ?, ended_at = ?, expires_at = ?, size_bytes = ?, account_id = ? WHERE job_id = ?', [
    state,
    now,
    expires_at,
    size_bytes ?? null,
    kind === 'erasure' ? null : account_id,
    job_id,
  ])
}

/** A job by its id. */
export const readJob = async (sql: Sql, kind: string, job_id: string): Promise<JobRow | undefined> =>
  (await sql.rows<JobRow>(`SELECT ${columns} FROM jobs WHERE job_id = ? AND kind = ?`, [job_id, kind]))[0]

/** An account's jobs of a kind, newest first. */
export const jobsOf = (sql: Sql, kind: string, account_id: string): Promise<readonly JobRow[]> =>
  sql.rows<JobRow>(`SELECT ${columns} FROM jobs WHERE account_id = ? AND kind = ? ORDER BY job_id DESC LIMIT 100`, [account_id, kind])

/** Removes jobs that have expired, with what they made; answers how many. */
export const forgetJobs = (database: Database, now: Date): Promise<number> =>
  database.transact(async (sql) => {
    const gone = await sql.rows<{ readonly job_id: string }>('SELECT job_id FROM jobs WHERE expires_at < ? LIMIT 100 FOR UPDATE SKIP LOCKED', [now])
    for (const { job_id } of gone) {
      await sql.run('DELETE FROM export_parts WHERE job_id = ?', [job_id])
      await sql.run('DELETE FROM jobs WHERE job_id = ?', [job_id])
    }
    return gone.length
  })
