/** Search over titles, people, members and lists: each group is asked by itself, and one whose store is away or slow is left out of the answer and named in it. */
import { Unavailable } from '../shared/errors.ts'
import { listsList, seesCard } from '../shared/visibility.ts'
import { peopleSeen, standingsTo, type Seen, type SeenCard, type Viewer } from './looking.ts'
import { ordered, type Candidate } from './search-order.ts'
import type { TitleFilter } from './search-views.ts'
import type { SocialViews } from './views.ts'

export const groups = ['titles', 'people', 'members', 'lists'] as const
export type Group = (typeof groups)[number]

type Views = Pick<SocialViews, 'members' | 'discovery' | 'search'>
/** Who looks, and how many of each group they want to see. */
interface Looking { readonly viewer: Viewer; readonly limit: number }

/** How long the other groups wait for one; whoever has nothing but a view waits twice as long for it. */
const LONGEST_MS = 1_000
/** Lists are asked for more, as some of them will be of those who do not show them; the relations of so many are read at once. */
const SPARE = 2
const MOST = 200

/** The answer; undefined where its store is away, or too slow to wait for. Any other error is thrown. */
async function inTime<T>(answer: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => { timer = setTimeout(resolve, LONGEST_MS, undefined) })
  try {
    return await Promise.race([answer, late])
  } catch (error) {
    if (error instanceof Unavailable) return undefined
    throw error
  } finally {
    clearTimeout(timer)
  }
}

/** Answers of the groups that are wanted and answered, and the names of the others that are wanted. Throws Unavailable where none answered. */
async function askEach<T>(
  wanted: ReadonlySet<Group>, questions: { readonly [G in keyof T & Group]: () => Promise<T[G]> },
): Promise<{ readonly found: Partial<T>; readonly unavailable: readonly Group[] }> {
  const asked = groups.filter((group): group is keyof T & Group => wanted.has(group))
  const answers = await Promise.all(asked.map(async (group) => [group, await inTime<unknown>(questions[group]())] as const))
  const unavailable = answers.filter(([, answer]) => answer === undefined).map(([group]) => group)
  if (unavailable.length === asked.length) throw new Unavailable(`searching ${asked.join(', ')}: no view answered within ${LONGEST_MS} ms`)
  return { found: Object.fromEntries(answers.filter(([, answer]) => answer !== undefined)) as Partial<T>, unavailable }
}

/** Members whose cards the viewer sees, best match first. */
async function findMembers({ members, discovery }: Views, q: string, { viewer, limit }: Looking): Promise<readonly SeenCard[]> {
  const found = await discovery.find(q, { offset: 0, limit, ...(viewer.viewer_id === undefined ? {} : { viewer_id: viewer.viewer_id }) })
  const cards = await peopleSeen(members, found.map(({ profile_id }) => profile_id), viewer)
  return found.flatMap(({ profile_id }) => cards.get(profile_id) ?? [])
}

export interface SeenList { readonly list_id: string; readonly name: string; readonly owner: SeenCard }

/** Public lists of those who show theirs to the viewer, best match first. */
async function findLists({ members, search }: Views, q: string, { viewer, limit }: Looking): Promise<readonly SeenList[]> {
  const found = await search.lists(q, Math.min(SPARE * limit, MOST))
  const people = await standingsTo(members, found.map(({ profile_id }) => profile_id), viewer)
  return found.flatMap(({ list_id, name, profile_id }) => {
    const person = people.get(profile_id)
    return person === undefined || !listsList(person.standing, 'public') ? [] : [{ list_id, name, owner: person.card }]
  }).slice(0, limit)
}

/** What the groups that are wanted have for these words, `limit` each; the filter's other conditions are of titles alone. */
export function searchGroups(views: Views, wanted: ReadonlySet<Group>, filter: TitleFilter & { readonly q: string }, looking: Looking) {
  const { q } = filter
  return askEach(wanted, {
    titles: async () => {
      const [items, facets] = await Promise.all([views.search.titles(filter, looking.limit), views.search.facets(filter)])
      return { items, facets }
    },
    people: () => views.search.people(q, looking.limit),
    members: () => findMembers(views, q, looking),
    lists: () => findLists(views, q, looking),
  })
}

/** A name to offer to whoever types. */
export interface Completion extends Candidate {
  readonly group: Group
  readonly release_year: number | null
  /** A member's, or of whose list it is. */
  readonly handle: string | null
}
/** Of each group so many are looked at, that the best are among them. */
const CANDIDATES = 50

/**
 * What is called by what was typed so far, `limit` of all groups together, best first. Who may see whom is asked of those alone who would be offered. Without
 * ratings names are in the order of the rest; where it cannot be told who sees whom, members and lists are left out. Throws Unavailable where names are away.
 */
export async function complete({ members, search }: Views, q: string, { viewer, limit }: Looking): Promise<{ readonly items: readonly Completion[]; readonly unavailable: readonly Group[] }> {
  const named = await search.names(q, Math.max(CANDIDATES, limit))
  const ratings = await inTime(search.ratings(named.filter(({ group }) => group === 'titles').map(({ id }) => id)))
  const best = ordered(q, named.map((one) => ({ ...one, weight: ratings?.get(one.id) ?? 0 })), Math.min(SPARE * limit, MOST))
  const profile_ids = best.flatMap(({ profile_id }) => profile_id ?? [])
  const people = profile_ids.length === 0 ? new Map<string, Seen>() : await inTime(standingsTo(members, profile_ids, viewer))
  const items = best.flatMap(({ profile_id, ...one }): Completion[] => {
    if (profile_id === null) return [{ ...one, handle: null }]
    const person = people?.get(profile_id)
    const sees = person !== undefined && (one.group === 'members' ? seesCard(person.standing) : listsList(person.standing, 'public'))
    return sees ? [{ ...one, handle: person.card.handle }] : []
  })
  return { items: items.slice(0, limit), unavailable: people === undefined ? ['members', 'lists'] : [] }
}
