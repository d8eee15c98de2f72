/** What one profile has, as a shelf that files of Letterboxd's or IMDb's are made of. Ratings and viewings are read as they are written, page by page. */
import type { Keyed } from '../shared/personal-data.ts'
import { spelled } from './day.ts'
import type { Film, Rating, Viewing } from './interchange/rows.ts'
import type { Shelf, ShelfList, ShelfReview } from './interchange/shelf.ts'
import type { CustomerPorts, TitleName } from './ports.ts'
import { readRatings } from './rating-store.ts'
import { readImported, type Imported } from './shelf-imported.ts'
import { readAtSocial, type AtSocial, type SocialList, type SocialReview } from './shelf-social.ts'
import { readViewings, readViewingsOf } from './viewing-store.ts'
import type { Viewing as StoredViewing } from './viewing.ts'

type Means = Pick<CustomerPorts, 'database' | 'vault' | 'views' | 'social'>
const page = 1_000
const dayOf = (at: number | string): string => new Date(at).toISOString().slice(0, 10)
type Names = ReadonlyMap<string, TitleName>
/** What a title is called here, and where it is found elsewhere; one that is gone from the catalogue keeps its id for a name. */
const filmOf = (title_id: string, names: Names, { addresses }: Imported): Film => {
  const title = names.get(title_id)
  return { name: title?.name ?? title_id, year: title?.release_year ?? null, ...addresses.get(title_id) }
}

async function* viewingsOf({ database, vault, views }: Means, key: Keyed, profile_id: string, imported: Imported): AsyncGenerator<Viewing> {
  for (let after = '', found = page; found === page; ) {
    const rows = await database.readCopy((sql) => readViewings(sql, vault, key, profile_id, page, after))
    const names = await views.named([...new Set(rows.map(({ title_id }) => title_id))])
    for (const { viewing_id, title_id, watched_on, half_stars, liked, rewatch, tags, created_at } of rows) {
      const row = imported.made.get(viewing_id)
      const brought = row?.kind === 'viewing' ? row : undefined
      const entry = brought?.entry_uri === undefined ? {} : { entry_uri: brought.entry_uri }
      const logged_on = brought === undefined ? dayOf(created_at) : brought.logged_on
      yield { kind: 'viewing', film: filmOf(title_id, names, imported), watched_on: spelled(watched_on), half_stars, liked, rewatch, tags, logged_on, ...entry }
    }
    found = rows.length
    after = rows.at(-1)?.viewing_id ?? after
  }
}

async function* ratingsOf({ database, views }: Means, profile_id: string, imported: Imported): AsyncGenerator<Rating> {
  for (let after = '', found = page; found === page; ) {
    const rows = await database.readCopy((sql) => readRatings(sql, profile_id, page, after))
    const names = await views.named(rows.map(({ title_id }) => title_id))
    for (const { title_id, half_stars, rated_at } of rows) yield { kind: 'rating', film: filmOf(title_id, names, imported), half_stars, rated_on: dayOf(rated_at) }
    found = rows.length
    after = rows.at(-1)?.title_id ?? after
  }
}

const reviewOf = (review: SocialReview, viewing: StoredViewing | undefined, names: Names, imported: Imported): ShelfReview => {
  const row = imported.made.get(review.review_id)
  const brought = row?.kind === 'review' ? row : undefined
  const entry = brought?.entry_uri === undefined ? {} : { entry_uri: brought.entry_uri }
  const { body, half_stars, spoiler, created_at, title_id } = review
  return {
    kind: 'review', film: filmOf(title_id, names, imported), body, half_stars, spoiler, watched_on: viewing === undefined ? null : spelled(viewing.watched_on),
    rewatch: viewing?.rewatch ?? false, tags: viewing?.tags ?? [], written_on: dayOf(created_at), ...entry,
  }
}

function listOf({ list_id, name, description, ranked, created_at, entries }: SocialList, names: Names, imported: Imported): ShelfList {
  const row = imported.made.get(list_id)
  const brought = row?.kind === 'list' ? row : undefined
  const key = brought?.key ?? list_id
  return {
    list: { kind: 'list', key, name, description, ranked, tags: brought?.tags ?? [], created_on: dayOf(created_at), ...(brought?.uri === undefined ? {} : { uri: brought.uri }) },
    entries: () => entries.map(({ title_id, note }, index) => ({ kind: 'list_entry', list: key, position: index + 1, film: filmOf(title_id, names, imported), note })),
  }
}

const titlesOf = ({ reviews, likes, lists }: AtSocial): readonly string[] => [
  ...new Set([...reviews, ...likes, ...lists.flatMap(({ entries }) => entries)].map(({ title_id }) => title_id)),
]

/** A profile's shelf. Throws Refused `query_too_costly` where there is too much, Unavailable where a store or social is away. */
export async function readShelf(means: Means, key: Keyed, profile_id: string, signal: AbortSignal): Promise<Shelf> {
  const { database, vault, views, social } = means
  const imported = await readImported(means, key, profile_id)
  const there = await readAtSocial(social, key.account_id, profile_id, signal)
  const names = await views.named(titlesOf(there))
  const seen = await database.read((sql) => readViewingsOf(sql, vault, key, profile_id, there.reviews.flatMap(({ viewing_id }) => viewing_id ?? [])))
  const byId = new Map(seen.map((viewing) => [viewing.viewing_id, viewing]))
  return {
    viewings: () => viewingsOf(means, key, profile_id, imported),
    ratings: () => ratingsOf(means, profile_id, imported),
    reviews: () => there.reviews.map((review) => reviewOf(review, byId.get(review.viewing_id ?? ''), names, imported)),
    likes: () => there.likes.map(({ title_id, liked_at }) => ({ kind: 'like', film: filmOf(title_id, names, imported), liked_on: dayOf(liked_at) })),
    watchlist: () => there.lists.filter(({ kind }) => kind === 'watchlist').flatMap(({ entries }) => entries).map(({ title_id, note, added_at }) => (
      { kind: 'watchlist_entry', film: filmOf(title_id, names, imported), added_on: dayOf(added_at), ...(note === '' ? {} : { note }) })),
    lists: () => there.lists.filter(({ kind }) => kind === 'custom').map((list) => listOf(list, names, imported)),
    kept: imported.kept,
  }
}
