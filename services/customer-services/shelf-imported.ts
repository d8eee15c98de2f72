/** What imports know of a profile's things that the platform does not keep: addresses elsewhere, and the rows that it has no place for. */
import type { Database } from '../shared/mysql.ts'
import type { Keyed, Vault } from '../shared/personal-data.ts'
import { filmOf, type Row, type RowState } from './import-row.ts'
import { readImports, readRows } from './import-store.ts'
import type { Film, ImportRow, Kept, Place } from './interchange/rows.ts'

/** Rows that are looked through, those of the newest imports first. */
const mostRows = 100_000
const page = 1_000
/** What these say is nowhere on the platform. */
const nowhere: ReadonlySet<RowState> = new Set(['kept', 'problem', 'unmatched', 'refused', 'needs_card'])

export interface Imported {
  /** Of a title. */
  readonly addresses: ReadonlyMap<string, Pick<Film, 'letterboxd_uri' | 'imdb_id'>>
  /** What became a viewing, a review or a list, by its id. */
  readonly made: ReadonlyMap<string, ImportRow>
  readonly kept: readonly (Kept & Place)[]
}

const keptOf = (row: ImportRow): Kept & Place => ({ kind: 'kept', what: row.kind === 'kept' ? row.what : 'other', file: row.file, line: row.line, columns: row.columns })

function note(addresses: Map<string, Pick<Film, 'letterboxd_uri' | 'imdb_id'>>, stored: Row): void {
  const film = filmOf(stored)
  const { title_id } = stored
  if (film === undefined || title_id === null) return
  const known = addresses.get(title_id)
  const [letterboxd_uri, imdb_id] = [known?.letterboxd_uri ?? film.letterboxd_uri, known?.imdb_id ?? film.imdb_id]
  addresses.set(title_id, { ...(letterboxd_uri === undefined ? {} : { letterboxd_uri }), ...(imdb_id === undefined ? {} : { imdb_id }) })
}

/** All of it; a row that several imports have, or that a line says twice, is kept once. */
export async function readImported({ database, vault }: { readonly database: Database; readonly vault: Vault }, key: Keyed, profile_id: string): Promise<Imported> {
  const addresses = new Map<string, Pick<Film, 'letterboxd_uri' | 'imdb_id'>>()
  const made = new Map<string, ImportRow>()
  const kept = new Map<string, Kept & Place>()
  let looked = 0
  for (const { import_id } of await database.read((sql) => readImports(sql, profile_id))) {
    for (let after = -1, found = page; found === page && looked < mostRows; looked += found) {
      const rows = await database.read((sql) => readRows(sql, vault, key, import_id, { after, limit: page }))
      for (const stored of rows) {
        const { row, state, item_id, found_id } = stored
        note(addresses, stored)
        if (row === null) continue
        if (state === 'applied' || state === 'present') made.set(found_id ?? item_id, row)
        if (nowhere.has(state)) kept.set(JSON.stringify([row.file, row.line, row.columns]), keptOf(row))
      }
      found = rows.length
      after = rows.at(-1)?.row_number ?? after
    }
  }
  return { addresses, made, kept: [...kept.values()] }
}
