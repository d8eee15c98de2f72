/** Erasing an account, and how an erasure stands. */
import { identityOf } from '../../shared/access.ts'
import { Refused } from '../../shared/errors.ts'
import { problems, type Routes } from '../../shared/http.ts'
import { Fields } from '../../shared/text.ts'
import { assertRecent, orderErasure } from '../erasure.ts'
import { readJob, type JobRow } from '../job-store.ts'
import type { CustomerPorts } from '../ports.ts'
import { AccountId, Erasure, ErasureHeaders, ErasurePath } from '../schemas.ts'

const tags = ['account data']
const none = Fields({})
const told = ({ job_id, state, created_at, ended_at }: JobRow) => ({
  erasure_id: job_id,
  state: state === 'open' ? ('under_way' as const) : state,
  created_at: created_at.toISOString(),
  ended_at: ended_at?.toISOString() ?? null,
})

export const erasureRoutes: Routes<CustomerPorts> =
  ({ database, clock, vault, credentials }) =>
  async (app) => {
    const stateOf = async (erasure_id: string): Promise<JobRow> => {
      const job = await database.read((sql) => readJob(sql, 'erasure', erasure_id))
      if (job === undefined) throw new Refused({ code: 'erasure_not_found', message: 'there is no such erasure, or not any more', field: 'path.erasure_id' })
      return job
    }

    app.delete(
      '/v1/accounts/:account_id',
      {
        config: { access: { scope: 'account:write' } },
        schema: {
          tags,
          summary: 'Erase the account and everything of it, for ever',
          description: 'The account is gone at once, its rows and views a little later. A person needs a sign-in of the last ten minutes.',
          params: AccountId,
          querystring: none,
          headers: ErasureHeaders,
          response: { 202: Erasure, ...problems },
        },
      },
      async (request, reply) => {
        const { account_id } = request.params
        if (request.headers['confirm-erasure'] !== account_id)
          throw new Refused({ code: 'invalid_request', message: 'must be the id of the account that is to be erased', field: 'header.confirm-erasure' })
        const { kind, session_id } = identityOf(request)
        if (kind === 'person') await assertRecent(credentials, account_id, session_id, Date.now())
        const erasure_id = await database.transact((sql) => orderErasure({ clock, vault }, sql, account_id))
        return reply.code(202).header('location', `/v1/erasures/${erasure_id}`).send(told(await stateOf(erasure_id)))
      },
    )

    app.get(
      '/v1/erasures/:erasure_id',
      {
        // whoever ordered it has no account any more to sign in to; the id is not to be guessed, and tells of nobody
        config: { access: 'public' },
        schema: { tags, summary: 'How an erasure stands', params: ErasurePath, querystring: none, response: { 200: Erasure, ...problems } },
      },
      async (request) => told(await stateOf(request.params.erasure_id)),
    )
  }
