/** Feed over doubles of its views: a small world of people and what they did, delivered as the fan-out would. */
import type { FastifyInstance } from 'fastify'
import { createClock } from '../shared/clock.ts'
import { createService } from '../shared/http.ts'
import type { Verifier } from '../shared/identity.ts'
import { person, program, verifierOf } from '../shared/testing.ts'
import { newestFirst, pageOf } from './merge.ts'
import type { Activity, Asked, Card, FeedPorts, FeedViews, Relation } from './ports.ts'
import { feed } from './routes.ts'

/** An id that ends in this number. */
const ulid = (kind: string, number: number): string => `01${kind.padEnd(6, '0')}${String(number).padStart(18, '0')}`
export const memberId = (number: number): string => ulid('M', number)
export const titleId = (number: number): string => ulid('T', number)
export const day_ms = 86_400_000
/** The world's clock, in ms. */
export const now_ms = 1_790_000_000_000

export type Entry = Activity & { readonly follower_id: string }
export interface World {
  readonly cards: Card[]
  readonly relations: Relation[]
  /** Delivered; and what each has done. */
  readonly entries: Entry[]
  readonly done: Activity[]
  /** Whom many follow. */
  readonly wide: Set<string>
  readonly titles: Map<string, string>
  /** How many pages of entries were read. */
  pages: number
  /** How many entries the first of them has at most. */
  head: number
}

export const member = (number: number, some: Partial<Card> = {}): Card =>
  ({ profile_id: memberId(number), account_id: `account-${number}`, handle: `member_${number}`, name: `Member ${number}`, is_private: 0, ...some })
export const relation = (from: number, to: number, some: Partial<Relation> = {}): Relation =>
  ({ profile_id: memberId(from), other_id: memberId(to), follow: 'following', blocked: 0, muted: 0, followed_at: 1, ...some })
/** By a member, so many ms before now: a rating of a title of its own. */
export const activity = (number: number, by: number, ago_ms: number, some: Partial<Activity> = {}): Activity => ({
  activity_id: `rated:${memberId(by)}.${titleId(number)}`, profile_id: memberId(by), kind: 'rated', title_id: titleId(number), subject_kind: null, subject_id: null, other_id: null,
  half_stars: 8, occurred_at: now_ms - ago_ms, version: 1, ...some,
})

/** Members 1 to 6, who have done nothing; 1 follows 2 and 3. */
export const smallWorld = (): World => ({
  cards: [1, 2, 3, 4, 5, 6].map((number) => member(number)), relations: [relation(1, 2), relation(1, 3)], entries: [], done: [], wide: new Set(),
  titles: new Map([[titleId(1), 'Heat'], [titleId(2), 'Alien']]), pages: 0, head: 64,
})
/** Somebody does something, and it is delivered to a member. */
export function doing({ done, entries }: World, one: Activity, follower = 1): void {
  done.push(one)
  entries.push({ ...one, follower_id: memberId(follower) })
}

const paged = (rows: readonly Activity[], { limit, after }: Asked): readonly Activity[] =>
  rows.filter((row) => after === undefined || newestFirst(row, after) > 0).toSorted(newestFirst).slice(0, limit)

export function viewsOf(world: World): FeedViews {
  const { cards, relations, entries, done, wide, titles } = world
  return {
    card: async (id) => cards.find(({ profile_id }) => profile_id === id),
    cards: async (ids) => cards.filter(({ profile_id }) => ids.includes(profile_id)),
    cardByHandle: async (handle) => cards.find((card) => card.handle === handle),
    relationsTo: async (from, ids) => relations.filter(({ profile_id, other_id }) => profile_id === from && ids.includes(other_id)),
    relationsFrom: async (ids, to) => relations.filter(({ profile_id, other_id }) => other_id === to && ids.includes(profile_id)),
    outgoing: async (from) => relations.filter(({ profile_id }) => profile_id === from),
    widelyFollowed: async (ids) => ids.filter((id) => wide.has(id)),
    entries: async (follower, asked) => {
      world.pages++
      const limit = asked.after === undefined ? Math.min(world.head, asked.limit) : asked.limit
      const found = paged(entries.filter(({ follower_id }) => follower_id === follower), { ...asked, limit })
      return pageOf(found.map(({ follower_id: _, ...one }: Activity & { readonly follower_id?: string }) => one), { limit })
    },
    activities: async (ids, asked) => paged(done.filter(({ profile_id }) => ids.includes(profile_id)), asked),
    titles: async (ids) => new Map([...titles].filter(([id]) => ids.includes(id))),
  }
}
/** Its clock stands still, but for the µs between two readings. */
export const portsOver = (world: World): FeedPorts => ({ views: viewsOf(world), clock: createClock(() => now_ms) })

/** Members 1 to 6 by the tokens `m1` to `m6`; of 1 also `unscoped`, an application that may see nothing; `editor` moderates, but not as `unscoped_editor`; `program`. */
export const people: Verifier = verifierOf({
  ...Object.fromEntries([1, 2, 3, 4, 5, 6].map((number) => [`m${number}`, person(`account-${number}`, { scopes: ['social:read'] })])),
  program,
  unscoped: person('account-1', { scopes: [] }),
  unscoped_editor: person('account-9', { scopes: [], roles: ['viewer', 'editor'] }),
  editor: person('account-9', { scopes: ['social:read'], roles: ['viewer', 'editor'] }),
})
/** The routes over a world, or over other ports. */
export const feedOver = (world: World, some: Partial<FeedViews> = {}): FastifyInstance => {
  const ports = portsOver(world)
  return createService({ name: 'feed', description: '', checks: {}, routes: feed({ ...ports, views: { ...ports.views, ...some } }), verifier: people })
}
