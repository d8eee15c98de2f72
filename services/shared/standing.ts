/** How one who looks stands to others, out of rows as views have them: the one way from a card and two relations to what visibility.ts goes by. Pure. */
import { moderates } from './access.ts'
import type { Identity } from './identity.ts'
import { standingOf, type Relation, type Standing } from './visibility.ts'

/** Of the view `social-profiles`: `handle` is null while its profile is leaving, `is_private` 0 or 1. */
export interface CardRow { readonly profile_id: string; readonly handle: string | null; readonly is_private: number }
/** Of the view `relationships`: `blocked` and `muted` are 0 or 1. */
export interface RelationRow { readonly profile_id: string; readonly other_id: string; readonly follow: string; readonly blocked: number; readonly muted: number }

export interface Viewer {
  /** The profile that looks; undefined: nobody in particular. */
  readonly viewer_id: string | undefined
  readonly moderates: boolean
}
/** Who looks, by the token of a request and the profile that it names. */
export const viewerOf = (identity: Identity | undefined, viewer_id: string | undefined): Viewer => ({ viewer_id, moderates: moderates(identity) })
/** A card with a handle; those who are leaving are not there. */
export type Held<C extends CardRow> = C & { readonly handle: string }
/** Somebody with a card, as the viewer stands to them; the viewer to them, and they to the viewer, where there is a row. */
export interface Person<C extends CardRow, R extends RelationRow> {
  readonly card: Held<C>
  readonly standing: Standing
  readonly ours: R | undefined
  readonly theirs: R | undefined
}

/** Whether somebody is there. */
export const isHeld = <C extends CardRow>(card: C): card is Held<C> => card.handle !== null

/** A row as visibility.ts has it. */
export const relationOf = ({ follow, blocked, muted }: RelationRow): Relation => ({ follow, blocked: blocked !== 0, muted: muted !== 0 })

/** How the viewer stands to whose card it is. */
export const standingTo = ({ viewer_id, moderates }: Viewer, { profile_id, is_private }: CardRow, ours: Relation | undefined, theirs: Relation | undefined): Standing =>
  standingOf({ viewer_id, owner_id: profile_id, is_private: is_private !== 0, ours, theirs, moderates })

/** The same, with the rows that it is by. */
export const personOf = <C extends CardRow, R extends RelationRow>(viewer: Viewer, card: Held<C>, ours: R | undefined, theirs: R | undefined): Person<C, R> =>
  ({ card, ours, theirs, standing: standingTo(viewer, card, ours === undefined ? ours : relationOf(ours), theirs === undefined ? theirs : relationOf(theirs)) })

/** Those who are there, by id; `ours` are relations of the viewer to these, `theirs` of these to the viewer, in any order. */
export function peopleOf<C extends CardRow, R extends RelationRow>(viewer: Viewer, cards: readonly C[], ours: readonly R[], theirs: readonly R[]): ReadonlyMap<string, Person<C, R>> {
  const [to, from] = [new Map(ours.map((row) => [row.other_id, row])), new Map(theirs.map((row) => [row.profile_id, row]))]
  return new Map(cards.filter((card) => isHeld(card)).map((card) => [card.profile_id, personOf<C, R>(viewer, card, to.get(card.profile_id), from.get(card.profile_id))]))
}
