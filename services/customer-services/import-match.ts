/** Which titles the rows of an import are of, and what of it is there already. May be asked again at any time. */
import type { Database, Sql } from '../shared/mysql.ts'
import { matchFilm, type Matched } from './interchange/match.ts'
import type { Film } from './interchange/rows.ts'
import { atSocial, decideStanding, filmOf, type Row, type There } from './import-row.ts'
import type { CustomerViews, Social } from './ports.ts'
import { ratingsAmong } from './rating-store.ts'
import { viewingsAmong } from './viewing-store.ts'

/** Films of one question. */
const filmsAtOnce = 100
/** Titles that are kept for a person to choose from. */
const mostAlternatives = 10
/** What is looked through of what somebody has at social; there are 500 lists of 10,000 titles at most. */
const mostLines = 300_000
/** Social is asked for this long: what it has not said by then, it says when the import is applied. */
const patience_ms = 3_000

/** Answers, by `keyOf`, what films are; remembers them, as a film stands in many rows. */
export type Matcher = (films: readonly Film[]) => Promise<ReadonlyMap<string, Matched>>
const keyOf = ({ name, year, original_name, imdb_id }: Film): string => JSON.stringify([name, year, original_name, imdb_id])

/** One for each import and each time it is worked on. */
export function openMatcher({ candidates }: Pick<CustomerViews, 'candidates'>): Matcher {
  const known = new Map<string, Matched>()
  return async (films) => {
    const asked = [...new Map(films.map((film) => [keyOf(film), film])).values()].filter((film) => !known.has(keyOf(film)))
    for (let from = 0; from < asked.length; from += filmsAtOnce) {
      const some = asked.slice(from, from + filmsAtOnce)
      const found = await candidates(some)
      for (const [index, film] of some.entries()) known.set(keyOf(film), matchFilm(film, found[index] ?? []))
    }
    return known
  }
}

interface ExportedRow {
  readonly profile_id?: string
  readonly review_id?: string
  readonly list_id?: string
  readonly title_id?: string
  readonly subject_id?: string
  readonly subject_kind?: string
  readonly kind?: string
}
/** What a profile has at social, as `atSocial` spells it; nothing, or less than all, where social is away or slow. */
export async function readSocial(social: Pick<Social, 'exportAccount'>, account_id: string, profile_id: string): Promise<ReadonlySet<string>> {
  const has = new Set<string>()
  const lists = new Map<string, string>()
  const signal = AbortSignal.timeout(patience_ms)
  let lines = 0
  try {
    for await (const { file, line } of social.exportAccount(account_id, signal)) {
      if (++lines > mostLines) break
      const row = JSON.parse(line) as ExportedRow
      const { review_id = '', list_id = '', title_id = '', subject_id = '' } = row
      if (file === 'list_entries') {
        const kind = lists.get(list_id)
        if (kind === 'watchlist') has.add(atSocial.watchlist_entry(title_id))
        if (kind === 'custom') has.add(atSocial.list_entry(list_id, title_id))
      }
      if (row.profile_id !== profile_id) continue
      if (file === 'reviews') has.add(atSocial.review(review_id))
      if (file === 'likes' && row.subject_kind === 'title') has.add(atSocial.like(subject_id))
      if (file === 'lists') {
        lists.set(list_id, row.kind ?? '')
        has.add(atSocial.list(list_id))
      }
    }
  } catch {
    // who is away now is asked again, item by item, when the import is applied
  }
  return has
}

/** What a profile has of the titles of these rows. */
export async function readThere(sql: Sql, profile_id: string, rows: readonly Pick<Row, 'kind' | 'item_id' | 'title_id'>[], social: ReadonlySet<string>): Promise<There> {
  const of = (kind: Row['kind']) => rows.filter((row) => row.kind === kind)
  const titlesOf = (some: readonly Pick<Row, 'title_id'>[]): readonly string[] => [...new Set(some.flatMap(({ title_id }) => (title_id === null ? [] : [title_id])))]
  return {
    social,
    viewings: await viewingsAmong(sql, profile_id, titlesOf(of('viewing')), of('viewing').map(({ item_id }) => item_id)),
    ratings: await ratingsAmong(sql, profile_id, titlesOf(of('rating'))),
  }
}

export interface Settling {
  readonly match: Matcher
  readonly social: ReadonlySet<string>
  /** The list that an entry is of, by the list's row. */
  readonly listOf: (of_row: number | null) => string | undefined
}
/** Rows as they stand once they are matched; a title that was chosen by hand stays. Throws Unavailable where a view or MySQL is away. */
export async function settle(database: Pick<Database, 'read'>, profile_id: string, rows: readonly Row[], { match, social, listOf }: Settling): Promise<readonly Row[]> {
  const found = await match(rows.flatMap((row) => (row.matched === 'hand' ? [] : (filmOf(row) ?? []))))
  const named = rows.map((row): Row => {
    const film = filmOf(row)
    const matched = film === undefined || row.matched === 'hand' ? undefined : found.get(keyOf(film))
    if (matched === undefined) return row
    const alternatives = matched.alternatives.slice(0, mostAlternatives).map(({ title_id }) => title_id)
    return { ...row, title_id: matched.found?.title_id ?? null, matched: matched.found?.how ?? null, alternatives }
  })
  const there = await database.read((sql) => readThere(sql, profile_id, named, social))
  return named.map((row) => ({ ...row, ...decideStanding(row, row.title_id, there, listOf(row.of_row)) }))
}
