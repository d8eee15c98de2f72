/** Applies what is social's: reviews, likes, lists and what is in them, the watchlist. Social makes each once, by its id, so a call may be repeated. */
import type { ImportItem } from '@cdlc/schemas/generated/proto/cdlc/user/v1/ImportItem.ts'
import { Refused } from '../shared/errors.ts'
import type { Database } from '../shared/mysql.ts'
import type { Row } from './import-row.ts'
import { markRow, readFates, type Import } from './import-store.ts'
import type { Social } from './ports.ts'

/** Items of one call, and bytes of them: a message has 1 MiB. */
export const mostItems = 100
const mostBytes = 524_288

interface Means {
  readonly database: Database
  readonly social: Pick<Social, 'importItems'>
}
type Mark = Pick<Row, 'row_number' | 'state' | 'outcome' | 'why'>
const instant = (day: string | null): number => (day === null ? 0 : Date.parse(day))

/** A row as social is told of it; `of` is the id of the list that it is in, or of the viewing that it is of. */
export function itemOf({ row, item_id, title_id }: Pick<Row, 'row' | 'item_id' | 'title_id'>, of: string): ImportItem {
  const about = { title_id: title_id ?? '' }
  switch (row?.kind) {
    case 'review': {
      const { body, half_stars, spoiler, written_on, watched_on } = row
      return { item_id, review: { ...about, body, half_stars: half_stars ?? 0, spoiler, language: '', viewing_id: of, written_at: instant(written_on ?? watched_on) } }
    }
    // who may see it, the file does not say: its owner opens it
    case 'list': return { item_id, list: { name: row.name, description: row.description, ranked: row.ranked, visibility: 'private', created_at: instant(row.created_on) } }
    case 'list_entry': return { item_id, list_entry: { ...about, list_id: of, note: row.note, added_at: 0 } }
    case 'like': return { item_id, like: { ...about, liked_at: instant(row.liked_on) } }
    case 'watchlist_entry': return { item_id, watchlist_entry: { ...about, added_at: instant(row.added_on) } }
    default: throw new Error(`telling social of a row: it is '${String(row?.kind)}'`)
  }
}

/** Cuts what is to be sent into calls. */
function* calls<T extends { readonly item: ImportItem }>(items: readonly T[]): Generator<readonly T[]> {
  let call: T[] = []
  let bytes = 0
  for (const one of items) {
    const size = Buffer.byteLength(JSON.stringify(one.item))
    if (call.length > 0 && (call.length === mostItems || bytes + size > mostBytes)) {
      yield call
      call = []
      bytes = 0
    }
    call.push(one)
    bytes += size
  }
  if (call.length > 0) yield call
}

/** What social made of these rows, sent in their order. Throws Unavailable where it is away. */
async function sent({ social }: Means, { account_id, profile_id }: Import, rows: readonly { readonly row: Row; readonly item: ImportItem }[], signal: AbortSignal): Promise<readonly Mark[]> {
  try {
    const outcomes = await social.importItems(account_id, profile_id, rows.map(({ item }) => item), signal)
    return rows.map(({ row: { row_number } }, index) => {
      const { code, message } = outcomes[index] ?? { code: 'internal', message: 'social told of no outcome' }
      if (code === 'made' || code === 'present') return { row_number, state: code === 'made' ? 'applied' : 'present', outcome: null, why: null }
      return { row_number, state: 'refused', outcome: code, why: message }
    })
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    const { code, message } = error
    return rows.map(({ row: { row_number } }) => ({ row_number, state: code === 'social_profile_needed' ? 'needs_card' : 'refused', outcome: code, why: message }))
  }
}

/** Applies rows that are social's, in their order, and marks each. */
export async function applyAtSocial(means: Means, owner: Import, rows: readonly Row[], signal: AbortSignal): Promise<void> {
  const { database } = means
  const { import_id } = owner
  const fates = await database.read((sql) => readFates(sql, import_id, rows.flatMap(({ of_row }) => of_row ?? [])))
  const mark = (marks: readonly Mark[]): Promise<void> => database.transact(async (sql) => {
    for (const one of marks) await markRow(sql, import_id, one)
  })
  await mark(rows.filter(({ resolution }) => resolution === 'skip').map(({ row_number }) => ({ row_number, state: 'skipped', outcome: null, why: null })))
  const ready = rows.filter(({ resolution }) => resolution !== 'skip').map((row) => {
    const fate = fates.get(row.of_row ?? -1)
    const isMade = row.kind === 'list_entry' || fate?.state === 'applied' || fate?.state === 'present'
    return { row, item: itemOf(row, isMade ? (fate?.found_id ?? fate?.item_id ?? '') : '') }
  })
  for (const call of calls(ready)) {
    signal.throwIfAborted()
    await mark(await sent(means, owner, call, signal))
  }
}
