/** Exports in MySQL: pieces of a zip, each sealed under its account's key, and so unreadable once the account is erased. */
import type { Database } from '../shared/mysql.ts'
import type { Keyed, Vault } from '../shared/personal-data.ts'
import { isHeld, type Job } from './job-store.ts'

const placeOf = (job_id: string, part: number): string => `export ${job_id} ${part}`

/** Keeps a piece; throws where the job is somebody else's by now. */
export const writePart = (database: Database, vault: Vault, key: Keyed, job: Job, part: number, bytes: Uint8Array): Promise<void> =>
  database.transact(async (sql) => {
    if (!(await isHeld(sql, job))) throw new Error(`exporting '${job.job_id}': attempt ${job.attempt} does not hold the job any more`)
    await sql.run('INSERT INTO export_parts (job_id, attempt, part, sealed) VALUES (?, ?, ?, ?)', [
      job.job_id,
      job.attempt,
      part,
      vault.sealBytes(key, placeOf(job.job_id, part), bytes),
    ])
  })

/** Removes what earlier attempts have left. */
export const removeParts = (database: Database, { job_id, attempt }: Job): Promise<number> =>
  database.transact((sql) => sql.run('DELETE FROM export_parts WHERE job_id = ? AND attempt < ?', [job_id, attempt]))

/** The zip of a job that is done, piece by piece. */
export async function* readParts(database: Database, vault: Vault, key: Keyed, { job_id, attempt }: Pick<Job, 'job_id' | 'attempt'>): AsyncGenerator<Buffer> {
  for (let part = 0; ; part++) {
    const [row] = await database.read((sql) =>
      sql.rows<{ readonly sealed: Buffer }>('SELECT sealed FROM export_parts WHERE job_id = ? AND attempt = ? AND part = ?', [job_id, attempt, part]),
    )
    if (row === undefined) return
    yield vault.openBytes(key, placeOf(job_id, part), row.sealed)
  }
}
