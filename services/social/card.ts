/** What a profile is called among people. Pure: whether a handle is taken, and whose the profile is, is told to it. */
import { nextVersion } from '../shared/clock.ts'
import type { Refusal } from '../shared/errors.ts'

export interface Card {
  readonly handle: string
  readonly name: string
  /** Markdown. */
  readonly bio: string | null
  readonly is_private: boolean
}
export interface KeptCard extends Card {
  readonly version: number
}
export interface CardCommand {
  readonly card: Card
  readonly now_us: number
  /** Versions that the writer may replace; undefined: any. */
  readonly expected: readonly number[] | undefined
}
export interface Asked {
  /** Whether another profile has the handle. */
  readonly is_taken: boolean
  /** Whether the profile is a child's. */
  readonly kids: boolean
}
export type CardEvent = { readonly type: 'Joined' | 'CardChanged'; readonly card: KeptCard }

/** At least one letter, so that no handle is taken for an id. */
export const handlePattern = '^(?=.*[a-z])[a-z0-9_][a-z0-9._]{1,28}[a-z0-9_]$'

/** What could be mistaken for the platform, or for a part of an address. */
const reserved: ReadonlySet<string> = new Set([
  'admin', 'administrator', 'api', 'about', 'account', 'accounts', 'anonymous', 'blocks', 'card', 'cdlc', 'comments', 'cremedelacreme', 'creme.dela.creme', 'creme_dela_creme',
  'deleted', 'editor', 'everyone', 'favourites', 'feed', 'feeds', 'films', 'followers', 'following', 'help', 'home', 'lists', 'login', 'members', 'moderation', 'moderator',
  'mutes', 'notifications', 'null', 'official', 'operator', 'privacy', 'profile', 'profiles', 'reviews', 'root', 'search', 'security', 'settings', 'staff', 'support',
  'system', 'team', 'terms', 'title', 'titles', 'undefined', 'viewings', 'watchlist',
])

/** The events of putting a card; none where it is so already. A profile that turns public lets nobody in by that: who asked may ask again, and is not asked to wait. */
export function decide(kept: KeptCard | undefined, { card, now_us, expected }: CardCommand, { is_taken, kids }: Asked): readonly CardEvent[] | Refusal {
  if (kids) return { code: 'too_mature_for_kids', message: "a child's profile has no card: it neither follows nor is followed", field: 'path.profile_id' }
  if (expected !== undefined && !(kept !== undefined && expected.includes(kept.version))) {
    return { code: 'version_mismatch', message: 'the card has changed since the version in If-Match', field: 'header.if-match' }
  }
  if (is_taken || reserved.has(card.handle)) return { code: 'handle_taken', message: 'somebody has this handle, or the platform keeps it; choose another', field: 'handle' }
  const { handle, name, bio, is_private } = card
  if (kept === undefined) return [{ type: 'Joined', card: { ...card, version: now_us } }]
  if (kept.handle === handle && kept.name === name && kept.bio === bio && kept.is_private === is_private) return []
  return [{ type: 'CardChanged', card: { ...card, version: nextVersion(kept.version, now_us) } }]
}
