/** All that an account's profiles have made here, row by row as MySQL has it, with the words opened. */
import type { Param, Sql } from '../shared/mysql.ts'
import type { Vault } from '../shared/personal-data.ts'
import type { SocialPorts } from './ports.ts'
import { openTexts, TEXT } from './texts.ts'

export interface ExportedLine {
  /** Name of a file, without its ending. */
  readonly file: string
  /** A JSON object. */
  readonly line: string
}
interface Source {
  readonly file: string
  readonly columns: string
  readonly from: string
  /** The column that says whose a row is. */
  readonly whose: 'profile' | 'account'
  readonly owner: string
  /** What tells the rows of one owner apart, and orders them. */
  readonly key: readonly string[]
}
type Row = Readonly<Record<string, unknown>>

const entry = 'e.list_id, e.title_id, e.place, e.note_id, e.added_by, e.added_at'
const ofProfile = (file: string, key: string, columns: string): Source => ({ file, columns, from: file, whose: 'profile', owner: 'profile_id', key: [key] })
const sources: readonly Source[] = [
  ofProfile('social_profiles', 'profile_id', 'profile_id, handle, name, bio_id, is_private, created_at, updated_at'),
  ofProfile('relations', 'other_id', 'profile_id, other_id, follow, blocked, muted, followed_at, updated_at'),
  ofProfile('reviews', 'review_id', 'review_id, title_id, profile_id, viewing_id, text_id, half_stars, spoiler, language, state, edits, created_at, updated_at'),
  { file: 'review_edits', columns: 'review_id, edit, account_id, body_sealed, written_at', from: 'review_edits', whose: 'account', owner: 'account_id', key: ['review_id', 'edit'] },
  ofProfile('comments', 'comment_id', 'comment_id, subject_id, subject_kind, parent_id, profile_id, text_id, state, created_at, updated_at'),
  ofProfile('likes', 'subject_id', 'subject_id, profile_id, subject_kind, liked_at'),
  ofProfile('lists', 'list_id', 'list_id, profile_id, kind, name, description_id, visibility, ranked, cloned_from, created_at, updated_at'),
  { file: 'list_entries', columns: entry, from: 'lists l JOIN list_entries e ON e.list_id = l.list_id', whose: 'profile', owner: 'l.profile_id', key: ['e.list_id', 'e.title_id'] },
  {
    file: 'list_entries', columns: entry, whose: 'profile', owner: 'c.profile_id', key: ['e.list_id', 'e.title_id'],
    from: 'list_collaborators c JOIN list_entries e ON e.list_id = c.list_id AND e.added_by = c.profile_id',
  },
  ofProfile('list_collaborators', 'list_id', 'list_id, profile_id, added_at'),
  ofProfile('notification_marks', 'profile_id', 'profile_id, read_at'),
  {
    file: 'reports', columns: 'report_id, subject_kind, subject_id, reporter_id, account_id, reason, note_sealed, state, created_at', from: 'reports', whose: 'account', owner: 'account_id',
    key: ['report_id'],
  },
]
const piece = 1_000
/** What a column of ids of texts, or of sealed words, is called once it is opened. */
const words: Readonly<Record<string, string>> = { bio_id: 'bio', text_id: 'body', description_id: 'description', note_id: 'note', body_sealed: 'body', note_sealed: 'note' }

async function* rowsOf({ database }: Pick<SocialPorts, 'database'>, { columns, from, owner, key }: Source, id: string): AsyncGenerator<readonly Row[]> {
  const place = key.join(', ')
  for (let after: readonly Param[] = [], found = piece; found === piece; ) {
    const [further, params] = after.length === 0 ? ['', [id]] : [`AND (${place}) > (${key.map(() => '?').join(', ')})`, [id, ...after]]
    const rows = await database.readCopy((sql) => sql.rows<Row>(`SELECT ${columns} FROM ${from} WHERE ${owner} = ? ${further} ORDER BY ${place} LIMIT ${piece}`, params))
    yield rows
    const last = rows.at(-1)
    found = rows.length
    after = key.map((column) => last?.[column.slice(column.indexOf('.') + 1)] as Param)
  }
}

/** Sealed words that stand in a row, opened; null where the key is gone. */
function opened(vault: Vault, account_id: string, key_wrapped: Buffer | undefined, value: unknown): string | null {
  return key_wrapped === undefined || !(value instanceof Uint8Array) || value.length === 0 ? null : vault.open({ account_id, key_wrapped }, TEXT, value)
}

/** Those of these texts that the account has written: a list of one's own may hold notes of others. */
async function own(sql: Sql, account_id: string, text_ids: readonly string[]): Promise<readonly string[]> {
  const rows = await sql.rowsIn<{ readonly text_id: string }>('SELECT text_id FROM texts WHERE (text_id, account_id) IN (?)', text_ids.map((text_id) => [text_id, account_id]))
  return rows.map(({ text_id }) => text_id)
}

/** Every row; nothing where the account has no card and no words here. */
export async function* exportAccount(ports: Pick<SocialPorts, 'database' | 'vault'>, account_id: string): AsyncGenerator<ExportedLine> {
  const { database, vault } = ports
  const cards = await database.read((sql) => sql.rows<{ readonly profile_id: string }>('SELECT profile_id FROM social_profiles WHERE account_id = ? ORDER BY profile_id', [account_id]))
  const [key] = await database.read((sql) => sql.rows<{ readonly key_wrapped: Buffer }>('SELECT key_wrapped FROM social_keys WHERE account_id = ?', [account_id]))
  for (const source of sources) {
    for (const id of source.whose === 'account' ? [account_id] : cards.map(({ profile_id }) => profile_id)) {
      for await (const rows of rowsOf(ports, source, id)) {
        const text_ids = rows.flatMap((row) => Object.entries(row).flatMap(([column, value]) => (words[column] !== undefined && typeof value === 'string' ? [value] : [])))
        const texts = await database.readCopy(async (sql) => openTexts(sql, vault, await own(sql, account_id, text_ids)))
        const told = (column: string, value: unknown): readonly [string, unknown] => {
          const name = words[column]
          if (name === undefined) return [column, value]
          return [name, typeof value === 'string' ? (texts.get(value) ?? null) : opened(vault, account_id, key?.key_wrapped, value)]
        }
        for (const row of rows) yield { file: source.file, line: JSON.stringify(Object.fromEntries(Object.entries(row).map(([column, value]) => told(column, value)))) }
      }
    }
  }
}
