/**
 * What a profile does, delivered to the feed of everybody who follows it ("fan-out on write"). Of each actor the newest 50 activities are
 * remembered, less those that were withdrawn: who begins to follow gets them, and who no longer follows loses them.
 *
 * An actor with more than FAN_OUT_LIMIT followers is not delivered: one activity holds up those behind it for as long as it has followers
 * (services/feed/README.md, "Where the cost turns"). Readers merge such actors, for one query each. They merge actors with more than
 * CAUGHT_UP_AT followers, half as many: an actor who falls to that delivers what it owes, which cannot happen again until it has
 * come past the limit once more.
 *
 * So, of an actor who never came past the limit, or has been caught up since: every follower's feed has all that is remembered, as it was
 * told last. Of any actor: once it was withdrawn, no feed has an activity, of those who follow or ever did, however old it is. What is
 * older than the remembered ones stays where it was delivered, also with who no longer follows; readers look at who follows whom now.
 * All of it holds at the end of the topics, of activities that keep their `occurred_at` when they are told anew: where Connect repeats
 * itself, what was withdrawn may come and go once more.
 */
import type { CdcRows } from '@cdlc/schemas/generated/topics.ts'
import { defineProcessor, type Effect, type State } from '../../runtime/processor.ts'
import { numberSetting } from '../../runtime/settings.ts'
import type { RowOf, RowSpecs } from '../../runtime/view.ts'

/**
 * Followers that an activity is delivered to, at most; the same for workers and for the feed. It may be lowered at any time: whom more than
 * half of it follow is merged from then on, and is still there where it was delivered. To raise it takes a new version of this processor,
 * which fills the feeds anew: else what was done past the old limit is delivered to nobody.
 */
export const FAN_OUT_LIMIT = numberSetting('CDLC_FAN_OUT_LIMIT', { usual: 1_000, least: 10, most: 100_000 })
/** Followers down to which readers merge an actor; one who falls to it owes nobody anything. */
export const CAUGHT_UP_AT = Math.floor(FAN_OUT_LIMIT / 2)
/** Activities of an actor that are remembered. */
export const REMEMBERED = 50
/** Entries that one step tells, and a few more. */
const AT_ONCE = 300

const activity = {
  profile_id: 'text', activity_id: 'text', kind: 'text', title_id: 'text?', subject_kind: 'text?', subject_id: 'text?', other_id: 'text?', half_stars: 'int?',
  occurred_at: 'timestamp', version: 'long',
} as const
const rows = {
  /** `unheard`: told to nobody yet, since it was done past the limit; its withdrawal need not be told either. */
  recent: { key: ['profile_id', 'occurred_at', 'activity_id'], columns: { ...activity, unheard: 'bool' } },
  follower: { key: ['profile_id', 'follower_id'], columns: { profile_id: 'text', follower_id: 'text', version: 'long' } },
  /** Who followed once, and may still have what is no longer remembered. */
  former: { key: ['profile_id', 'follower_id'], columns: { profile_id: 'text', follower_id: 'text' } },
  followers: { key: ['profile_id'], columns: { profile_id: 'text', count: 'int' } },
  /** `owes`: not every follower has what is remembered; `forgotten_at`: when the newest was done that is remembered no longer. */
  actor: { key: ['profile_id'], columns: { profile_id: 'text', owes: 'bool', forgotten_at: 'timestamp?' } },
  /** How far the delivery of an event, which `of` names, has got: through the followers, then those who were. */
  sweep: { key: ['profile_id'], columns: { profile_id: 'text', of: 'text', row: 'text', follower_id: 'text' } },
} as const satisfies RowSpecs
type Rows = typeof rows
type Entry = CdcRows['user.feed-entries']
type Remembered = RowOf<Rows['recent']>
type Activity = Omit<Remembered, 'unheard'>
type Effects = readonly Effect<Rows, Entry>[]
type Relation = Pick<CdcRows['user.relations-by-other'], 'profile_id' | 'other_id' | 'follow' | 'version'>

const entryOf = (follower_id: string, { profile_id, activity_id, kind, title_id, subject_kind, subject_id, other_id, half_stars, occurred_at, version }: Activity): Entry =>
  ({ follower_id, profile_id, activity_id, kind, title_id, subject_kind, subject_id, other_id, half_stars, occurred_at, version })
const keyOf = ({ profile_id, occurred_at, activity_id }: Activity) => ({ profile_id, occurred_at, activity_id })
const countOf = (state: State<Rows>, profile_id: string): number => state.followers.get({ profile_id })?.count ?? 0
const actorOf = (state: State<Rows>, profile_id: string): RowOf<Rows['actor']> => state.actor.get({ profile_id }) ?? { profile_id, owes: false, forgotten_at: null }
const gives = (follower_id: string, one: Activity): Effects[number] => ({ emit: { op: 'c', before: null, after: entryOf(follower_id, one) } })
const takes = (follower_id: string, one: Activity): Effects[number] => ({ emit: { op: 'd', before: entryOf(follower_id, one), after: null } })

interface Delivery {
  readonly profile_id: string
  /** Names the event, so that what another one left half done is not taken for its own. */
  readonly of: string
  readonly alsoFormer: boolean
  /** Profiles that one step tells. */
  readonly at_once: number
  readonly tell: (follower_id: string) => Effects
  /** What is remembered of it once all are told: until then every step finds what the first one found. */
  readonly finally: Effects
}

function* audience(state: State<Rows>, { profile_id, alsoFormer }: Delivery, from: RowOf<Rows['sweep']> | undefined) {
  const behind = from === undefined ? undefined : { profile_id, follower_id: from.follower_id }
  const isAtFormer = from?.row === 'former'
  if (!isAtFormer) for (const { follower_id } of state.follower.scan({ profile_id }, behind)) yield { row: 'follower', follower_id }
  if (alsoFormer) for (const { follower_id } of state.former.scan({ profile_id }, isAtFormer ? behind : undefined)) yield { row: 'former', follower_id }
}

/** One step of telling everybody. */
function tellAll(state: State<Rows>, delivery: Delivery): Effects {
  const { profile_id, of, at_once, tell } = delivery
  const left = state.sweep.get({ profile_id })
  const from = left?.of === of ? left : undefined
  const next: { readonly row: string; readonly follower_id: string }[] = []
  for (const one of audience(state, delivery, from)) if (next.push(one) > at_once) break
  const told = next.slice(0, at_once).flatMap(({ follower_id }) => tell(follower_id))
  const last = next[at_once - 1]
  if (next.length > at_once && last !== undefined) return [...told, { put: 'sweep', row: { profile_id, of, ...last } }, { again: true }]
  return [...told, ...delivery.finally, ...(left === undefined ? [] : [{ remove: 'sweep', key: { profile_id } } as const])]
}

function onActivity(given: Activity, isWithdrawn: boolean, state: State<Rows>): Effects {
  const { profile_id, activity_id, version } = given
  const recent = [...state.recent.scan({ profile_id })]
  const known = recent.find((one) => one.activity_id === activity_id)
  // Connect may repeat itself; what is older than what is known has been told already
  if (known !== undefined && (isWithdrawn ? known.version > version : known.version >= version)) return []
  const delivery = { profile_id, of: `${activity_id} ${version}`, at_once: AT_ONCE }
  if (isWithdrawn) {
    const forget: Effects = known === undefined ? [] : [{ remove: 'recent', key: keyOf(known) }]
    if (known?.unheard === true) return forget
    return tellAll(state, { ...delivery, alsoFormer: true, tell: (follower_id) => [takes(follower_id, known ?? given)], finally: forget })
  }
  const isPast = countOf(state, profile_id) > FAN_OUT_LIMIT
  const remembers = remember(given, recent, known, isPast, actorOf(state, profile_id))
  if (isPast) return remembers
  const isChange = known !== undefined && !known.unheard
  const tell = (follower_id: string): Effects =>
    [isChange ? { emit: { op: 'u', before: entryOf(follower_id, known), after: entryOf(follower_id, given) } } : gives(follower_id, given)]
  return tellAll(state, { ...delivery, alsoFormer: false, tell, finally: remembers })
}

/** The newest that were ever told stay: one that was forgotten is not remembered again, or it would take the place of a newer one. */
function remember(given: Activity, recent: readonly Remembered[], known: Remembered | undefined, isPast: boolean, actor: RowOf<Rows['actor']>): Effects {
  const { occurred_at } = given
  const isOld = known === undefined && actor.forgotten_at !== null && occurred_at <= actor.forgotten_at
  const oldest = known !== undefined || isOld || recent.length < REMEMBERED ? undefined : recent[0]
  const dropped = oldest !== undefined && oldest.occurred_at >= occurred_at ? given : oldest
  const forgotten_at = dropped?.occurred_at ?? actor.forgotten_at
  return [
    ...(known === undefined || known.occurred_at === occurred_at ? [] : [{ remove: 'recent', key: keyOf(known) } as const]),
    ...(isOld || dropped === given ? [] : [{ put: 'recent', row: { ...given, unheard: isPast && (known === undefined || known.unheard) } } as const]),
    ...(dropped === undefined || dropped === given ? [] : [{ remove: 'recent', key: keyOf(dropped) } as const]),
    ...(forgotten_at === actor.forgotten_at ? [] : [{ put: 'actor', row: { ...actor, forgotten_at } } as const]),
  ]
}

/** Somebody has heard of all that is remembered. */
const heard = (recent: readonly Remembered[]): Effects =>
  recent.flatMap((one): Effects => (one.unheard ? [{ put: 'recent', row: { ...one, unheard: false } }] : []))

/** Everybody but who leaves gets what is remembered. */
function catchUp(state: State<Rows>, profile_id: string, of: string, leaver: string): Effects {
  const recent = [...state.recent.scan({ profile_id })]
  return tellAll(state, {
    profile_id, of, alsoFormer: false, at_once: Math.max(1, Math.floor(AT_ONCE / Math.max(1, recent.length))),
    tell: (follower_id) => (follower_id === leaver ? [] : recent.map((one) => gives(follower_id, one))),
    finally: [...heard(recent), { put: 'actor', row: { ...actorOf(state, profile_id), owes: false } }],
  })
}

function onRelation({ other_id: profile_id, profile_id: follower_id, follow, version }: Relation, isGone: boolean, state: State<Rows>): Effects {
  const of = `${follower_id} ${version}`
  if (state.sweep.get({ profile_id })?.of === of) return catchUp(state, profile_id, of, follower_id)
  const known = state.follower.get({ profile_id, follower_id })
  if (known !== undefined && known.version > version) return []
  const count = countOf(state, profile_id)
  const counted = (by: number): Effects[number] => ({ put: 'followers', row: { profile_id, count: count + by } })
  const recent = [...state.recent.scan({ profile_id })]
  const actor = actorOf(state, profile_id)
  const isFormer = state.former.get({ profile_id, follower_id }) !== undefined
  if (!isGone && follow === 'following') {
    const follows: Effects[number] = { put: 'follower', row: { profile_id, follower_id, version } }
    if (known !== undefined) return known.version === version ? [] : [follows]
    const begins: Effects = [follows, counted(1), ...(isFormer ? [{ remove: 'former', key: { profile_id, follower_id } } as const] : [])]
    if (count < FAN_OUT_LIMIT) return [...begins, ...heard(recent), ...recent.map((one) => gives(follower_id, one))]
    return actor.owes ? begins : [...begins, { put: 'actor', row: { ...actor, owes: true } }]
  }
  if (known === undefined) return []
  const leaves: Effects = [
    { remove: 'follower', key: { profile_id, follower_id } }, { put: 'former', row: { profile_id, follower_id } }, counted(-1),
    ...recent.filter(({ unheard }) => !unheard).map((one) => takes(follower_id, one)),
  ]
  return actor.owes && count - 1 <= CAUGHT_UP_AT ? [...leaves, ...catchUp(state, profile_id, of, follower_id)] : leaves
}

export default defineProcessor(import.meta.url, {
  version: 1,
  from: {
    'user.activity': ['profile_id', 'activity_id', 'type', 'kind', 'title_id', 'subject_kind', 'subject_id', 'other_id', 'half_stars', 'occurred_at', 'version'],
    'user.relations-by-other': ['profile_id', 'other_id', 'follow', 'version'],
  },
  to: 'user.feed-entries',
  state: rows,
  apply: (event, state) => {
    if (event.topic === 'user.activity') {
      if (event.after === null || event.after.type === 'Unknown') return []
      const { type, ...given } = event.after
      return onActivity(given, type === 'ActivityWithdrawn', state)
    }
    const relation = event.after ?? event.before
    return relation === null ? [] : onRelation(relation, event.after === null, state)
  },
})
