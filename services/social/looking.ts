/** Who looks at whom, as views have it: every read of what a member does begins here. */
import { Refused } from '../shared/errors.ts'
import { isHeld, peopleOf, personOf, type Held, type Person, type Viewer } from '../shared/standing.ts'
import { isUlid } from '../shared/text.ts'
import { seesActivity, seesCard } from '../shared/visibility.ts'
import type { Card, MemberViews, Relation } from './member-views.ts'

export { viewerOf, type Viewer } from '../shared/standing.ts'
/** A card with a handle; those who are leaving are not there. */
export type SeenCard = Held<Card>
/** The viewer to the member, and the member to the viewer, as the view has them. */
export type Seen = Person<Card, Relation>
/** Where cards and relations are asked for: the views, or MySQL in their place. */
export type Whereabouts = Pick<MemberViews, 'card' | 'cardByHandle' | 'relation'>

const notFound = (): Refused => new Refused({ code: 'member_not_found', message: 'there is no such member, or they do not show this to you', field: 'path.member' })

/** A member by id or handle; undefined where there is none, or one has blocked the other. */
export async function lookAt(where: Whereabouts, member: string, viewer: Viewer): Promise<Seen | undefined> {
  const card = isUlid(member) ? await where.card(member) : await where.cardByHandle(member)
  if (card === undefined || !isHeld(card)) return undefined
  const { viewer_id } = viewer
  const [ours, theirs] = viewer_id === undefined ? [] : await Promise.all([where.relation(viewer_id, card.profile_id), where.relation(card.profile_id, viewer_id)])
  const seen = personOf<Card, Relation>(viewer, card, ours, theirs)
  return seesCard(seen.standing) ? seen : undefined
}

/** Who was seen; throws Refused `member_not_found` where nobody was. */
export function mustBeSeen(seen: Seen | undefined): Seen {
  if (seen === undefined) throw notFound()
  return seen
}

/** A member whose card is seen; throws Refused `member_not_found`. */
export const findMember = async (where: Whereabouts, member: string, viewer: Viewer): Promise<Seen> => mustBeSeen(await lookAt(where, member, viewer))

/** A member who shows what they do; throws Refused `member_not_found`, which does not tell hidden from missing. */
export async function findActive(where: Whereabouts, member: string, viewer: Viewer): Promise<Seen> {
  const seen = await findMember(where, member, viewer)
  if (!seesActivity(seen.standing)) throw notFound()
  return seen
}

/** How the viewer stands to each of these who has a card, 200 at most, by id; of the blocked, `blocked`. */
export async function standingsTo(views: Pick<MemberViews, 'cards' | 'relationsTo' | 'relationsFrom'>, profile_ids: readonly string[], viewer: Viewer): Promise<ReadonlyMap<string, Seen>> {
  const { viewer_id } = viewer
  const ids = [...new Set(profile_ids)]
  const [cards, ours, theirs] = await Promise.all([
    views.cards(ids),
    viewer_id === undefined ? [] : views.relationsTo(viewer_id, ids),
    viewer_id === undefined ? [] : views.relationsFrom(ids, viewer_id),
  ])
  return peopleOf(viewer, cards, ours, theirs)
}

/** The cards of these, 200 at most, that the viewer sees, by id. */
export async function peopleSeen(views: Pick<MemberViews, 'cards' | 'relationsTo' | 'relationsFrom'>, profile_ids: readonly string[], viewer: Viewer): Promise<ReadonlyMap<string, SeenCard>> {
  return new Map([...await standingsTo(views, profile_ids, viewer)].filter(([, { standing }]) => seesCard(standing)).map(([id, { card }]) => [id, card]))
}
