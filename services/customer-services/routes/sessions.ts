/** Where an account is signed in, and signing out there. The authorization server keeps sessions; it is asked each time. */
import Type from 'typebox'
import { identityOf } from '../../shared/access.ts'
import { Refused } from '../../shared/errors.ts'
import { problems, type Routes } from '../../shared/http.ts'
import { Fields } from '../../shared/text.ts'
import type { CustomerPorts } from '../ports.ts'
import { AccountId, Sessions, SessionPath } from '../schemas.ts'

const tags = ['sessions']
const none = Fields({})

export const sessionRoutes: Routes<Pick<CustomerPorts, 'credentials'>> =
  ({ credentials }) =>
  async (app) => {
    app.get(
      '/v1/accounts/:account_id/sessions',
      {
        config: { access: { scope: 'account:read' } },
        schema: {
          tags,
          summary: 'Where the account is signed in, newest first; 100 at most',
          params: AccountId,
          querystring: none,
          response: { 200: Sessions, ...problems },
        },
      },
      async (request) => {
        const { session_id: own } = identityOf(request)
        return {
          items: (await credentials.sessions(request.params.account_id)).map(({ session_id, client_id, device, signed_in_at, last_used_at }) => ({
            session_id,
            client_id,
            device,
            signed_in_at: new Date(signed_in_at).toISOString(),
            last_used_at: new Date(last_used_at).toISOString(),
            current: session_id === own,
          })),
        }
      },
    )

    app.delete(
      '/v1/accounts/:account_id/sessions/:session_id',
      {
        config: { access: { scope: 'account:write' } },
        schema: {
          tags,
          summary: 'Sign out there',
          params: SessionPath,
          querystring: none,
          response: { 204: Type.Null(), ...problems },
        },
      },
      async (request, reply) => {
        const { account_id, session_id } = request.params
        if ((await credentials.end(account_id, session_id)) === 0)
          throw new Refused({ code: 'session_not_found', message: 'the account has no such session', field: 'path.session_id' })
        return reply.code(204).send(null)
      },
    )

    app.delete(
      '/v1/accounts/:account_id/sessions',
      {
        config: { access: { scope: 'account:write' } },
        schema: {
          tags,
          summary: 'Sign out everywhere, here too',
          params: AccountId,
          querystring: none,
          response: { 204: Type.Null(), ...problems },
        },
      },
      async (request, reply) => {
        await credentials.end(request.params.account_id, undefined)
        return reply.code(204).send(null)
      },
    )
  }
