/** What one member may do about another, by what is known of how they stand: pure. */
import type { Known, Value } from './ledger.ts'

export type Command = 'follow' | 'unfollow' | 'let_in' | 'block' | 'unblock'
/** A row of relations: `following`, `requested`, `blocked`, or null where there is none. */
export interface Between {
  readonly ours: Known | undefined
  readonly theirs: Known | undefined
  /** Whether the other lets in alone whom they choose. */
  readonly isPrivate: boolean
}

const isOpen = (known: Known | undefined): boolean => (known?.tried.length ?? 0) > 0
const valueOf = (known: Known | undefined): Value => known?.acknowledged?.value ?? null
const isBlock = (known: Known | undefined): boolean => valueOf(known) === 'blocked' || (known?.tried.includes('blocked') ?? false)

/**
 * The next command of the one who acts, or undefined where nothing can be foreseen. What is undecided is sent again until it is decided:
 * each command may be repeated. `isHostile` turns from the other, where that can be told of both rows.
 */
export function commandOf({ ours, theirs, isPrivate }: Between, isHostile: boolean): Command | undefined {
  // to whom they have blocked, a member is not there
  if (isBlock(theirs)) return undefined
  const value = valueOf(ours)
  if (isOpen(ours)) {
    const last = ours?.tried.at(-1) ?? null
    if (last === 'blocked') return 'block'
    if (last === null) return value === 'blocked' ? 'unblock' : 'unfollow'
    return last === 'following' && isPrivate ? 'let_in' : 'follow'
  }
  if (value === 'blocked') return 'unblock'
  // a block ends what the other has to us
  if (isHostile) return isOpen(theirs) ? undefined : 'block'
  if (value === 'requested') return 'let_in'
  return value === 'following' ? 'unfollow' : 'follow'
}

/** What the row of the one who follows, blocks or is let in holds after a command. */
export const valueAfter = (command: Command, isPrivate: boolean): Value => {
  switch (command) {
    case 'follow': return isPrivate ? 'requested' : 'following'
    case 'let_in': return 'following'
    case 'block': return 'blocked'
    case 'unfollow': case 'unblock': return null
  }
}

/** Whether the one who acts surely sees what the other does. */
export const surelySees = ({ ours, theirs, isPrivate }: Between): boolean =>
  !isOpen(ours) && !isOpen(theirs) && !isBlock(ours) && !isBlock(theirs) && (!isPrivate || valueOf(ours) === 'following')
