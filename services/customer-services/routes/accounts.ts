/** Accounts: one per customer, found by e-mail address. */
import type { FastifyReply } from 'fastify'
import Type from 'typebox'
import { identityOf } from '../../shared/access.ts'
import { Refused } from '../../shared/errors.ts'
import { etag, expectedVersions, isKnown, ReadHeaders, WriteHeaders } from '../../shared/etag.ts'
import { problems, type Routes } from '../../shared/http.ts'
import { once, PostHeaders, sendAnswer } from '../../shared/idempotency.ts'
import { readCurrent } from '../../shared/read-your-writes.ts'
import { Fields } from '../../shared/text.ts'
import { openAccount, reviseAccount } from '../account-commands.ts'
import { readAccount } from '../account-store.ts'
import { noAccount } from '../ownership.ts'
import type { Account as AccountState } from '../account.ts'
import type { CustomerPorts } from '../ports.ts'
import { readProfiles } from '../profile-store.ts'
import { shownProfile } from './profiles.ts'
import { Account, AccountChanges, AccountId, Me, NewAccount, OpenedAccount } from '../schemas.ts'

const tags = ['accounts']
const none = Fields({})

const opened = ({ account_id, country, version, created_at, updated_at }: AccountState) => ({
  account_id,
  country,
  version,
  created_at: new Date(created_at).toISOString(),
  updated_at: new Date(updated_at).toISOString(),
})

const shown = (account: AccountState) => ({ ...opened(account), email: account.email })

export const accountRoutes: Routes<CustomerPorts> =
  ({ database, clock, vault, accountPage }) =>
  async (app) => {
    const send = (reply: FastifyReply, account: AccountState): FastifyReply =>
      reply.header('etag', etag(account.account_id, account.version)).send(shown(account))

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
      '/v1/me',
      {
        config: { access: { scope: 'account:read' } },
        schema: {
          tags,
          summary: 'The account of the person who asks, with its profiles, oldest first',
          description: 'For people alone: a program has no account.',
          querystring: none,
          headers: ReadHeaders,
          response: { 200: Me, ...problems },
        },
      },
      async (request, reply) => {
        const { kind, subject } = identityOf(request)
        if (kind !== 'person') throw new Refused({ code: 'forbidden', message: 'this is for people: a program has no account' })
        const me = await readCurrent(database, request.headers['read-after'], async (sql) => {
          const account = await readAccount(sql, vault, subject)
          return account === undefined ? undefined : { account: shown(account), profiles: (await readProfiles(sql, vault, subject)).map(shownProfile) }
        })
        if (me === undefined) throw new Refused({ code: 'account_not_found', message: 'there is no such account any more' })
        return reply.header('served-from', 'mysql').send(me)
      },
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
          description: 'Programs may change `email`; people do that on the account page, `/auth/account`, with their password and a link to the new address.',
          params: AccountId,
          querystring: none,
          headers: WriteHeaders,
          body: AccountChanges,
          response: { 200: Account, ...problems },
        },
      },
      async (request, reply) => {
        const { account_id } = request.params
        if (request.body.email !== undefined && identityOf(request).kind === 'person') {
          throw new Refused({ code: 'forbidden', message: `people change their address at ${accountPage}, and confirm it by mail`, field: 'email' })
        }
        const expected = expectedVersions(request.headers['if-match'], account_id)
        return send(reply, await database.transact((sql) => reviseAccount({ clock, vault }, sql, account_id, request.body, expected)))
      },
    )
  }
