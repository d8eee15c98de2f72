/** A person acts for their own profiles alone: whatever has `profile_id` in its path, or `as` in its query, is held to it before its handler runs. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { admit, isOwn } from '../shared/access.ts'
import { Refused } from '../shared/errors.ts'
import type { Database } from '../shared/mysql.ts'
import { remembering, type OwnerOf } from '../shared/owners.ts'

/** Whose a card is, out of MySQL; undefined where the profile has none. */
export const openOwnerOf = (database: Pick<Database, 'read'>, most?: number): OwnerOf =>
  remembering(async (profile_id) => (await database.read((sql) => sql.rows<{ readonly account_id: string }>('SELECT account_id FROM social_profiles WHERE profile_id = ?', [profile_id])))[0]?.account_id, most)

/** The answer to who acts for a profile that is not theirs, or that there is not. */
export const noProfile = (field: string): Refused => new Refused({ code: 'profile_not_found', message: 'no profile has this id', field })

/** A profile without a card has no owner here yet: the route that makes cards asks customer-services, all others refuse `social_profile_needed`. */
export function guardMembers(app: FastifyInstance, ownerOf: OwnerOf): void {
  app.addHook('preHandler', async ({ identity, params, query }: FastifyRequest) => {
    if (identity?.kind === 'service') return
    const { profile_id } = params as { readonly profile_id?: string }
    const { as } = query as { readonly as?: string }
    if (as !== undefined) {
      if (identity === undefined) throw new Refused({ code: 'unauthenticated', message: 'to look as a profile takes a token: `Authorization: Bearer <token>`', field: 'query.as' })
      admit({ scope: 'social:read' }, identity)
    }
    for (const [id, field] of [[profile_id, 'path.profile_id'], [as, 'query.as']] as const) {
      if (id === undefined) continue
      const owner = await ownerOf(id)
      if (identity === undefined || (owner !== undefined && !isOwn(identity, owner))) throw noProfile(field)
    }
  })
}
