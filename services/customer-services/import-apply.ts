/** Applies ratings and viewings of an import: each by the commands that a person's own go by, in one transaction with the mark that it was. */
import { Refused } from '../shared/errors.ts'
import type { Database, Sql } from '../shared/mysql.ts'
import { counted } from './day.ts'
import { applicable, decideRating, decideViewing, type Row, type RowState } from './import-row.ts'
import { markRow, readRow, type Import } from './import-store.ts'
import { lockProfile, type LockedProfile } from './profile-store.ts'
import { run as runRating } from './rating-commands.ts'
import { readRating } from './rating-store.ts'
import { addViewing, reviseViewing, type Means as ViewingMeans } from './viewing-commands.ts'
import { readViewing } from './viewing-store.ts'

/** `activity` is prepared before. */
export interface Means extends ViewingMeans {
  readonly database: Database
}
type Whose = Pick<Import, 'import_id' | 'profile_id'>
/** Whose import it is, whose profile this transaction has locked. */
type Locked = Pick<Import, 'profile_id'> & Pick<LockedProfile, 'key'>
type Applied = Extract<RowState, 'applied' | 'present' | 'skipped'>

async function applyRating(means: Means, sql: Sql, { profile_id }: Locked, title_id: string, { row, resolution }: Row): Promise<Applied> {
  if (row?.kind !== 'rating') throw new Error(`applying a rating: the row is '${String(row?.kind)}'`)
  const { half_stars, rated_on } = row
  const key = { profile_id, title_id }
  const decision = decideRating({ half_stars, rated_on }, await readRating(sql, key), resolution)
  if (decision !== 'rate') return decision
  await runRating(means, sql, key, { do: 'rate', half_stars, ...(rated_on === null ? {} : { rated_at: Date.parse(rated_on) }) }, false)
  return 'applied'
}

async function applyViewing(means: Means, sql: Sql, { profile_id, key }: Locked, title_id: string, stored: Row): Promise<Applied> {
  const { row, item_id, found_id } = stored
  if (row?.kind !== 'viewing') throw new Error(`applying a viewing: the row is '${String(row?.kind)}'`)
  const isThere = (await readViewing(sql, means.vault, key, profile_id, item_id)) !== undefined
  const decision = decideViewing(stored, isThere)
  const { half_stars, liked, rewatch, tags } = row
  const said = { half_stars, liked, rewatch, tags }
  if (decision === 'add') {
    // of a day that nobody knows, it may be older than any opinion that is there
    const rates = row.watched_on !== null || (await readRating(sql, { profile_id, title_id })) === undefined
    await addViewing(means, sql, profile_id, { ...said, title_id, watched_on: counted(row.watched_on) }, false, { viewing_id: item_id, rates })
  }
  else if (decision === 'revise' && found_id !== null) await reviseViewing(means, sql, { profile_id, viewing_id: found_id, expected: undefined }, said, false)
  else return decision === 'present' ? 'present' : 'skipped'
  return 'applied'
}

/** Applies one row, once: whoever comes second finds it marked. What is refused is marked by itself, since the transaction of a refusal leaves nothing. */
export async function applyRow(means: Means, { import_id, profile_id }: Whose, row_number: number): Promise<void> {
  const { database, vault } = means
  try {
    await database.transact(async (sql) => {
      const profile = await lockProfile(sql, vault, profile_id)
      if (profile === undefined) return
      const { key } = profile
      const row = await readRow(sql, vault, key, import_id, row_number, 'FOR UPDATE')
      if (row === undefined || row.title_id === null || !applicable.includes(row.state)) return
      const apply = row.kind === 'rating' ? applyRating : applyViewing
      await markRow(sql, import_id, { row_number, state: await apply(means, sql, { profile_id, key }, row.title_id, row), outcome: null, why: null })
    })
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    const { code, message } = error
    await database.transact((sql) => markRow(sql, import_id, { row_number, state: 'refused', outcome: code, why: message }))
  }
}
