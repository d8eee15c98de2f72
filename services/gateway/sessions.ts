/**
 * Sessions that have ended, so that their access tokens end with them and not minutes later. The authorization server sets
 * `auth:ended:<sid>` in Redis and says `<sid>` on the channel `auth:ended`. Each session is looked up once when it is first seen and once
 * after every time that the channel was lost; between, the channel tells at once. Those that somebody watches are looked up when it is
 * there again.
 *
 * While Redis does not answer nobody can tell, and tokens are let through for the minutes that they have: a store that is away must not
 * sign everybody out.
 */

/** The key of a session that has ended, and the channel. */
export const endedKey = (session_id: string): string => `auth:ended:${session_id}`
export const endedChannel = 'auth:ended'

export interface EndedSessions {
  isEnded(session_id: string): boolean
  /** Whether it has been looked up since the channel was last opened. */
  isConfirmed(session_id: string): boolean
  /** Looks it up; false where nobody can tell. Never throws. */
  confirm(session_id: string): Promise<boolean>
  /** Tells once, when the session ends or if it has; what it answers ends the watch. */
  watch(session_id: string, ended: () => void): () => void
}

export interface EndedSessionsBook extends EndedSessions {
  /** The channel says that a session has ended. */
  heard(session_id: string): void
  /** The channel has been opened, again or for the first time. */
  opened(): void
  lost(): void
}

/** Longer than any access token lives. */
const ended_ms = 15 * 60_000
const kept = 100_000
/** Redis is left alone for so long once it has not answered. */
const alone_ms = 1_000

/** `lookUp` asks whether the key of a session is set. */
export function createEndedSessions(lookUp: (session_id: string) => Promise<boolean>, now: () => number = Date.now): EndedSessionsBook {
  const over = new Map<string, number>()
  const confirmed = new Map<string, number>()
  let epoch = 0
  let open = false
  let alone_until = 0
  const note = <V>(book: Map<string, V>, session_id: string, value: V): void => {
    if (book.size >= kept) book.delete(book.keys().next().value ?? '')
    book.set(session_id, value)
  }
  const watched = new Map<string, Set<() => void>>()
  function heard(session_id: string): void {
    note(over, session_id, now() + ended_ms)
    const told = watched.get(session_id)
    watched.delete(session_id)
    for (const tell of told ?? []) tell()
  }
  function isEnded(session_id: string): boolean {
    const until = over.get(session_id)
    if (until === undefined) return false
    if (until > now()) return true
    over.delete(session_id)
    return false
  }
  /** One after another: there may be thousands. */
  async function lookUpWatched(at: number): Promise<void> {
    for (const session_id of watched.keys()) {
      if (!open || epoch !== at) return
      // whom nobody can tell of ends with the token
      if (await lookUp(session_id).catch(() => false)) heard(session_id)
    }
  }
  return {
    isEnded,
    isConfirmed: (session_id) => open && confirmed.get(session_id) === epoch,
    async confirm(session_id) {
      if (now() < alone_until) return false
      const at = epoch
      try {
        if (await lookUp(session_id)) heard(session_id)
        if (open) note(confirmed, session_id, at)
        return true
      } catch {
        alone_until = now() + alone_ms
        return false
      }
    },
    watch(session_id, ended) {
      if (isEnded(session_id)) {
        ended()
        return () => undefined
      }
      const told = watched.get(session_id) ?? new Set()
      watched.set(session_id, told.add(ended))
      return () => {
        told.delete(ended)
        if (told.size === 0 && watched.get(session_id) === told) watched.delete(session_id)
      }
    },
    heard,
    opened() {
      epoch += 1
      open = true
      void lookUpWatched(epoch)
    },
    lost() { open = false },
  }
}
