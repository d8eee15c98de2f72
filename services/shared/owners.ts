/** Whose a profile is. */

/** The account that a profile, or its card, is of; undefined where there is none. */
export type OwnerOf = (profile_id: string) => Promise<string | undefined>

const usual = 50_000

/** Asks once of each: a profile never changes its account. Of those asked for longest ago, it asks again. */
export function remembering(ask: OwnerOf, most: number = usual): OwnerOf {
  const known = new Map<string, string>()
  return async (profile_id) => {
    const account_id = known.get(profile_id) ?? (await ask(profile_id))
    // what does not exist is not remembered: anybody can name any number of ids, and one of them may be given out yet
    if (account_id === undefined) return undefined
    known.delete(profile_id)
    known.set(profile_id, account_id)
    if (known.size > most) known.delete(known.keys().next().value ?? '')
    return account_id
  }
}
