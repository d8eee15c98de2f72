/**
 * A person reaches their own account, its profiles and what those rated; programs act for everybody. Routes do not ask for it: whatever
 * has an account or a profile in its path is held to it, before its handler runs. Somebody else's is answered just as a missing one is.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { isOwn } from '../shared/access.ts'
import { Refused } from '../shared/errors.ts'
import type { Database } from '../shared/mysql.ts'
import { remembering, type OwnerOf } from '../shared/owners.ts'

/** Whose a profile is, out of MySQL. */
export const openAccountOf = (database: Pick<Database, 'read'>, most?: number): OwnerOf =>
  remembering(async (profile_id) => (await database.read((sql) => sql.rows<{ readonly account_id: string }>('SELECT account_id FROM profiles WHERE profile_id = ?', [profile_id])))[0]?.account_id, most)

/** The answer to who names an account that is not theirs, or none. */
export const noAccount = (): Refused => new Refused({ code: 'account_not_found', message: 'no account has this id', field: 'path.account_id' })
/** The answer to who names a profile that is not theirs, or none. */
export const noProfile = (): Refused => new Refused({ code: 'profile_not_found', message: 'no profile has this id', field: 'path.profile_id' })

/** Holds every route of `app` to it. */
export function guardOwnership(app: FastifyInstance, accountOf: OwnerOf): void {
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
