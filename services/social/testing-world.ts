/** Owners who have one of everything, and those who look at it: made by the routes themselves, over the real MySQL. */
import { listsList, seesCard, seesList, seesWritten, standingOf, type Relation, type Standing } from '../shared/visibility.ts'
import { cardOf } from '../shared/testing.ts'
import type { DiscoveryViews } from './discovery-views.ts'
import type { SearchViews } from './search-views.ts'
import { missing, titles, type Joined, type RealSocial } from './testing.ts'
import type { Asker, Thing } from './testing-matrix.ts'

/** One thing to ask for, and by what. */
export interface Fill { readonly thing: Thing; readonly given: Readonly<Record<string, string>> }
export interface World {
  readonly askers: readonly Asker[]
  readonly things: readonly Thing[]
  /** What there is of a kind. */
  fillsOf(kind: string): readonly Fill[]
  /** What there is not, of a kind of which it is not to be told from what is hidden. */
  missingOf(kind: string): Readonly<Record<string, string>> | undefined
  standing(asker: Pick<Asker, 'profile_id' | 'moderates'>, thing: Thing): Standing
}

/** A graph that finds, suggests and knows everybody: what is left out of its answers, the routes have left out. */
export function openDiscovery(): { readonly views: DiscoveryViews; readonly found: string[] } {
  const found: string[] = []
  return {
    found,
    views: {
      find: async () => found.map((profile_id) => ({ profile_id, handle: '', name: '' })),
      suggestions: async () => found.map((profile_id) => ({ profile_id, score: 1, mutual: 1, reason: 'followed' as const })),
      between: async () => found.map((profile_id) => ({ profile_id })),
      popular: async () => found.map((profile_id) => ({ title_id: unlisted, friends: 1, profile_ids: [profile_id] })),
      favourites: async () => found.map((profile_id) => ({ profile_id, title_ids: [unlisted] })),
      titles: async (title_ids) => title_ids.map((title_id) => cardOf(title_id)),
    },
  }
}

/** A search that finds every public list of these things, and a title that is nobody's. */
export function openSearch(things: () => readonly Thing[]): SearchViews {
  return {
    titles: async () => [{ ...cardOf(unlisted), added_at: 0 }],
    facets: async () => ({ kinds: [], genres: [], decades: [], countries: [] }),
    people: async () => [],
    lists: async () => things().filter(({ kind, name }) => kind === 'list' && name.endsWith('public list')).map(({ id, owner, name }) => ({ list_id: id, profile_id: owner.profile_id, name })),
    names: async () => things().filter(({ kind, name }) => kind === 'card' || (kind === 'list' && name.endsWith('public list'))).map(({ id, kind, owner, name }) => (
      { group: kind === 'card' ? 'members' : 'lists', id, name, other_name: null, release_year: null, profile_id: owner.profile_id })),
    ratings: async () => new Map(),
  }
}

const title = (index: number): string => titles[index] ?? ''
/** Reviewed in public, and by what is hidden. Other titles are each in one list alone. */
const [reviewed, hidden] = [title(19), title(18)]
const searches = ['/v1/search', '/v1/search/completions']
/** In no list, and not reviewed. */
const unlisted = title(17)
const pathOf = ({ profile_id }: Pick<Joined, 'profile_id'>): string => `/v1/members/${profile_id}`

/** Makes all of it; `found` are then those whom the graph finds. */
export async function makeWorld(social: RealSocial, found: string[]): Promise<World> {
  const join = (name: string, some = {}) => social.join(name, some)
  const [host, open, closed] = [await join('host'), await join('open'), await join('closed', { is_private: true })]
  const [follower, stranger, requester, blocked, blocker] = [await join('follower'), await join('stranger'), await join('requester'), await join('blocked'), await join('blocker')]
  const editor = await join('editor', { account_id: social.moderator.account_id })
  const owners = [host, open, closed]
  found.push(...owners.map(({ profile_id }) => profile_id))

  const relations = new Map<string, Relation>()
  const put = (who: Joined, path: string, payload?: object) => social.as(who, [200, 201], { method: 'PUT', url: `${pathOf(who)}/${path}`, ...(payload === undefined ? {} : { payload }) })
  const relate = async (from: Joined, to: Joined, some: Partial<Relation>): Promise<void> => {
    await put(from, `${some.blocked === true ? 'blocks' : 'following'}/${to.profile_id}`)
    if (some.follow === 'following' && to === closed) await put(closed, `follow-requests/${from.profile_id}`)
    relations.set(`${from.profile_id}.${to.profile_id}`, { follow: 'none', blocked: false, muted: false, ...some })
  }
  for (const owner of [open, closed]) {
    await relate(follower, owner, { follow: 'following' })
    await relate(host, owner, { follow: 'following' })
    await relate(owner, host, { follow: 'following' })
    await relate(owner, blocked, { blocked: true })
    await relate(blocker, owner, { blocked: true })
  }
  await relate(requester, closed, { follow: 'requested' })

  const post = async (who: Joined, path: string, payload: object) => (await social.as(who, [200, 201], { method: 'POST', url: `${pathOf(who)}/${path}`, payload }))
    .json<{ readonly review_id: string; readonly list_id: string; readonly comment_id: string; readonly report_id: string }>()
  const hide = async (subject_kind: 'review' | 'comment', subject_id: string): Promise<void> => {
    const { report_id } = await post(follower, 'reports', { subject_kind, subject_id, reason: 'spam' })
    await social.as(social.moderator, 200, { method: 'POST', url: `/v1/moderation/reports/${report_id}/decision`, payload: { decision: 'hide' } })
  }
  const things: Thing[] = []
  const add = (name: string, kind: Thing['kind'], id: string, owner: Joined, within: readonly string[], finds: Thing['finds'], sees: Thing['sees'] = finds): void => {
    things.push({ name: `${owner.handle.split('_')[0] ?? ''}’s ${name}`, kind, id, owner, within, finds, sees })
  }
  const addReview = async (owner: Joined, state: 'published' | 'hidden'): Promise<string> => {
    const title_id = state === 'hidden' ? hidden : reviewed
    const { review_id } = await post(owner, 'reviews', { title_id, body: 'Long.', spoiler: false, language: 'en' })
    await social.as(owner, 200, { method: 'PATCH', url: `${pathOf(owner)}/reviews/${review_id}`, payload: { body: 'Longer.' } })
    if (state === 'hidden') await hide('review', review_id)
    add(`${state} review`, 'review', review_id, owner, [`/v1/reviews/${review_id}`, `/v1/titles/${title_id}/reviews`, `${pathOf(owner)}/reviews`], (standing) => seesWritten(standing, state))
    return review_id
  }
  const addList = (owner: Joined, name: string, list_id: string, visibility: string, title_id: string, shelves: readonly string[] = []): void => {
    const ways = [`/v1/lists/${list_id}`, `${pathOf(owner)}/lists`, ...(name === 'public list' ? searches : [])]
    add(name, 'list', list_id, owner, ways, (standing) => listsList(standing, visibility), (standing) => seesList(standing, visibility))
    add(`entry of ${name}`, 'entry', title_id, owner, [`/v1/lists/${list_id}/entries`, ...shelves], (standing) => seesList(standing, visibility))
  }
  const addLists = async (owner: Joined, first: number): Promise<string> => {
    const ids: string[] = []
    for (const [index, visibility] of ['public', 'unlisted', 'private'].entries()) {
      const { list_id } = await post(owner, 'lists', { name: 'Heists', visibility, ranked: false })
      await post(owner, `lists/${list_id}/entries`, { entries: [{ title_id: title(first + index) }] })
      addList(owner, `${visibility} list`, list_id, visibility, title(first + index))
      ids.push(list_id)
    }
    await put(owner, `watchlist/${title(first + 3)}`)
    await put(owner, 'favourites', { title_ids: [title(first + 4)] })
    for (const [index, kind] of ['watchlist', 'favourites'].entries()) {
      const [fixed] = await social.rows<{ readonly list_id: string }>('SELECT list_id FROM lists WHERE profile_id = ? AND kind = ?', owner.profile_id, kind)
      addList(owner, kind, fixed?.list_id ?? '', 'public', title(first + 3 + index), [`${pathOf(owner)}/${kind}`])
    }
    return ids[0] ?? ''
  }
  const addComment = async (owner: Joined, subject_kind: 'review' | 'list', subject_id: string, state: 'published' | 'hidden'): Promise<void> => {
    const { comment_id } = await post(owner, 'comments', { subject_kind, subject_id, body: 'yes' })
    if (state === 'hidden') await hide('comment', comment_id)
    add(`${state} comment on a ${subject_kind}`, 'comment', comment_id, owner, [`/v1/${subject_kind}s/${subject_id}/comments`], (standing) => seesWritten(standing, state))
  }

  const hosted = { review: '', list: '' }
  for (const [index, owner] of owners.entries()) {
    const follows = (owner === host ? [open, closed] : [host]).map(pathOf)
    const ways = [
      pathOf(owner), '/v1/members', ...searches,
      ...owners.flatMap((one) => [`${pathOf(one)}/suggestions`, `${pathOf(one)}/known-followers`]), ...follows.flatMap((path) => [`${path}/followers`, `${path}/following`]),
    ]
    // whom both of the others follow
    if (owner === host) ways.push(...[open, closed].flatMap((one) => [`${pathOf(one)}/popular-with-friends`, `${pathOf(one)}/because-you-follow`]))
    add('card', 'card', owner.profile_id, owner, ways, seesCard)
    const made = { review: await addReview(owner, 'published'), list: await addLists(owner, 1 + index * 5) }
    await addReview(owner, 'hidden')
    if (owner === host) Object.assign(hosted, made)
    // on what everybody sees, so that whose comment it is decides alone; and on their own, so that its thread is not empty
    for (const { review, list } of owner === host ? [hosted] : [hosted, made]) {
      await addComment(owner, 'review', review, 'published')
      await addComment(owner, 'review', review, 'hidden')
      await addComment(owner, 'list', list, 'published')
    }
  }

  const named = (who: Joined) => ({ name: who.handle.split('_')[0] ?? '', who, profile_id: who.profile_id })
  const of = (kind: Thing['kind'], param: string) => things.filter((thing) => thing.kind === kind).map((thing) => ({ thing, given: { [param]: thing.id } }))
  const cards = of('card', 'member')
  const anything = cards.slice(0, 1)
  const kinds: Readonly<Record<string, readonly Fill[]>> = {
    profile_id: of('card', 'profile_id').filter(({ thing }) => thing.owner !== host),
    member: [...cards, ...owners.flatMap((owner) => cards.filter(({ thing }) => thing.owner === owner).map(({ thing }) => ({ thing, given: { member: owner.handle } })))],
    review_id: of('review', 'review_id'),
    list_id: of('list', 'list_id'),
    title_id: [reviewed, hidden].flatMap((title_id) => anything.map(({ thing }) => ({ thing, given: { title_id } }))),
    members: anything.map(({ thing }) => ({ thing, given: {} })),
    search: anything.map(({ thing }) => ({ thing, given: {} })),
    moderation: anything.map(({ thing }) => ({ thing, given: {} })),
  }
  return {
    things,
    askers: [
      ...[open, closed, follower, stranger, requester, blocked, blocker].map(named),
      { name: 'open, as nobody in particular', who: open }, { name: 'closed, as nobody in particular', who: closed },
      { name: 'nobody', who: undefined },
      { name: 'moderator', who: social.moderator, profile_id: editor.profile_id, moderates: true },
      { name: 'program', who: social.program, isProgram: true },
    ],
    fillsOf: (kind) => kinds[kind] ?? [],
    missingOf: (kind) => (['member', 'review_id', 'list_id'].includes(kind) ? { [kind]: missing } : undefined),
    standing: ({ profile_id, moderates = false }, { owner }) => standingOf({
      viewer_id: profile_id, owner_id: owner.profile_id, is_private: owner === closed, moderates,
      ours: relations.get(`${profile_id ?? ''}.${owner.profile_id}`), theirs: relations.get(`${owner.profile_id}.${profile_id ?? ''}`),
    }),
  }
}
