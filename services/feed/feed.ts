/** Reading feeds, for the routes and for gRPC: what was delivered and what is read from those whom many follow, held against who follows whom now. */
import { Refused } from '../shared/errors.ts'
import { instantOf } from '../shared/clock.ts'
import { seesActivity } from '../shared/visibility.ts'
import type { Shown } from './group.ts'
import { pageOf } from './merge.ts'
import { inPieces, openPeople, seen, type People, type Viewer } from './people.ts'
import { cursorOf, rankedCursorOf, readCursor, readRankedCursor } from './places.ts'
import type { Activity, Asked, FeedPorts, FeedViews, Place, Relation } from './ports.ts'
import { bestFirst, rank } from './rank.ts'
import { scroll, type Scrolling } from './scroll.ts'

export type Order = 'chronological' | 'ranked'
export interface Turning {
  readonly limit: number
  readonly cursor: string | undefined
}
export interface Turned {
  readonly shown: readonly Shown[]
  /** All whom the activities are about. */
  readonly people: People
  readonly next_cursor: string | null
}
export interface FeedTurned extends Turned {
  /** Where the feed began, on its first page. */
  readonly head: string | null
}

const day_ms = 86_400_000
/** The ranked order is made of what is no older, and of no more than that. */
const rankedDays = 14
const mostRanked = 500
/** What the reader did last, which tells to whom they are close. */
const ownActivities = 200
/** Counted no further. */
const mostNew = 100
/** Before everything. */
const nothing: Place = { occurred_at: 0, activity_id: '' }

/** A profile's feed as it is now, ready to be read from any place. */
async function open(views: FeedViews, profile_id: string): Promise<Pick<Scrolling, 'read' | 'sees'> & { readonly people: People }> {
  const ours: ReadonlyMap<string, Relation> = new Map((await views.outgoing(profile_id)).map((relation) => [relation.other_id, relation]))
  const followed = new Set([...ours.values()].filter(({ follow, blocked, muted }) => follow === 'following' && blocked === 0 && muted === 0).map(({ other_id }) => other_id))
  const wide = inPieces(await views.widelyFollowed([...followed]))
  const people = openPeople(views, { viewer_id: profile_id, moderates: false }, ours)
  return {
    people,
    read: (asked: Asked) => Promise.all([views.entries(profile_id, asked), ...wide.map(async (ids) => pageOf(await views.activities(ids, asked), asked))]),
    // what was delivered may be of somebody who is not followed any more
    sees: (activities) => seen(people, activities.filter((activity) => followed.has(activity.profile_id))),
  }
}

const plainly = (activities: readonly Activity[]): readonly Shown[] => activities.map((activity) => ({ activity, reason: null }))

async function readChronological({ views }: FeedPorts, profile_id: string, { limit, cursor }: Turning): Promise<FeedTurned> {
  const after = readCursor(profile_id, 'chronological', cursor)
  const { people, read, sees } = await open(views, profile_id)
  const { seen: activities, next, newest = nothing } = await scroll({ read, sees, after, wanted: limit })
  return {
    shown: plainly(activities), people,
    next_cursor: next === undefined ? null : cursorOf(profile_id, 'chronological', next),
    head: after === undefined ? cursorOf(profile_id, 'head', newest) : null,
  }
}

async function readRanked({ views, clock }: FeedPorts, profile_id: string, { limit, cursor }: Turning): Promise<FeedTurned> {
  const start = readRankedCursor(profile_id, cursor)
  const as_of = start?.as_of ?? instantOf(clock.micros())
  const { people, read, sees } = await open(views, profile_id)
  const [{ seen: activities, newest = nothing }, own] = await Promise.all([
    scroll({ read, sees, after: { occurred_at: as_of + 1, activity_id: '' }, until: { occurred_at: as_of - rankedDays * day_ms, activity_id: '' }, wanted: mostRanked }),
    views.activities([profile_id], { limit: ownActivities, after: { occurred_at: as_of + 1, activity_id: '' } }),
  ])
  const theirs = new Map(activities.flatMap((activity) => { const relation = people.get(activity.profile_id)?.theirs; return relation === undefined ? [] : [[activity.profile_id, relation]] }))
  const rest = rank(activities, { as_of, own, theirs })
    .filter(({ activity: { activity_id }, reason: { score } }) => start === undefined || bestFirst({ score, activity_id }, start) > 0)
  const shown = rest.slice(0, limit)
  const last = shown.at(-1)
  return {
    shown, people,
    next_cursor: last === undefined || rest.length <= limit ? null : rankedCursorOf(profile_id, { as_of, score: last.reason.score, activity_id: last.activity.activity_id }),
    head: start === undefined ? cursorOf(profile_id, 'head', newest) : null,
  }
}

/** A page of what those have done whom a profile follows; whose profile it is, the caller has seen to. */
export const readFeed = (ports: FeedPorts, profile_id: string, order: Order, turning: Turning): Promise<FeedTurned> =>
  (order === 'ranked' ? readRanked : readChronological)(ports, profile_id, turning)

/** How much of a feed is newer than its head was, counted to 100. */
export async function countNew({ views }: FeedPorts, profile_id: string, since: string): Promise<number> {
  const until = readCursor(profile_id, 'head', since) ?? nothing
  const { read, sees } = await open(views, profile_id)
  return (await scroll({ read, sees, after: undefined, until, wanted: mostNew })).seen.length
}

/** A page of what a profile has done; undefined where there is none, or its activity is not for the viewer. */
export async function readActivity({ views }: FeedPorts, profile_id: string, viewer: Viewer, { limit, cursor }: Turning): Promise<Turned | undefined> {
  const after = readCursor(profile_id, 'by', cursor)
  const people = openPeople(views, viewer)
  await people.meet([profile_id])
  const actor = people.get(profile_id)
  if (actor === undefined || !seesActivity(actor.standing)) return undefined
  const { seen: activities, next } = await scroll({
    read: async (asked) => [pageOf(await views.activities([profile_id], asked), asked)], sees: (some) => seen(people, some), after, wanted: limit,
  })
  return { shown: plainly(activities), people, next_cursor: next === undefined ? null : cursorOf(profile_id, 'by', next) }
}

/** The answer to who is not there, and to whom nothing is shown. */
export const noMember = (field: string): Refused => new Refused({ code: 'member_not_found', message: 'there is no such member, or they do not show this to you', field })
