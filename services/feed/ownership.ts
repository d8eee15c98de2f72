/** A person reads the feeds of their own profiles, and looks at others as one of them; programs read all. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { admit, isOwn } from '../shared/access.ts'
import { Refused } from '../shared/errors.ts'
import type { FeedViews } from './ports.ts'

/**
 * Holds whatever has `profile_id` in its path, or `as` in its query, to it before its handler runs. A profile without a card follows
 * nobody and is nobody's here: it gets the answer that a missing one gets, and somebody else's.
 */
export function guardFeeds(app: FastifyInstance, { card }: Pick<FeedViews, 'card'>): void {
  app.addHook('preHandler', async ({ identity, params, query }: FastifyRequest) => {
    if (identity?.kind === 'service') return
    const { profile_id } = params as { readonly profile_id?: string }
    const { as } = query as { readonly as?: string }
    for (const [id, field] of [[profile_id, 'path.profile_id'], [as, 'query.as']] as const) {
      if (id === undefined) continue
      if (identity === undefined) throw new Refused({ code: 'unauthenticated', message: 'to look as a profile takes a token: `Authorization: Bearer <token>`', field })
      admit({ scope: 'social:read' }, identity)
      const found = await card(id)
      if (found === undefined || !isOwn(identity, found.account_id)) throw new Refused({ code: 'profile_not_found', message: 'no profile of yours with a handle has this id', field })
    }
  })
}
