/**
 * Ratings with the title that they are of: its name, kind and year as they stood when it was rated.
 *
 * A temporal join: both tables carry the time of their changes as `version` (µs), and a rating is joined with the newest version of its
 * title that is not newer than the rating. Where a title came to be known only afterwards, its first version counts. A title's version
 * that comes late, as the topics have no common order, corrects the ratings that it concerns; one that comes in time concerns none. So
 * what is emitted last of each rating depends on the two tables alone. A rating whose title is not known yet waits. That a title is
 * removed changes nothing about what was rated.
 */
import type { CdcRows } from '@cdlc/schemas/generated/topics.ts'
import { defineProcessor, type Effect, type Output, type State } from '../../runtime/processor.ts'
import type { RowOf, RowSpecs } from '../../runtime/view.ts'

const rows = {
  /** Every version of every title. */
  title: { key: ['title_id', 'version'], columns: { title_id: 'text', version: 'long', name: 'text', kind: 'text', release_year: 'int?' } },
  /** Every rating, and the version of the title that it was emitted with; null while it waits. */
  rating: { key: ['title_id', 'profile_id'], columns: { title_id: 'text', profile_id: 'text', half_stars: 'int', rated_at: 'timestamp', version: 'long', title_version: 'long?' } },
  /** How far a late version of a title has got through the title's ratings. */
  sweep: { key: ['title_id'], columns: { title_id: 'text', profile_id: 'text' } },
} as const satisfies RowSpecs
type Rows = typeof rows
type Title = RowOf<Rows['title']>
type Rating = RowOf<Rows['rating']>
type Joined = CdcRows['user.rated-titles']
type Effects = readonly Effect<Rows, Joined>[]

/** Ratings that one step looks at. */
const SWEPT_AT_ONCE = 300

/** The newest version that is not newer than the rating; else the first there is. */
function titleOf(titles: readonly Title[], rating: Rating): Title | undefined {
  return titles.findLast(({ version }) => version <= rating.version) ?? titles[0]
}

const joined = ({ title_version: _, ...rating }: Rating, { version: title_version, name, kind, release_year }: Title): Joined =>
  ({ ...rating, title_version, name, kind, release_year })

/** What was emitted last of a rating; null where nothing was. */
function emitted(titles: readonly Title[], rating: Rating | undefined): Joined | null {
  const title = titles.find(({ version }) => version === rating?.title_version)
  return rating === undefined || title === undefined ? null : joined(rating, title)
}

function emit(before: Joined | null, after: Joined | null): Effects {
  if (before === null && after === null) return []
  const change: Output<Joined> = { op: before === null ? 'c' : after === null ? 'd' : 'u', before, after }
  return [{ emit: change }]
}

function onRating(given: Omit<Rating, 'title_version'>, isRemoved: boolean, state: State<Rows>): Effects {
  const { title_id, profile_id } = given
  const known = state.rating.get({ title_id, profile_id })
  // a snapshot may have run ahead of the stream, and Connect may repeat itself
  if (known !== undefined && (isRemoved ? known.version > given.version : known.version >= given.version)) return []
  const titles = [...state.title.scan({ title_id })]
  const before = emitted(titles, known)
  if (isRemoved) return known === undefined ? [] : [{ remove: 'rating', key: { title_id, profile_id } }, ...emit(before, null)]
  const rating: Rating = { ...given, title_version: null }
  const title = titleOf(titles, rating)
  if (title === undefined) return [{ put: 'rating', row: rating }]
  return [{ put: 'rating', row: { ...rating, title_version: title.version } }, ...emit(before, joined(rating, title))]
}

function onTitle(title: Title, state: State<Rows>): Effects {
  const { title_id, version } = title
  const sweep = state.sweep.get({ title_id })
  const known = [...state.title.scan({ title_id })]
  if (sweep === undefined && known.some((other) => other.version === version)) return []
  const titles = sweep === undefined ? [...known, title].toSorted((a, b) => a.version - b.version) : known
  const ratings: Rating[] = []
  for (const rating of state.rating.scan({ title_id }, sweep)) {
    if (ratings.push(rating) > SWEPT_AT_ONCE) break
  }
  const looked = ratings.slice(0, SWEPT_AT_ONCE)
  const effects: Effects = [
    ...(sweep === undefined ? [{ put: 'title', row: title } as const] : []),
    ...looked.filter((rating) => titleOf(titles, rating)?.version === version).flatMap((rating): Effects =>
      [{ put: 'rating', row: { ...rating, title_version: version } }, ...emit(emitted(titles, rating), joined(rating, title))]),
  ]
  const last = looked.at(-1)
  if (ratings.length > SWEPT_AT_ONCE && last !== undefined) return [...effects, { put: 'sweep', row: { title_id, profile_id: last.profile_id } }, { again: true }]
  return sweep === undefined ? effects : [...effects, { remove: 'sweep', key: { title_id } }]
}

export default defineProcessor(import.meta.url, {
  version: 1,
  from: {
    'cdc.user.ratings': ['profile_id', 'title_id', 'half_stars', 'rated_at', 'version'],
    'cdc.content.titles': ['title_id', 'version', 'name', 'kind', 'release_year'],
  },
  to: 'user.rated-titles',
  state: rows,
  apply: (event, state) => {
    if (event.topic === 'cdc.content.titles') return event.after === null ? [] : onTitle(event.after, state)
    const rating = event.after ?? event.before
    return rating === null ? [] : onRating(rating, event.after === null, state)
  },
})
