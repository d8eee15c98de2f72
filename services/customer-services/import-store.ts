/** Imports in MySQL, and their rows, each sealed under its account's key. Whoever changes an import holds its row. */
import type { Sql } from '../shared/mysql.ts'
import type { Keyed, Vault } from '../shared/personal-data.ts'
import type { Row, RowKind, RowState, Said } from './import-row.ts'

export interface Import {
  readonly import_id: string
  readonly profile_id: string
  readonly account_id: string
  readonly source: 'letterboxd' | 'imdb'
  readonly state: 'matching' | 'ready' | 'applying' | 'applied'
  readonly job_id: string | null
  readonly version: number
  readonly created_at: Date
  readonly applied_at: Date | null
  /** Whether a job works on it, or will. */
  readonly busy: boolean
}
type StoredImport = Omit<Import, 'busy'> & { readonly busy: number }
type StoredRow = Omit<Row, 'row' | 'message' | 'alternatives'> & { readonly alternatives: string; readonly row_sealed: Buffer }

const own = 'i.import_id, i.profile_id, i.account_id, i.source, i.state, i.job_id, i.version, i.created_at, i.applied_at'
const selected = `SELECT ${own}, i.state IN ('matching', 'applying') AND EXISTS (SELECT 1 FROM jobs j WHERE j.job_id = i.job_id AND j.state = 'open') AS busy FROM imports i`
const importOf = (row: StoredImport): Import => ({ ...row, busy: row.busy === 1 })

const columns = '`row_number`, kind, state, item_id, of_row, title_id, matched, alternatives, found_id, resolution, outcome, why, row_sealed'
const changed = ['state', 'title_id', 'matched', 'alternatives', 'found_id', 'resolution', 'outcome', 'why'].map((column) => `${column} = new.${column}`).join(', ')
const piece = 500
const placeOf = (import_id: string, row_number: number): string => `import ${import_id} ${row_number}`

/** Opens rows of one import. */
const opened = (vault: Vault, key: Keyed, import_id: string, { alternatives, row_sealed, ...row }: StoredRow): Row => {
  const said = JSON.parse(vault.open(key, placeOf(import_id, row.row_number), row_sealed)) as Said
  return { ...row, ...said, alternatives: alternatives === '' ? [] : alternatives.split(',') }
}

/** An import of a profile, with `FOR UPDATE` locked until the transaction ends; undefined where the profile has none of that id. */
export async function readImport(sql: Sql, profile_id: string, import_id: string, lock: '' | 'FOR UPDATE' = ''): Promise<Import | undefined> {
  const [row] = await sql.rows<StoredImport>(`${selected} WHERE i.import_id = ? AND i.profile_id = ? ${lock}`, [import_id, profile_id])
  return row === undefined ? undefined : importOf(row)
}
/** The import that a job is for. */
export async function importOfJob(sql: Sql, job_id: string): Promise<Import | undefined> {
  const [row] = await sql.rows<StoredImport>(`${selected} WHERE i.job_id = ?`, [job_id])
  return row === undefined ? undefined : importOf(row)
}
/** A profile's imports, newest first; there are few. */
export const readImports = async (sql: Sql, profile_id: string): Promise<readonly Import[]> =>
  (await sql.rows<StoredImport>(`${selected} WHERE i.profile_id = ? ORDER BY i.import_id DESC`, [profile_id])).map(importOf)

export async function addImport(sql: Sql, { import_id, profile_id, account_id, source, state, job_id, version, created_at, applied_at }: Omit<Import, 'busy'>): Promise<void> {
  await sql.run('INSERT INTO imports (import_id, profile_id, account_id, source, state, job_id, version, created_at, applied_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)', [
    import_id, profile_id, account_id, source, state, job_id, version, created_at, applied_at,
  ])
}

/** Moves an import on; who asks holds it. */
export async function moveImport(sql: Sql, { import_id, state, job_id, version, applied_at }: Pick<Import, 'import_id' | 'state' | 'job_id' | 'version' | 'applied_at'>): Promise<void> {
  await sql.run('UPDATE imports SET state = ?, job_id = ?, version = ?, applied_at = ? WHERE import_id = ?', [state, job_id, version, applied_at, import_id])
}

/** Adds rows, or changes what became of those that are there. */
export async function putRows(sql: Sql, vault: Vault, key: Keyed, import_id: string, rows: readonly Row[]): Promise<void> {
  for (let from = 0; from < rows.length; from += piece) {
    await sql.runMany(`INSERT INTO import_rows (import_id, ${columns}) VALUES ? AS new ON DUPLICATE KEY UPDATE ${changed}`, rows.slice(from, from + piece).map((row) => [
      import_id, row.row_number, row.kind, row.state, row.item_id, row.of_row, row.title_id, row.matched, row.alternatives.join(','), row.found_id, row.resolution, row.outcome, row.why,
      vault.seal(key, placeOf(import_id, row.row_number), JSON.stringify({ row: row.row, message: row.message } satisfies Said)),
    ]))
  }
}

/** Writes what became of a row; an attempt that was taken for dead does not undo what another has told. */
export async function markRow(sql: Sql, import_id: string, { row_number, state, outcome, why }: Pick<Row, 'row_number' | 'state' | 'outcome' | 'why'>): Promise<void> {
  await sql.run("UPDATE import_rows SET state = ?, outcome = ?, why = ? WHERE import_id = ? AND `row_number` = ? AND state <> 'applied'", [
    state, outcome, why?.slice(0, 300) ?? null, import_id, row_number,
  ])
}

export interface RowsAsked {
  readonly states?: readonly RowState[] | undefined
  readonly kinds?: readonly RowKind[] | undefined
  /** The row after which to begin; -1: from the first. */
  readonly after: number
  readonly limit: number
}
/** A page of an import's rows in their order. */
export async function readRows(sql: Sql, vault: Vault, key: Keyed, import_id: string, { states, kinds, after, limit }: RowsAsked): Promise<readonly Row[]> {
  const among = (column: string, list: readonly string[] | undefined): string => (list === undefined ? '' : `AND ${column} IN (${list.map(() => '?').join(', ')})`)
  const rows = await sql.rows<StoredRow>(
    `SELECT ${columns} FROM import_rows WHERE import_id = ? AND \`row_number\` > ? ${among('state', states)} ${among('kind', kinds)} ORDER BY \`row_number\` LIMIT ${Math.trunc(limit)}`,
    [import_id, after, ...(states ?? []), ...(kinds ?? [])],
  )
  return rows.map((row) => opened(vault, key, import_id, row))
}

/** One row, with `FOR UPDATE` locked. */
export async function readRow(sql: Sql, vault: Vault, key: Keyed, import_id: string, row_number: number, lock: '' | 'FOR UPDATE' = ''): Promise<Row | undefined> {
  const [row] = await sql.rows<StoredRow>(`SELECT ${columns} FROM import_rows WHERE import_id = ? AND \`row_number\` = ? ${lock}`, [import_id, row_number])
  return row === undefined ? undefined : opened(vault, key, import_id, row)
}

/** What rows have become, by their numbers: of an entry's list, of a review's viewing. */
export async function readFates(sql: Sql, import_id: string, row_numbers: readonly number[]): Promise<ReadonlyMap<number, Pick<Row, 'state' | 'item_id' | 'found_id'>>> {
  const rows = await sql.rowsIn<Pick<Row, 'row_number' | 'state' | 'item_id' | 'found_id'>>(
    'SELECT `row_number`, state, item_id, found_id FROM import_rows WHERE (import_id, `row_number`) IN (?)', row_numbers.map((row_number) => [import_id, row_number]))
  return new Map(rows.map((row) => [row.row_number, row]))
}

export interface Count {
  readonly kind: RowKind
  readonly state: RowState
  readonly rows: number
}
/** How many rows there are of each kind in each state. */
export const countRows = (sql: Sql, import_id: string): Promise<readonly Count[]> =>
  sql.rows<Count>('SELECT kind, state, COUNT(*) AS `rows` FROM import_rows WHERE import_id = ? GROUP BY kind, state ORDER BY kind, state', [import_id])

/** Makes rows in these states wait to be matched once more, but for those that were matched by hand. */
export const awaitMatching = (sql: Sql, import_id: string, states: readonly RowState[]): Promise<number> =>
  sql.run(`UPDATE import_rows SET state = 'waiting' WHERE import_id = ? AND state IN (${states.map(() => '?').join(', ')}) AND kind <> 'kept' AND (matched IS NULL OR matched <> 'hand')`, [
    import_id, ...states,
  ])

const removedAtOnce = 5_000
/** Removes an import with its rows, in statements that are each short. */
export async function removeImport(sql: Sql, import_id: string): Promise<void> {
  await sql.run('DELETE FROM imports WHERE import_id = ?', [import_id])
  for (let removed = removedAtOnce; removed === removedAtOnce; ) removed = await sql.run(`DELETE FROM import_rows WHERE import_id = ? LIMIT ${removedAtOnce}`, [import_id])
}

/** Removes one of a profile's imports, and the job on it; the caller holds the profile's lock. Answers whether none is left. */
export async function removeOneImport(sql: Sql, profile_id: string): Promise<boolean> {
  const [first, second] = await readImports(sql, profile_id)
  if (first === undefined) return true
  await removeImport(sql, first.import_id)
  if (first.job_id !== null) await sql.run('DELETE FROM jobs WHERE job_id = ?', [first.job_id])
  return second === undefined
}
