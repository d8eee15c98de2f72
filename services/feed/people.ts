/** Who looks, and what they see of whom. What is learnt of somebody is remembered for the length of one request. */
import { moderates } from '../shared/access.ts'
import type { Identity } from '../shared/identity.ts'
import { seesActivity, seesCard, standingOf, type Relation as Stands, type Standing } from '../shared/visibility.ts'
import type { Activity, Card, FeedViews, Relation } from './ports.ts'

export interface Viewer {
  /** The profile that looks; undefined: nobody in particular. */
  readonly viewer_id: string | undefined
  readonly moderates: boolean
}
/** Somebody with a card, as the viewer stands to them. */
export interface Person {
  readonly card: Card & { readonly handle: string }
  readonly standing: Standing
  /** How they stand to the viewer. */
  readonly theirs: Relation | undefined
}
export interface People {
  /** Learns of these, as many as they are; those who have no card, or are leaving, stay unknown. */
  meet(profile_ids: readonly string[]): Promise<void>
  get(profile_id: string): Person | undefined
}

/** Views are asked for no more at once. */
const piece = 200
/** In pieces of 200. */
export const inPieces = <T>(all: readonly T[]): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(all.length / piece) }, (_, index) => all.slice(index * piece, (index + 1) * piece))

/** Who looks, by the token of a request and the profile it names. */
export const viewerOf = (identity: Identity | undefined, viewer_id: string | undefined): Viewer => ({ viewer_id, moderates: moderates(identity) })

const standsAs = (relation: Relation | undefined): Stands | undefined =>
  (relation === undefined ? undefined : { follow: relation.follow, blocked: relation.blocked === 1, muted: relation.muted === 1 })
const isHeld = (card: Card): card is Person['card'] => card.handle !== null

/** Knows nobody yet. `ours`: how the viewer stands to others, where it is known already. */
export function openPeople(views: Pick<FeedViews, 'cards' | 'relationsTo' | 'relationsFrom'>, { viewer_id, moderates }: Viewer, ours?: ReadonlyMap<string, Relation>): People {
  const known = new Map<string, Person | undefined>()
  const toThem = async (ids: readonly string[]): Promise<ReadonlyMap<string, Relation>> =>
    ours ?? new Map((viewer_id === undefined ? [] : await views.relationsTo(viewer_id, ids)).map((relation) => [relation.other_id, relation]))
  const fromThem = async (ids: readonly string[]): Promise<ReadonlyMap<string, Relation>> =>
    new Map((viewer_id === undefined ? [] : await views.relationsFrom(ids, viewer_id)).map((relation) => [relation.profile_id, relation]))

  async function learn(ids: readonly string[]): Promise<void> {
    const [cards, to, from] = await Promise.all([views.cards(ids), toThem(ids), fromThem(ids)])
    for (const id of ids) known.set(id, undefined)
    for (const card of cards.filter(isHeld)) {
      const owner_id = card.profile_id
      const theirs = from.get(owner_id)
      const standing = standingOf({ viewer_id, owner_id, is_private: card.is_private === 1, ours: standsAs(to.get(owner_id)), theirs: standsAs(theirs), moderates })
      known.set(owner_id, { card, standing, theirs })
    }
  }
  return {
    get: (profile_id) => known.get(profile_id),
    meet: async (profile_ids) => {
      await Promise.all(inPieces([...new Set(profile_ids)].filter((id) => !known.has(id))).map(learn))
    },
  }
}

/** Those whom activities are about. */
const involved = ({ profile_id, other_id }: Activity): readonly string[] => (other_id === null ? [profile_id] : [profile_id, other_id])

/**
 * Those of these activities that the viewer sees: who did it shows it to them, and so does whom it concerns. That somebody is followed tells
 * no more than that they are there; that their review is liked tells what they wrote of, which is theirs to show.
 */
export async function seen(people: People, activities: readonly Activity[]): Promise<readonly Activity[]> {
  await people.meet(activities.flatMap(involved))
  return activities.filter(({ kind, profile_id, other_id }) => {
    const actor = people.get(profile_id)
    if (actor === undefined || !seesActivity(actor.standing)) return false
    if (other_id === null) return true
    const other = people.get(other_id)
    return other !== undefined && (kind === 'followed' ? seesCard : seesActivity)(other.standing)
  })
}
