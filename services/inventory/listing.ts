/** Lists of titles. Words, kind, genre, years and country are the catalogue's to find; popularity and rating are the stats' to order by. */
import type { TitleCard } from '@cdlc/streams/views/content/title.ts'
import { summaryOf } from './answers.ts'
import type { InventoryViews, Search, Slice } from './ports.ts'

export type Summary = ReturnType<typeof summaryOf>
export type Listing = Omit<Search, 'sort'> & { readonly sort: Search['sort'] | 'popularity' | 'rating' }

/** How many best matches of words are put in order of popularity or rating. */
const matches = 200
/** How far down the most popular or best rated a filter looks. */
const deepest = 5_000
const step = 250

/** One page and, when there is more, one item of the next. */
export async function list(views: InventoryViews, { sort, ...search }: Listing, { offset, limit }: Slice): Promise<readonly Summary[]> {
  const slice = { offset, limit: limit + 1 }
  if (sort !== 'popularity' && sort !== 'rating') return (await views.search({ ...search, sort }, slice)).map(summaryOf)
  return search.q === undefined ? ranked(views, search, sort, slice) : rankedMatches(views, search, sort, slice)
}

/** Of the titles that somebody rated, those the filters let through. */
async function ranked(
  views: InventoryViews,
  { kind, genre, year, decade, country }: Omit<Search, 'sort'>,
  by: 'popularity' | 'rating',
  { offset, limit }: Slice,
): Promise<readonly Summary[]> {
  const wanted = (card: TitleCard | undefined): card is TitleCard =>
    card !== undefined &&
    (kind === undefined || card.kind === kind) &&
    (year === undefined || card.release_year === year) &&
    (decade === undefined || (card.release_year !== null && card.release_year >= decade && card.release_year < decade + 10)) &&
    (country === undefined || card.countries.includes(country)) &&
    (genre === undefined || card.genres.includes(genre))
  const found: TitleCard[] = []
  for (let from = 0; from < deepest && found.length < offset + limit; from += step) {
    const top = await views.top(by, { offset: from, limit: step })
    found.push(...(await views.titles(top.map(({ title_id }) => title_id))).filter(wanted))
    if (top.length < step) break
  }
  return found.slice(offset, offset + limit).map(summaryOf)
}

/** The best matches of the words, most popular or best rated first, unrated last. */
async function rankedMatches(
  views: InventoryViews,
  search: Omit<Search, 'sort'>,
  by: 'popularity' | 'rating',
  { offset, limit }: Slice,
): Promise<readonly Summary[]> {
  const found = await views.search({ ...search, sort: 'relevance' }, { offset: 0, limit: matches })
  const scored = await Promise.all(
    found.map(async (title) => {
      const stats = await views.stats(title.title_id)
      return { title, score: (by === 'popularity' ? stats?.count : stats?.weighted_stars) ?? -1 }
    }),
  )
  return scored
    .sort((a, b) => b.score - a.score)
    .slice(offset, offset + limit)
    .map(({ title }) => summaryOf(title))
}
