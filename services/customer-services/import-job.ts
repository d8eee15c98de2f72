/** The job on an import: matches what waits to be matched, or applies what is to be applied. May be run again from its start at any time: what is done is marked. */
import { instantOf, nextVersion } from '../shared/clock.ts'
import type { Keyed } from '../shared/personal-data.ts'
import { applyRow } from './import-apply.ts'
import { openMatcher, readSocial, settle } from './import-match.ts'
import { applicable, type Row, type RowKind, type RowState } from './import-row.ts'
import { applyAtSocial } from './import-social.ts'
import { importOfJob, moveImport, putRows, readFates, readImport, readRows, type Import } from './import-store.ts'
import type { Handler } from './jobs.ts'
import type { CustomerPorts } from './ports.ts'
import { readProfileKey } from './profile-store.ts'

/** Kind of the job. */
export const importing = 'import'
/** An import that cannot be worked on for hours is given up; its person may have it worked on again. */
export const importAttempts = 40
/** How long it is told what became of the job; the import stays. */
const told_ms = 86_400_000
const page = 200

export type ImportMeans = Pick<CustomerPorts, 'database' | 'clock' | 'vault' | 'views' | 'social' | 'activity'>

/** In this order: a rating knows its day best, a review names its viewing, and an entry its list. */
const rounds: readonly { readonly kinds: readonly RowKind[]; readonly at: 'home' | 'social' }[] = [
  { kinds: ['rating'], at: 'home' },
  { kinds: ['viewing'], at: 'home' },
  { kinds: ['list'], at: 'social' },
  { kinds: ['list_entry', 'review', 'like', 'watchlist_entry'], at: 'social' },
]

/** Pages of rows in these states, each row once, whatever becomes of it meanwhile. */
async function* pages(
  { database, vault }: ImportMeans, key: Keyed, { import_id }: Import, asked: { readonly states: readonly RowState[]; readonly kinds?: readonly RowKind[] },
): AsyncGenerator<readonly Row[]> {
  for (let after = -1; ; ) {
    const rows = await database.read((sql) => readRows(sql, vault, key, import_id, { ...asked, after, limit: page }))
    const last = rows.at(-1)
    if (last === undefined) return
    yield rows
    after = last.row_number
  }
}

/** Matches the rows that wait. What is found is written where the import is still there, and still this job's. */
async function matchAll(means: ImportMeans, owner: Import, key: Keyed, signal: AbortSignal): Promise<void> {
  const { database, vault, views, social } = means
  const { import_id, profile_id, account_id, job_id } = owner
  const match = openMatcher(views)
  const has = await readSocial(social, account_id, profile_id)
  for await (const rows of pages(means, key, owner, { states: ['waiting'] })) {
    signal.throwIfAborted()
    const fates = await database.read((sql) => readFates(sql, import_id, rows.flatMap(({ of_row }) => of_row ?? [])))
    const settled = await settle(database, profile_id, rows, { match, social: has, listOf: (of_row) => fates.get(of_row ?? -1)?.item_id })
    await database.transact(async (sql) => {
      if ((await readImport(sql, profile_id, import_id, 'FOR UPDATE'))?.job_id === job_id) await putRows(sql, vault, key, import_id, settled)
    })
  }
}

async function applyAll(means: ImportMeans, owner: Import, key: Keyed, signal: AbortSignal): Promise<void> {
  for (const { kinds, at } of rounds) {
    for await (const rows of pages(means, key, owner, { states: applicable, kinds })) {
      if (at === 'social') {
        await applyAtSocial(means, owner, rows, signal)
        continue
      }
      for (const { row_number } of rows) {
        signal.throwIfAborted()
        await applyRow(means, owner, row_number)
      }
    }
  }
}

/** Does it; an import that was removed meanwhile is nothing to do. */
export const workOnImport =
  (means: ImportMeans): Handler =>
  async ({ job_id }, signal) => {
    const { database, clock, activity } = means
    const ending = { expires_at: new Date(instantOf(clock.micros()) + told_ms) }
    const owner = await database.read((sql) => importOfJob(sql, job_id))
    const key = owner === undefined ? undefined : await database.read((sql) => readProfileKey(sql, owner.profile_id))
    if (owner === undefined || key === undefined) return ending
    await activity.prepare()
    if (owner.state === 'matching') await matchAll(means, owner, key, signal)
    if (owner.state === 'applying') await applyAll(means, owner, key, signal)
    await database.transact(async (sql) => {
      const held = await readImport(sql, owner.profile_id, owner.import_id, 'FOR UPDATE')
      if (held === undefined || held.job_id !== job_id) return
      const version = nextVersion(held.version, clock.micros())
      if (held.state === 'matching') await moveImport(sql, { ...held, state: 'ready', version })
      if (held.state === 'applying') await moveImport(sql, { ...held, state: 'applied', version, applied_at: new Date(instantOf(version)) })
    })
    return ending
  }
