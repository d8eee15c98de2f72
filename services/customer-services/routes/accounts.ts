/** Accounts: one per customer, found by e-mail address. */
import type { FastifyReply } from 'fastify'
import Type from 'typebox'
import { accepted, Refused } from '../../shared/errors.ts'
import { etag, expectedVersions, isKnown, ReadHeaders, WriteHeaders } from '../../shared/etag.ts'
import { problems, type Routes } from '../../shared/http.ts'
import { once, PostHeaders, sendAnswer } from '../../shared/idempotency.ts'
import { readCurrent } from '../../shared/read-your-writes.ts'
import { Fields } from '../../shared/text.ts'
import { openAccount } from '../account-commands.ts'
import { append, lockAccount, lockAccountOf, readAccount } from '../account-store.ts'
import { noAccount } from '../ownership.ts'
import { decide, evolve, type Account as AccountState } from '../account.ts'
import type { CustomerPorts } from '../ports.ts'
import { Account, AccountChanges, AccountId, NewAccount, OpenedAccount } from '../schemas.ts'

const tags = ['accounts']
const none = Fields({})

const opened = ({ account_id, country, version, created_at, updated_at }: AccountState) => ({
  account_id,
  country,
  version,
  created_at: new Date(created_at).toISOString(),
  updated_at: new Date(updated_at).toISOString(),
})

export const accountRoutes: Routes<CustomerPorts> =
  ({ database, clock, vault }) =>
  async (app) => {
    const send = (reply: FastifyReply, account: AccountState): FastifyReply =>
      reply.header('etag', etag(account.account_id, account.version)).send({ ...opened(account), email: account.email })

    app.post(
      '/v1/accounts',
      {
        config: { access: { roles: ['service'] } },
        schema: {
          tags,
          summary: 'Open an account',
          querystring: none,
          headers: PostHeaders,
          body: NewAccount,
          response: { 200: OpenedAccount, 201: OpenedAccount, ...problems },
          description:
            'Under an Idempotency-Key an address that has an account answers 200 with it; without one 409. ' +
            'The answer holds no personal data.',
        },
      },
      async (request, reply) =>
        sendAnswer(
          reply,
          await once(
            database,
            request,
            async (sql) => {
              const { email, country = null } = request.body
              const answer = (status: number, account: AccountState) => ({
                status,
                headers: { etag: etag(account.account_id, account.version), location: `/v1/accounts/${account.account_id}` },
                body: opened(account),
              })
              const { account, opened: fresh } = await openAccount({ clock, vault }, sql, { email, country })
              if (fresh) return answer(201, account)
              if (request.headers['idempotency-key'] !== undefined) return answer(200, account)
              throw new Refused({ code: 'email_taken', message: 'is taken', field: 'email' })
            },
            vault.requestDigest,
          ),
        ),
    )

    app.get(
      '/v1/accounts/:account_id',
      {
        config: { access: { scope: 'account:read' } },
        schema: {
          tags,
          summary: 'An account',
          params: AccountId,
          querystring: none,
          headers: ReadHeaders,
          response: { 200: Account, 304: Type.Null(), ...problems },
        },
      },
      async (request, reply) => {
        const account = await readCurrent(database, request.headers['read-after'], (sql) => readAccount(sql, vault, request.params.account_id))
        if (account === undefined) throw noAccount()
        void reply.header('served-from', 'mysql')
        const tag = etag(account.account_id, account.version)
        return isKnown(request.headers['if-none-match'], tag) ? reply.code(304).header('etag', tag).send() : send(reply, account)
      },
    )

    app.patch(
      '/v1/accounts/:account_id',
      {
        config: { access: { scope: 'account:write' } },
        schema: {
          tags,
          summary: 'Change an account',
          params: AccountId,
          querystring: none,
          headers: WriteHeaders,
          body: AccountChanges,
          response: { 200: Account, ...problems },
        },
      },
      async (request, reply) => {
        const { account_id } = request.params
        const { email } = request.body
        return send(
          reply,
          await database.transact(async (sql) => {
            const locked = await lockAccount(sql, vault, account_id)
            const holder = email === undefined ? undefined : (await lockAccountOf(sql, vault, email))?.account.account_id
            clock.saw(locked?.account.version ?? 0)
            const events = accepted(
              decide(locked?.account, {
                do: 'revise',
                changes: request.body,
                holder,
                expected: expectedVersions(request.headers['if-match'], account_id),
                now_us: clock.micros(),
              }),
            )
            await append(sql, vault, account_id, locked?.key, events)
            const account = events.reduce(evolve, locked?.account)
            if (account === undefined) throw new Error(`changing account '${account_id}': it is not there after it was changed`)
            return account
          }),
        )
      },
    )
  }
