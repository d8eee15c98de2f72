/** Who sees what of whom. Pure; every reader of social views goes by it: social, feed, graph. */

/** How one profile stands to another, as the view `relationships` has it; nothing where it has no row. */
export interface Relation { readonly follow: string; readonly blocked: boolean; readonly muted: boolean }

export interface Between {
  /** The profile that looks; undefined: nobody in particular. */
  readonly viewer_id: string | undefined
  readonly owner_id: string
  /** Whether the owner shows what they do to those alone whom they have let in. */
  readonly is_private: boolean
  /** The viewer to the owner, and the owner to the viewer. */
  readonly ours: Relation | undefined
  readonly theirs: Relation | undefined
  /** Editors and operators see what was reported, hidden or not. */
  readonly moderates?: boolean
}

/** `self`, `follower` (let in, or of a public owner), `stranger`, `outsider` (of a private owner, not let in), `blocked` (either way), `moderator`. */
export type Standing = 'self' | 'follower' | 'stranger' | 'outsider' | 'blocked' | 'moderator'

export function standingOf({ viewer_id, owner_id, is_private, ours, theirs, moderates = false }: Between): Standing {
  if (viewer_id === owner_id) return 'self'
  if (moderates) return 'moderator'
  if (ours?.blocked === true || theirs?.blocked === true) return 'blocked'
  if (ours?.follow === 'following') return 'follower'
  return is_private ? 'outsider' : 'stranger'
}

/** Whether what a profile does is to be seen: its diary, ratings, reviews, lists, activity, whom it follows. Its card is seen by all but the blocked. */
export const seesActivity = (standing: Standing): boolean => standing !== 'outsider' && standing !== 'blocked'
export const seesCard = (standing: Standing): boolean => standing !== 'blocked'

/** Whether somebody is here just now: to oneself, and where each follows the other; a moderator is nobody's friend by that. */
export const seesPresence = (standing: Standing, ours: Relation | undefined, theirs: Relation | undefined): boolean =>
  standing === 'self' || (standing === 'follower' && ours?.follow === 'following' && theirs?.follow === 'following')

/** A review or comment: what a moderator has hidden is there for its author and for moderators. */
export const seesWritten = (standing: Standing, state: string): boolean => seesActivity(standing) && (state === 'published' || standing === 'self' || standing === 'moderator')

/** A list, by its id; an unlisted one is seen by who knows the id. `collaborates`: the viewer keeps it too. */
export const seesList = (standing: Standing, visibility: string, collaborates = false): boolean =>
  standing === 'self' || standing === 'moderator' || collaborates || (visibility !== 'private' && seesActivity(standing))
/** A list among its owner's lists. */
export const listsList = (standing: Standing, visibility: string, collaborates = false): boolean => seesList(standing, visibility, collaborates) && (visibility !== 'unlisted' || standing === 'self' || collaborates)
