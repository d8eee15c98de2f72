/**
 * A person reaches their own account, its profiles and what those rated; programs act for everybody. Routes do not ask for it: whatever
 * has an account or a profile in its path is held to it, before its handler runs. Somebody else's is answered just as a missing one is.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { isOwn } from '../shared/access.ts'
import { Refused } from '../shared/errors.ts'
import type { Database } from '../shared/mysql.ts'

/** Whose a profile is; undefined where there is no such profile. */
export type AccountOf = (profile_id: string) => Promise<string | undefined>

const remembered = 50_000

/** Asks MySQL once per profile: a profile never changes its account. Of those asked for longest ago, it asks again. */
export function openAccountOf(database: Pick<Database, 'read'>, most: number = remembered): AccountOf {
  const known = new Map<string, string>()
  return async (profile_id) => {
    const hit = known.get(profile_id)
    const account_id = hit ?? (await accountIn(database, profile_id))
    // what does not exist is not remembered: anybody can name any number of ids, and one of them may be given out yet
    if (account_id === undefined) return undefined
    known.delete(profile_id)
    known.set(profile_id, account_id)
    if (known.size > most) known.delete(known.keys().next().value ?? '')
    return account_id
  }
}

async function accountIn(database: Pick<Database, 'read'>, profile_id: string): Promise<string | undefined> {
  const [row] = await database.read((sql) =>
    sql.rows<{ readonly account_id: string }>('SELECT account_id FROM profiles WHERE profile_id = ?', [profile_id]),
  )
  return row?.account_id
}

/** The answer to who names an account that is not theirs, or none. */
export const noAccount = (): Refused => new Refused({ code: 'account_not_found', message: 'no account has this id', field: 'path.account_id' })
/** The answer to who names a profile that is not theirs, or none. */
export const noProfile = (): Refused => new Refused({ code: 'profile_not_found', message: 'no profile has this id', field: 'path.profile_id' })

/** Holds every route of `app` to it. */
export function guardOwnership(app: FastifyInstance, accountOf: AccountOf): void {
  app.addHook('preHandler', async ({ identity, params }: FastifyRequest) => {
    // routes without an identity are public and tell of nobody
    if (identity === undefined || identity.kind === 'service') return
    const { account_id, profile_id } = params as { readonly account_id?: string; readonly profile_id?: string }
    if (account_id !== undefined && !isOwn(identity, account_id)) throw noAccount()
    if (profile_id === undefined) return
    const owner = await accountOf(profile_id)
    if (owner === undefined || !isOwn(identity, owner)) throw noProfile()
  })
}
