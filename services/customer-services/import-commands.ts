/** What a person does with an import: opens it, decides about its rows, has it matched or applied, removes it. All throw Refused. */
import { instantOf, newId, nextVersion } from '../shared/clock.ts'
import { Refused, Unavailable } from '../shared/errors.ts'
import type { Sql } from '../shared/mysql.ts'
import type { Keyed } from '../shared/personal-data.ts'
import { importing, type ImportMeans } from './import-job.ts'
import { openMatcher, readSocial, readThere, settle } from './import-match.ts'
import { decideStanding, open, type Resolution, type Row } from './import-row.ts'
import { rowsOfUpload } from './import-rows.ts'
import { addImport, awaitMatching, moveImport, putRows, readFates, readImport, readImports, readRow, removeImport, type Import } from './import-store.ts'
import type { Upload } from './interchange/rows.ts'
import { addJob } from './job-store.ts'
import { noProfile } from './ownership.ts'
import { lockProfile, readProfileKey } from './profile-store.ts'

/** Imports that a profile has at once; they are kept until they are removed, for what the platform has no place for goes out again with an export. */
export const mostImports = 10
const page = 500

/** The answer to who names an import that the profile does not have. */
export const noImport = (): Refused => new Refused({ code: 'import_not_found', message: 'the profile has no such import', field: 'path.import_id' })
/** The answer to who names a row that the import does not have. */
export const noRow = (): Refused => new Refused({ code: 'import_row_not_found', message: 'the import has no such row', field: 'path.row_number' })

async function lockIdle(sql: Sql, profile_id: string, import_id: string): Promise<Import> {
  const found = await readImport(sql, profile_id, import_id, 'FOR UPDATE')
  if (found === undefined) throw noImport()
  if (found.busy) throw new Refused({ code: 'import_busy', message: `the import is ${found.state} just now; GET it until it is not, then ask again` })
  return found
}

/** Rows of an upload, matched until it is enough, or the catalogue is away; those that are left wait for a job. */
export async function prepareRows(
  { database, views, social }: ImportMeans, { profile_id, account_id }: Pick<Import, 'profile_id' | 'account_id'>, upload: Upload, isEnough: () => boolean,
): Promise<readonly Row[]> {
  const rows = rowsOfUpload(profile_id, upload)
  let isAway = false
  const settledOr = (some: readonly Row[]): Promise<readonly Row[]> => settle(database, profile_id, some, settling).catch((error: unknown) => {
    if (!(error instanceof Unavailable)) throw error
    isAway = true
    return some
  })
  const isSocial = rows.some(({ kind }) => kind !== 'viewing' && kind !== 'rating' && kind !== 'kept')
  const has = isSocial ? await readSocial(social, account_id, profile_id) : new Set<string>()
  const settling = { match: openMatcher(views), social: has, listOf: (of_row: number | null) => rows[of_row ?? -1]?.item_id }
  const settled: Row[] = []
  for (let from = 0; from < rows.length; from += page) {
    const some = rows.slice(from, from + page)
    const waiting = some.filter(({ state }) => state === 'waiting')
    const found = waiting.length === 0 || isAway || isEnough() ? waiting : await settledOr(waiting)
    const byNumber = new Map(found.map((row) => [row.row_number, row]))
    settled.push(...some.map((row) => byNumber.get(row.row_number) ?? row))
  }
  return settled
}

/** Writes an import, in the caller's transaction. The rows come first: the profile is locked for a moment only. */
export async function openImport({ clock, vault }: ImportMeans, sql: Sql, profile_id: string, source: Upload['source'], rows: readonly Row[]): Promise<Import> {
  const key = await readProfileKey(sql, profile_id)
  if (key === undefined) throw noProfile()
  const version = clock.micros()
  const import_id = newId(version)
  await putRows(sql, vault, key, import_id, rows)
  if ((await lockProfile(sql, vault, profile_id)) === undefined) throw noProfile()
  const before = await readImports(sql, profile_id)
  if (before.length >= mostImports) throw new Refused({ code: 'too_many_imports', message: `a profile has ${mostImports} imports at most; remove one first` })
  const isWaiting = rows.some(({ state }) => state === 'waiting')
  const now = new Date(instantOf(version))
  const job_id = isWaiting ? newId(version) : null
  if (job_id !== null) await addJob(sql, { job_id, account_id: key.account_id, kind: importing }, now)
  const made: Import = {
    import_id, profile_id, account_id: key.account_id, source, state: isWaiting ? 'matching' : 'ready', job_id, version, created_at: now, applied_at: null, busy: isWaiting,
  }
  await addImport(sql, made)
  return made
}

/** Orders a job that moves an import on; answers the import. */
async function order({ clock }: ImportMeans, sql: Sql, found: Import, state: 'matching' | 'applying'): Promise<Import> {
  const version = nextVersion(found.version, clock.micros())
  const job_id = newId(version)
  await addJob(sql, { job_id, account_id: found.account_id, kind: importing }, new Date(instantOf(version)))
  const moved: Import = { ...found, state, job_id, version, busy: true }
  await moveImport(sql, moved)
  return moved
}

/** Has an import applied; one that is being applied is answered as it is. */
export async function orderApplication(means: ImportMeans, sql: Sql, profile_id: string, import_id: string): Promise<Import> {
  const found = await readImport(sql, profile_id, import_id, 'FOR UPDATE')
  if (found?.state === 'applying' && found.busy) return found
  return order(means, sql, await lockIdle(sql, profile_id, import_id), 'applying')
}

/** Has the rows matched once more that were not matched by hand, and are not applied. */
export async function orderMatching(means: ImportMeans, sql: Sql, profile_id: string, import_id: string): Promise<Import> {
  const found = await readImport(sql, profile_id, import_id, 'FOR UPDATE')
  if (found?.state === 'matching' && found.busy) return found
  const idle = await lockIdle(sql, profile_id, import_id)
  await awaitMatching(sql, import_id, ['waiting', 'unmatched', 'matched', 'conflict', 'present'])
  return order(means, sql, idle, 'matching')
}

/** What a person says of a row: which title it is of, which is known to be there, or what to do about it. */
export interface RowChange {
  readonly title_id?: string
  readonly resolution?: Resolution
}

/** Decides about a row; answers it as it is after. */
export async function resolveRow(
  { vault }: ImportMeans, sql: Sql, { profile_id, import_id }: Pick<Import, 'profile_id' | 'import_id'>, row_number: number, { title_id, resolution }: RowChange,
): Promise<Row> {
  await lockIdle(sql, profile_id, import_id)
  const key: Keyed | undefined = await readProfileKey(sql, profile_id)
  if (key === undefined) throw noProfile()
  const before = await readRow(sql, vault, key, import_id, row_number, 'FOR UPDATE')
  if (before === undefined) throw noRow()
  const fixed = (words: string): Refused => new Refused({ code: 'import_row_fixed', message: words, field: 'path.row_number' })
  if (!open.has(before.state)) throw fixed(`the row is '${before.state}', and nothing is left to decide about it`)
  if (title_id !== undefined && before.kind === 'list') throw fixed('the row is of a list, and no title is that; give it a resolution')
  const matched: Row = title_id === undefined ? before : { ...before, title_id, matched: 'hand' }
  const there = await readThere(sql, profile_id, [matched], new Set())
  const list = before.of_row === null ? undefined : (await readFates(sql, import_id, [before.of_row])).get(before.of_row)
  const after: Row = { ...matched, ...decideStanding(matched, matched.title_id, there, list?.item_id), resolution: resolution ?? before.resolution, outcome: null, why: null }
  await putRows(sql, vault, key, import_id, [after])
  return after
}

/** Removes an import that nothing works on; what it made stays. */
export async function dropImport(sql: Sql, profile_id: string, import_id: string): Promise<void> {
  const { job_id } = await lockIdle(sql, profile_id, import_id)
  await removeImport(sql, import_id)
  if (job_id !== null) await sql.run('DELETE FROM jobs WHERE job_id = ?', [job_id])
}
