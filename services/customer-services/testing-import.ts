/** What an import is tried with: a social that remembers what it was told, and a job that nobody but the test takes. */
import type { ImportItem } from '@cdlc/schemas/generated/proto/cdlc/user/v1/ImportItem.ts'
import { createClock, type Clock } from '../shared/clock.ts'
import { Refused } from '../shared/errors.ts'
import { importOfJob } from './import-store.ts'
import { workOnImport } from './import-job.ts'
import { endJob, type Job } from './job-store.ts'
import type { CustomerPorts, Social } from './ports.ts'
import { alien, heat, noSocial, titles, type Customers } from './testing.ts'

/** The catalogue, by the names that it has. */
export const catalogue = [
  ['Alien', 1979, alien], ['Heat', 1995, heat], ['Good, the Bad and the Ugly, The', 1966, titles[2] ?? ''], ['Tampopo', 1985, titles[3] ?? ''], ['Cats', 2019, titles[4] ?? ''],
] as const

/** Views of that catalogue. */
export const views: Pick<CustomerPorts['views'], 'titles' | 'candidates' | 'named'> = {
  titles: async (ids) => new Set(ids.filter((id) => titles.includes(id))),
  candidates: async (films) => films.map(({ name }) =>
    catalogue.filter(([known]) => known === name).map(([known, release_year, title_id]) => ({ title_id, name: known, original_name: null, release_year }))),
  named: async (ids) => new Map(catalogue.filter(([, , id]) => ids.includes(id)).map(([name, release_year, id]) => [id, { name, release_year }])),
}

/** A clock so far ahead that no process of the stack finds what is due by it due. */
export function clockAhead(): Clock {
  return createClock(() => Date.now() + 7_200_000)
}

export interface SocialDouble extends Social {
  /** Whether profiles have cards. */
  hasCard: boolean
  /** What was made, by what it is, in its order. */
  readonly made: Map<string, ImportItem>
  /** Told of each call once it is done. */
  after: () => void
}
const instant = (at: unknown): string => new Date(Number(at)).toISOString()
const wordOf = ({ item_id = '', review, list, list_entry, like, watchlist_entry }: ImportItem): string => {
  if (review || list) return item_id
  if (list_entry) return `${list_entry.list_id} ${list_entry.title_id}`
  return `${like ? 'like' : 'watchlist'} ${like?.title_id ?? watchlist_entry?.title_id}`
}

/** Makes each item once, as social does, and exports what it made as social would. */
export function openSocialDouble(): SocialDouble {
  const made = new Map<string, ImportItem>()
  let owner = ''
  const double: SocialDouble = {
    ...noSocial, hasCard: true, made, after: () => {},
    importItems: async (_account_id, profile_id, items) => {
      owner = profile_id
      if (!double.hasCard) throw new Refused({ code: 'social_profile_needed', message: 'choose a handle first' })
      const outcomes = items.map((item) => {
        const word = wordOf(item)
        const code = made.has(word) ? 'present' : 'made'
        if (code === 'made') made.set(word, item)
        return { item_id: item.item_id ?? '', code, message: '' }
      })
      double.after()
      return outcomes
    },
    async *exportAccount() {
      const whose = { profile_id: owner }
      const line = (file: string, row: object) => ({ file, line: JSON.stringify(row) })
      const items = [...made.values()]
      for (const { item_id, review } of items) {
        const half_stars = review?.half_stars === 0 ? null : review?.half_stars
        if (review) yield line('reviews', { ...whose, review_id: item_id, ...review, half_stars, spoiler: Number(review.spoiler), created_at: instant(review.written_at) })
      }
      for (const { like } of items) if (like) yield line('likes', { ...whose, subject_kind: 'title', subject_id: like.title_id, liked_at: instant(like.liked_at) })
      yield line('lists', { ...whose, list_id: 'watchlist', kind: 'watchlist', name: 'Watchlist', ranked: 0, created_at: instant(0) })
      for (const { item_id, list } of items) if (list) yield line('lists', { ...whose, list_id: item_id, kind: 'custom', ...list, ranked: Number(list.ranked), created_at: instant(list.created_at) })
      for (const [at, { list_entry, watchlist_entry }] of items.entries()) {
        const place = String(at).padStart(6, '0')
        if (list_entry) yield line('list_entries', { ...list_entry, place, added_at: instant(list_entry.added_at) })
        if (watchlist_entry) yield line('list_entries', { list_id: 'watchlist', ...watchlist_entry, place, added_at: instant(watchlist_entry.added_at) })
      }
    },
  }
  return double
}

/** Runs the job on an import as a process would; where it breaks, the job stays as it is, for the next attempt. */
export async function work(ports: CustomerPorts, import_id: string, signal: AbortSignal = new AbortController().signal): Promise<void> {
  const { database } = ports
  const [job] = await database.read((sql) =>
    sql.rows<Job>('SELECT j.job_id, j.account_id, j.kind, j.attempt FROM imports i JOIN jobs j ON j.job_id = i.job_id WHERE i.import_id = ?', [import_id]))
  if (job === undefined) throw new Error(`working on import '${import_id}': there is no job on it`)
  const ending = await workOnImport(ports)(job, signal)
  await database.transact((sql) => endJob(sql, job, 'done', new Date(), ending))
  if ((await database.read((sql) => importOfJob(sql, job.job_id)))?.busy === true) throw new Error(`working on import '${import_id}': it is busy after its job`)
}

/** An import, as the API tells of it. */
export interface Told {
  readonly import_id: string
  readonly state: string
  readonly rows: number
  readonly counts: readonly { readonly kind: string; readonly state: string; readonly rows: number }[]
}
interface ToldRow {
  readonly row_number: number
  readonly state: string
  readonly columns: Readonly<Record<string, string>>
}

/** Somebody with a profile who brings files along. */
export async function importerOf(customers: Customers, social: SocialDouble) {
  const account_id = await customers.open()
  const profile_id = await customers.addProfile('Ada', account_id)
  const url = `/v1/profiles/${profile_id}/imports`
  const as = customers.as
  const at = (told: Told, path = ''): string => `${url}/${told.import_id}${path}`
  return {
    account_id, profile_id, url,
    bring: async (payload: Buffer, type = 'application/zip', expected = 201, query = '') =>
      (await as(account_id, expected, { method: 'POST', url: `${url}${query}`, payload, headers: { 'content-type': type } })).json<Told>(),
    get: async (told: Told) => (await as(account_id, 200, { url: at(told) })).json<Told>(),
    rows: async (told: Told, query = '?limit=100') => (await as(account_id, 200, { url: at(told, `/rows${query}`) })).json<{ items: ToldRow[]; next_cursor: string | null }>(),
    decide: async (told: Told, row_number: number, payload: object, expected = 200) =>
      (await as(account_id, expected, { method: 'PATCH', url: at(told, `/rows/${row_number}`), payload })).json<ToldRow & { code?: string }>(),
    ask: (told: Told, method: 'POST' | 'DELETE', path: string, expected: number) => as(account_id, expected, { method, url: at(told, path) }),
    stored: async () => [
      await customers.rows('SELECT title_id, half_stars, rated_at, version FROM ratings WHERE profile_id = ? ORDER BY title_id', profile_id),
      await customers.rows('SELECT viewing_id, title_id, watched_on, half_stars, liked, rewatch, version FROM viewings WHERE profile_id = ? ORDER BY viewing_id', profile_id), [...social.made],
    ],
  }
}
/** How many rows are in each state, by its name. */
export const states = ({ counts }: Told): Readonly<Record<string, number>> => {
  const sums: Record<string, number> = {}
  for (const { state, rows } of counts) sums[state] = (sums[state] ?? 0) + rows
  return sums
}
