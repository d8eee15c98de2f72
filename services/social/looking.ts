/** Who looks at whom, as views have it: every read of what a member does begins here. */
import { moderates } from '../shared/access.ts'
import type { Identity } from '../shared/identity.ts'
import { Refused } from '../shared/errors.ts'
import { seesActivity, seesCard, standingOf, type Relation, type Standing } from '../shared/visibility.ts'
import type { Card, MemberViews, Relation as ViewRelation } from './member-views.ts'

export interface Viewer {
  /** The profile that looks; undefined: nobody in particular. */
  readonly viewer_id: string | undefined
  readonly moderates: boolean
}
/** A card with a handle; those who are leaving are not there. */
export type SeenCard = Card & { readonly handle: string }
export interface Seen {
  readonly card: SeenCard
  readonly standing: Standing
  /** The viewer to the member, and the member to the viewer, as the view has them. */
  readonly ours: ViewRelation | undefined
  readonly theirs: ViewRelation | undefined
}
/** Where cards and relations are asked for: the views, or MySQL in their place. */
export type Whereabouts = Pick<MemberViews, 'card' | 'cardByHandle' | 'relation'>

/** Who looks, by the token and the query of a request. */
export const viewerOf = (identity: Identity | undefined, as: string | undefined): Viewer =>
  ({ viewer_id: as, moderates: moderates(identity) })

const idPattern = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/
const asSeen = (relation: ViewRelation | undefined): Relation | undefined =>
  (relation === undefined ? undefined : { follow: relation.follow, blocked: relation.blocked === 1, muted: relation.muted === 1 })
const isHeld = (card: Card): card is SeenCard => card.handle !== null
const notFound = (): Refused => new Refused({ code: 'member_not_found', message: 'there is no such member, or they do not show this to you', field: 'path.member' })

/** A member by id or handle; undefined where there is none, or one has blocked the other. */
export async function lookAt(where: Whereabouts, member: string, { viewer_id, moderates }: Viewer): Promise<Seen | undefined> {
  const card = idPattern.test(member) ? await where.card(member) : await where.cardByHandle(member)
  if (card === undefined || !isHeld(card)) return undefined
  const owner_id = card.profile_id
  const [ours, theirs] = viewer_id === undefined ? [] : await Promise.all([where.relation(viewer_id, owner_id), where.relation(owner_id, viewer_id)])
  const standing = standingOf({ viewer_id, owner_id, is_private: card.is_private === 1, ours: asSeen(ours), theirs: asSeen(theirs), moderates })
  return seesCard(standing) ? { card, standing, ours, theirs } : undefined
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
export async function standingsTo(views: Pick<MemberViews, 'cards' | 'relationsTo' | 'relationsFrom'>, profile_ids: readonly string[], { viewer_id, moderates }: Viewer):
Promise<ReadonlyMap<string, { readonly card: SeenCard; readonly standing: Standing }>> {
  const ids = [...new Set(profile_ids)]
  const [cards, ours, theirs] = await Promise.all([
    views.cards(ids),
    viewer_id === undefined ? [] : views.relationsTo(viewer_id, ids),
    viewer_id === undefined ? [] : views.relationsFrom(ids, viewer_id),
  ])
  const [to, from] = [new Map(ours.map((relation) => [relation.other_id, relation])), new Map(theirs.map((relation) => [relation.profile_id, relation]))]
  return new Map(cards.filter(isHeld).map((card) => {
    const between = { viewer_id, owner_id: card.profile_id, is_private: card.is_private === 1, moderates }
    return [card.profile_id, { card, standing: standingOf({ ...between, ours: asSeen(to.get(card.profile_id)), theirs: asSeen(from.get(card.profile_id)) }) }]
  }))
}

/** The cards of these, 200 at most, that the viewer sees, by id. */
export async function peopleSeen(views: Pick<MemberViews, 'cards' | 'relationsTo' | 'relationsFrom'>, profile_ids: readonly string[], viewer: Viewer): Promise<ReadonlyMap<string, SeenCard>> {
  return new Map([...await standingsTo(views, profile_ids, viewer)].filter(([, { standing }]) => seesCard(standing)).map(([id, { card }]) => [id, card]))
}
