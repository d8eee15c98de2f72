/** A person's own data, as a zip that a job makes. */
import Type from 'typebox'
import { Readable } from 'node:stream'
import { identityOf } from '../../shared/access.ts'
import { instantOf, newId } from '../../shared/clock.ts'
import { Refused } from '../../shared/errors.ts'
import { problems, type Routes } from '../../shared/http.ts'
import { once, PostHeaders, sendAnswer } from '../../shared/idempotency.ts'
import { Fields } from '../../shared/text.ts'
import { lockAccount, readKeyed } from '../account-store.ts'
import { readParts } from '../export-store.ts'
import { addJob, jobsOf, readJob, type JobRow } from '../job-store.ts'
import { noAccount } from '../ownership.ts'
import type { CustomerPorts } from '../ports.ts'
import { AccountId, Export, ExportPath, Exports } from '../schemas.ts'

const tags = ['account data']
const none = Fields({})
/** Exports of an account that are kept at once. */
const most = 5

const stateOf = { open: 'under_way', done: 'done', failed: 'failed' } as const
const instantOr = (at: Date | null): string | null => at?.toISOString() ?? null
const told = ({ job_id, state, created_at, ended_at, expires_at, size_bytes }: JobRow) => ({
  export_id: job_id,
  state: stateOf[state],
  created_at: created_at.toISOString(),
  ended_at: instantOr(ended_at),
  expires_at: instantOr(expires_at),
  size_bytes,
})

export const exportRoutes: Routes<CustomerPorts> =
  ({ database, clock, vault }) =>
  async (app) => {
    /** An export of this account that has not expired. */
    const found = async (account_id: string, export_id: string): Promise<JobRow> => {
      const job = await database.read(async (sql) => (await jobsOf(sql, 'export', account_id)).find(({ job_id }) => job_id === export_id))
      const expired = job?.expires_at !== null && job?.expires_at !== undefined && job.expires_at.getTime() < Date.now()
      if (job === undefined || expired)
        throw new Refused({ code: 'export_not_found', message: 'the account has no such export, or not any more', field: 'path.export_id' })
      return job
    }

    app.post(
      '/v1/accounts/:account_id/exports',
      {
        config: { access: { scope: 'account:read' } },
        schema: {
          tags,
          summary: 'Have everything put together that is held of the person',
          description: 'While one is under way, that one is answered. Five are kept, each for seven days.',
          params: AccountId,
          querystring: none,
          headers: PostHeaders,
          response: { 202: Export, ...problems },
        },
      },
      async (request, reply) =>
        sendAnswer(
          reply,
          await once(database, request, async (sql) => {
            const { account_id } = request.params
            if ((await lockAccount(sql, vault, account_id)) === undefined) throw noAccount()
            const before = await jobsOf(sql, 'export', account_id)
            const at = clock.micros()
            const job_id = before.find(({ state }) => state === 'open')?.job_id ?? newId(at)
            if (!before.some((job) => job.job_id === job_id)) {
              if (before.length >= most) throw new Refused({ code: 'rate_limited', message: `an account has at most ${most} exports at a time` })
              await addJob(sql, { job_id, account_id, kind: 'export' }, new Date(instantOf(at)))
            }
            const job = await readJob(sql, 'export', job_id)
            if (job === undefined) throw new Error(`ordering export '${job_id}': it is not there after it was ordered`)
            return { status: 202, headers: { location: `/v1/accounts/${account_id}/exports/${job_id}` }, body: told(job) }
          }),
        ),
    )

    app.get(
      '/v1/accounts/:account_id/exports',
      {
        config: { access: { scope: 'account:read' } },
        schema: { tags, summary: 'Exports of the account, newest first', params: AccountId, querystring: none, response: { 200: Exports, ...problems } },
      },
      async (request) => ({ items: (await database.read((sql) => jobsOf(sql, 'export', request.params.account_id))).map(told) }),
    )

    app.get(
      '/v1/accounts/:account_id/exports/:export_id',
      {
        config: { access: { scope: 'account:read' } },
        schema: { tags, summary: 'How an export stands', params: ExportPath, querystring: none, response: { 200: Export, ...problems } },
      },
      async ({ params: { account_id, export_id } }) => told(await found(account_id, export_id)),
    )

    app.get(
      '/v1/accounts/:account_id/exports/:export_id/file',
      {
        config: { access: { scope: 'account:read' } },
        schema: {
          tags,
          summary: 'The zip; for the person alone, no program gets it',
          params: ExportPath,
          querystring: none,
          response: {
            200: { description: 'The zip', content: { 'application/zip': { schema: Type.String({ format: 'binary' }) } } },
            ...problems,
          },
        },
      },
      async (request, reply) => {
        const { account_id, export_id } = request.params
        if (identityOf(request).kind !== 'person') throw new Refused({ code: 'forbidden', message: 'this is for the person alone' })
        const job = await found(account_id, export_id)
        if (job.state !== 'done')
          throw new Refused({ code: 'export_not_ready', message: job.state === 'open' ? 'the export is under way; ask again shortly' : 'the export has failed; order another' })
        const keyed = await database.read((sql) => readKeyed(sql, vault, account_id))
        if (keyed === undefined) throw noAccount()
        return reply
          .type('application/zip')
          .header('content-length', job.size_bytes ?? 0)
          .header('content-disposition', `attachment; filename="creme-dela-creme-${export_id}.zip"`)
          .header('cache-control', 'private, no-store')
          .send(Readable.from(readParts(database, vault, keyed.key, job)) as never)
      },
    )
  }
