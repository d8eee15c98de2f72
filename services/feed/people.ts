/** Who looks, and what they see of whom. What is learnt of somebody is remembered for the length of one request. */
import { peopleOf, type Person as Met, type Viewer } from '../shared/standing.ts'
import { seesActivity, seesCard } from '../shared/visibility.ts'
import type { Activity, Card, FeedViews, Relation } from './ports.ts'

export type { Viewer }
/** Somebody with a card, as the viewer stands to them. */
export type Person = Met<Card, Relation>
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

/** Knows nobody yet. `ours`: how the viewer stands to others, where it is known already. */
export function openPeople(views: Pick<FeedViews, 'cards' | 'relationsTo' | 'relationsFrom'>, viewer: Viewer, ours?: ReadonlyMap<string, Relation>): People {
  const { viewer_id } = viewer
  const known = new Map<string, Person | undefined>()
  const toThem = async (ids: readonly string[]): Promise<readonly Relation[]> =>
    ours === undefined ? (viewer_id === undefined ? [] : views.relationsTo(viewer_id, ids)) : ids.flatMap((id) => ours.get(id) ?? [])

  async function learn(ids: readonly string[]): Promise<void> {
    const [cards, to, from] = await Promise.all([views.cards(ids), toThem(ids), viewer_id === undefined ? [] : views.relationsFrom(ids, viewer_id)])
    const people = peopleOf(viewer, cards, to, from)
    for (const id of ids) known.set(id, people.get(id))
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
