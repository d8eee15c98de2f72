/**
 * What a profile does, delivered to the feed of everybody who follows it ("fan-out on write"). Of each actor the newest 50 activities are
 * remembered: who begins to follow gets them, who no longer follows loses them, and older ones are no longer looked for (readers of a feed
 * look at who follows whom anyway). What is withdrawn is taken out of every follower's feed, however old it is.
 *
 * An actor with more than FAN_OUT_LIMIT followers is not delivered: one activity would cost as many writes as it has followers, while a
 * reader who follows few such actors merges them for one query each. At a thousand followers a delivery writes a thousand rows, about
 * a fifth of a second of ScyllaDB on two cores, and is read by a few; there the merge is the cheaper of the two. What was
 * delivered before an actor came past the limit stays, and is withdrawn like the rest.
 *
 * So, of every actor below the limit: each follower's feed has all of the actor's activities that are remembered and not withdrawn.
 */
import type { CdcRows } from '@cdlc/schemas/generated/topics.ts'
import { defineProcessor, type Effect, type State } from '../../runtime/processor.ts'
import type { RowOf, RowSpecs } from '../../runtime/view.ts'

export const FAN_OUT_LIMIT = 1_000
/** Activities of an actor that are remembered. */
export const REMEMBERED = 50
/** Followers that one step delivers to. */
const AT_ONCE = 300

const activity = {
  profile_id: 'text', activity_id: 'text', kind: 'text', title_id: 'text?', subject_kind: 'text?', subject_id: 'text?', other_id: 'text?', half_stars: 'int?', occurred_at: 'timestamp', version: 'long',
} as const
const rows = {
  recent: { key: ['profile_id', 'occurred_at', 'activity_id'], columns: activity },
  follower: { key: ['profile_id', 'follower_id'], columns: { profile_id: 'text', follower_id: 'text', version: 'long' } },
  followers: { key: ['profile_id'], columns: { profile_id: 'text', count: 'int' } },
  /** How far a delivery has got through the followers, and what of the activity they had before it. */
  sweep: { key: ['profile_id'], columns: { profile_id: 'text', follower_id: 'text', known: 'bool' } },
} as const satisfies RowSpecs
type Rows = typeof rows
type Activity = RowOf<Rows['recent']>
type Entry = CdcRows['user.feed-entries']
type Effects = readonly Effect<Rows, Entry>[]

const entryOf = (follower_id: string, activity: Activity): Entry => ({ follower_id, ...activity })
const keyOf = ({ profile_id, occurred_at, activity_id }: Activity) => ({ profile_id, occurred_at, activity_id })
const countOf = (state: State<Rows>, profile_id: string): number => state.followers.get({ profile_id })?.count ?? 0

/** Tells the next followers of an activity; `first` are the effects of the first step. */
function deliver(given: Activity, known: Activity | undefined, isWithdrawn: boolean, first: Effects, state: State<Rows>): Effects {
  const { profile_id } = given
  const sweep = state.sweep.get({ profile_id })
  const next: string[] = []
  for (const { follower_id } of state.follower.scan({ profile_id }, sweep === undefined ? undefined : { profile_id, follower_id: sweep.follower_id })) {
    if (next.push(follower_id) > AT_ONCE) break
  }
  const wasKnown = sweep?.known ?? known !== undefined
  const told = next.slice(0, AT_ONCE).map((follower_id): Effects[number] => {
    const entry = entryOf(follower_id, given)
    if (isWithdrawn) return { emit: { op: 'd', before: entry, after: null } }
    return { emit: wasKnown ? { op: 'u', before: entryOf(follower_id, known ?? given), after: entry } : { op: 'c', before: null, after: entry } }
  })
  const last = next[AT_ONCE - 1]
  const begun = sweep === undefined ? first : []
  if (next.length > AT_ONCE && last !== undefined) return [...begun, ...told, { put: 'sweep', row: { profile_id, follower_id: last, known: wasKnown } }, { again: true }]
  return [...begun, ...told, ...(sweep === undefined ? [] : [{ remove: 'sweep', key: { profile_id } } as const])]
}

function onActivity(given: Activity, isWithdrawn: boolean, state: State<Rows>): Effects {
  const { profile_id } = given
  const goesOn = state.sweep.get({ profile_id }) !== undefined
  const recent = [...state.recent.scan({ profile_id })]
  const known = recent.find(({ activity_id }) => activity_id === given.activity_id)
  // Connect may repeat itself; what is older than what is known has been told already
  if (!goesOn && known !== undefined && (isWithdrawn ? known.version > given.version : known.version >= given.version)) return []
  if (isWithdrawn) return deliver(given, known, true, known === undefined ? [] : [{ remove: 'recent', key: keyOf(known) }], state)
  const moved: Effects = known === undefined || known.occurred_at === given.occurred_at ? [] : [{ remove: 'recent', key: keyOf(known) }]
  const kept = recent.filter(({ activity_id }) => activity_id !== given.activity_id)
  const oldest = kept.length < REMEMBERED ? undefined : kept[0]
  const remember: Effects = [...moved, { put: 'recent', row: given }, ...(oldest === undefined ? [] : [{ remove: 'recent', key: keyOf(oldest) } as const])]
  if (!goesOn && countOf(state, profile_id) > FAN_OUT_LIMIT) return remember
  return deliver(given, known, false, remember, state)
}

function onRelation(relation: Pick<CdcRows['user.relations-by-other'], 'profile_id' | 'other_id' | 'follow' | 'version'>, isGone: boolean, state: State<Rows>): Effects {
  const { other_id: profile_id, profile_id: follower_id, version } = relation
  const known = state.follower.get({ profile_id, follower_id })
  if (known !== undefined && known.version > version) return []
  const count = countOf(state, profile_id)
  const counted = (by: number): Effects[number] => ({ put: 'followers', row: { profile_id, count: count + by } })
  const recent = [...state.recent.scan({ profile_id })]
  if (!isGone && relation.follow === 'following') {
    const follows: Effects[number] = { put: 'follower', row: { profile_id, follower_id, version } }
    if (known !== undefined) return [follows]
    return [follows, counted(1), ...(count >= FAN_OUT_LIMIT ? [] : recent.map((one): Effects[number] => ({ emit: { op: 'c', before: null, after: entryOf(follower_id, one) } })))]
  }
  if (known === undefined) return []
  return [
    { remove: 'follower', key: { profile_id, follower_id } }, counted(-1),
    ...recent.map((one): Effects[number] => ({ emit: { op: 'd', before: entryOf(follower_id, one), after: null } })),
  ]
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
