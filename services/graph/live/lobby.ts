/** Room for connections: so many of an account, and so many in this process. */

export interface Lobby {
  /** What it answers gives the room back; or why there is none. */
  enter(account_id: string): (() => void) | 'account' | 'process'
}
export interface Room { readonly of_account: number; readonly in_process: number }
export const usualRoom: Room = { of_account: 5, in_process: 2_000 }

export function openLobby({ of_account, in_process }: Room = usualRoom): Lobby {
  const taken = new Map<string, number>()
  let all = 0
  return {
    enter(account_id) {
      const own = taken.get(account_id) ?? 0
      if (own >= of_account) return 'account'
      if (all >= in_process) return 'process'
      taken.set(account_id, own + 1)
      all += 1
      let isGone = false
      return () => {
        if (isGone) return
        isGone = true
        all -= 1
        const left = (taken.get(account_id) ?? 1) - 1
        if (left > 0) taken.set(account_id, left)
        else taken.delete(account_id)
      }
    },
  }
}
