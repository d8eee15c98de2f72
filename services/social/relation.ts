/** What may happen between two profiles. Pure: it sees both sides, and decides for the one who acts. */
import type { Refusal } from '../shared/errors.ts'

/** How one profile stands to another. */
export interface Side {
  readonly follow: 'none' | 'requested' | 'following'
  readonly blocked: boolean
  readonly muted: boolean
  /** ms; when it was followed, or asked; null where neither. */
  readonly followed_at: number | null
}
/** The one who acts to the other, and the other to them. */
export interface Pair {
  readonly ours: Side
  readonly theirs: Side
}
/** What they do not say about one another. */
export interface Around {
  /** Whether the other lets in alone whom they choose. */
  readonly is_private: boolean
  /** How many the one who acts follows or has asked to follow. */
  readonly followed: number
  readonly most: number
}
export const relationCommands = ['follow', 'unfollow', 'let_in', 'turn_away', 'remove_follower', 'block', 'unblock', 'mute', 'unmute'] as const
export type RelationCommand = (typeof relationCommands)[number]

type Whose = 'ours' | 'theirs'
export type RelationEvent =
  | { readonly type: 'Followed'; readonly at: number }
  | { readonly type: 'Requested'; readonly at: number }
  /** The other's request is granted. */
  | { readonly type: 'LetIn'; readonly asked_at: number; readonly at: number }
  /** A following or a request is over, whoever ended it; `at` is when it began. */
  | { readonly type: 'FollowEnded'; readonly whose: Whose; readonly was: 'requested' | 'following'; readonly at: number }
  | { readonly type: 'Blocked' | 'Unblocked' | 'Muted' | 'Unmuted' }

/** Of two who have nothing to do with one another. */
export const strangers: Side = { follow: 'none', blocked: false, muted: false, followed_at: null }

const ended = (whose: Whose, { follow, followed_at }: Side): readonly RelationEvent[] =>
  (follow === 'none' ? [] : [{ type: 'FollowEnded', whose, was: follow, at: followed_at ?? 0 }])
const noRequest: Refusal = { code: 'request_not_found', message: 'this profile does not ask to follow; they may have taken it back', field: 'path.other_id' }

/** The events a command leads to; none where it changes nothing. To whom they have blocked, the other is not there; what one said oneself may be taken back. */
export function decide({ ours, theirs }: Pair, command: RelationCommand, { is_private, followed, most }: Around, now_ms: number): readonly RelationEvent[] | Refusal {
  const takesBack = (command === 'unblock' && ours.blocked) || (command === 'unmute' && ours.muted)
  if (theirs.blocked && !takesBack) return { code: 'member_not_found', message: 'there is no such member', field: 'path.other_id' }
  switch (command) {
    case 'follow': {
      if (ours.blocked) return { code: 'blocked_by_you', message: 'you have blocked this profile; unblock it first', field: 'path.other_id' }
      if (ours.follow === 'following' || (ours.follow === 'requested' && is_private)) return []
      if (ours.follow === 'none' && followed >= most) return { code: 'too_many_followed', message: `a profile follows ${most} at most; unfollow one first` }
      // who asked and finds the door open by now walks in
      return [...ended('ours', ours), { type: is_private ? 'Requested' : 'Followed', at: now_ms }]
    }
    case 'unfollow': return ended('ours', ours)
    case 'let_in':
      if (theirs.follow === 'following') return []
      return theirs.follow === 'none' ? noRequest : [{ type: 'LetIn', asked_at: theirs.followed_at ?? 0, at: now_ms }]
    case 'turn_away': return theirs.follow === 'requested' ? ended('theirs', theirs) : noRequest
    case 'remove_follower': return theirs.follow === 'following' ? ended('theirs', theirs) : []
    case 'block': return ours.blocked ? [] : [...ended('ours', ours), ...ended('theirs', theirs), { type: 'Blocked' }]
    case 'unblock': return ours.blocked ? [{ type: 'Unblocked' }] : []
    case 'mute': return ours.muted ? [] : [{ type: 'Muted' }]
    case 'unmute': return ours.muted ? [{ type: 'Unmuted' }] : []
  }
}

/** Both sides after an event. */
export function evolve({ ours, theirs }: Pair, event: RelationEvent): Pair {
  const own = (some: Partial<Side>): Pair => ({ ours: { ...ours, ...some }, theirs })
  const none = { follow: 'none', followed_at: null } as const
  switch (event.type) {
    case 'Followed': return own({ follow: 'following', followed_at: event.at })
    case 'Requested': return own({ follow: 'requested', followed_at: event.at })
    case 'LetIn': return { ours, theirs: { ...theirs, follow: 'following', followed_at: event.at } }
    case 'FollowEnded': return event.whose === 'ours' ? own(none) : { ours, theirs: { ...theirs, ...none } }
    case 'Blocked': return own({ blocked: true })
    case 'Unblocked': return own({ blocked: false })
    case 'Muted': return own({ muted: true })
    case 'Unmuted': return own({ muted: false })
  }
}

export type Said =
  | { readonly tell: 'record' | 'withdraw'; readonly kind: 'followed'; readonly by: Whose; readonly at: number }
  | { readonly tell: 'notify' | 'unnotify'; readonly kind: 'followed' | 'follow_requested' | 'follow_accepted'; readonly to: Whose; readonly at: number }

/** What an event has feeds and people told, or takes back. `by` and `to` are `ours`: the one who acts, `theirs`: the other. */
export function told(event: RelationEvent): readonly Said[] {
  switch (event.type) {
    case 'Followed': return [{ tell: 'record', kind: 'followed', by: 'ours', at: event.at }, { tell: 'notify', kind: 'followed', to: 'theirs', at: event.at }]
    case 'Requested': return [{ tell: 'notify', kind: 'follow_requested', to: 'theirs', at: event.at }]
    case 'LetIn': return [
      { tell: 'unnotify', kind: 'follow_requested', to: 'ours', at: event.asked_at },
      { tell: 'record', kind: 'followed', by: 'theirs', at: event.at },
      { tell: 'notify', kind: 'follow_accepted', to: 'theirs', at: event.at },
    ]
    case 'FollowEnded': {
      const [follower, followed]: readonly [Whose, Whose] = event.whose === 'ours' ? ['ours', 'theirs'] : ['theirs', 'ours']
      if (event.was === 'requested') return [{ tell: 'unnotify', kind: 'follow_requested', to: followed, at: event.at }]
      // it is not kept whether they walked in or were let in: what was not told is taken back in vain
      return [
        { tell: 'withdraw', kind: 'followed', by: follower, at: event.at },
        { tell: 'unnotify', kind: 'followed', to: followed, at: event.at },
        { tell: 'unnotify', kind: 'follow_accepted', to: follower, at: event.at },
      ]
    }
    case 'Blocked': case 'Unblocked': case 'Muted': case 'Unmuted': return []
  }
}
