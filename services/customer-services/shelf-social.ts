/** What a profile has at social, gathered out of the stream that an account's export is made of. */
import { Refused, Unavailable } from '../shared/errors.ts'
import type { Social } from './ports.ts'

export interface SocialReview {
  readonly review_id: string
  readonly title_id: string
  readonly viewing_id: string | null
  readonly half_stars: number | null
  readonly spoiler: boolean
  readonly body: string
  readonly created_at: string
}
export interface SocialEntry {
  readonly title_id: string
  readonly place: string
  readonly note: string
  readonly added_at: string
}
export interface SocialList {
  readonly list_id: string
  readonly kind: string
  readonly name: string
  readonly description: string
  readonly ranked: boolean
  readonly created_at: string
  /** In their order. */
  readonly entries: readonly SocialEntry[]
}
export interface SocialLike {
  readonly title_id: string
  readonly liked_at: string
}
export interface AtSocial {
  readonly reviews: readonly SocialReview[]
  readonly likes: readonly SocialLike[]
  readonly lists: readonly SocialList[]
}

/** What is held in memory at most. */
const most = { lines: 300_000, characters: 64 * 1_048_576 }
const tooMuch = (): Refused => new Refused({ code: 'query_too_costly', message: 'this is more than such a file is made of; order an export of the account, which has all of it' })

type Row = Readonly<Record<string, unknown>>
const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const orNull = (value: unknown): string | null => (typeof value === 'string' ? value : null)
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** All of it. Throws Refused `query_too_costly` where it is too much, Unavailable where social is away. */
export async function readAtSocial(social: Pick<Social, 'exportAccount'>, account_id: string, profile_id: string, signal: AbortSignal): Promise<AtSocial> {
  const found: Record<'reviews' | 'likes' | 'lists' | 'list_entries', Row[]> = { reviews: [], likes: [], lists: [], list_entries: [] }
  let [lines, characters] = [0, 0]
  for await (const { file, line } of social.exportAccount(account_id, signal)) {
    lines += 1
    characters += line.length
    if (lines > most.lines || characters > most.characters) throw tooMuch()
    if (file === 'reviews' || file === 'likes' || file === 'lists' || file === 'list_entries') found[file].push(JSON.parse(line) as Row)
  }
  if (signal.aborted) throw new Unavailable('asking social for what a profile has there: it took too long')
  const own = (rows: readonly Row[]): readonly Row[] => rows.filter((row) => row['profile_id'] === profile_id)
  const entries = Map.groupBy(found.list_entries, (row) => text(row['list_id']))
  return {
    reviews: own(found.reviews).map((row) => ({
      review_id: text(row['review_id']), title_id: text(row['title_id']), viewing_id: orNull(row['viewing_id']), half_stars: typeof row['half_stars'] === 'number' ? row['half_stars'] : null,
      spoiler: row['spoiler'] === 1, body: text(row['body']), created_at: text(row['created_at']),
    })),
    likes: own(found.likes).filter((row) => row['subject_kind'] === 'title').map((row) => ({ title_id: text(row['subject_id']), liked_at: text(row['liked_at']) })),
    lists: own(found.lists).map((row) => ({
      list_id: text(row['list_id']), kind: text(row['kind']), name: text(row['name']), description: text(row['description']), ranked: row['ranked'] === 1, created_at: text(row['created_at']),
      entries: (entries.get(text(row['list_id'])) ?? [])
        .map((entry) => ({ title_id: text(entry['title_id']), place: text(entry['place']), note: text(entry['note']), added_at: text(entry['added_at']) }))
        .toSorted((a, b) => byText(a.place, b.place)),
    })),
  }
}
