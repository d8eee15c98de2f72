/** Profiles: the people of an account. */
import type { FastifyReply } from 'fastify'
import Type from 'typebox'
import { identityOf, isOwn } from '../../shared/access.ts'
import { Refused } from '../../shared/errors.ts'
import { etag, etagOfRemoval, expectedVersions, isKnown, ReadHeaders, WriteHeaders } from '../../shared/etag.ts'
import { problems, type Routes } from '../../shared/http.ts'
import { once, PostHeaders, sendAnswer } from '../../shared/idempotency.ts'
import { readCurrent } from '../../shared/read-your-writes.ts'
import { Fields } from '../../shared/text.ts'
import { readAccount } from '../account-store.ts'
import { noAccount, noProfile } from '../ownership.ts'
import type { CustomerPorts } from '../ports.ts'
import { addProfile, removeProfile, reviseProfile } from '../profile-commands.ts'
import { readProfile, readProfiles } from '../profile-store.ts'
import { unknownAccount, type Profile as ProfileState } from '../profile.ts'
import { AccountId, AddedProfile, NewProfile, Profile, ProfileChanges, ProfileId } from '../schemas.ts'

const tags = ['profiles']
const none = Fields({})

const added = ({ name: _, ...profile }: ProfileState) => ({
  ...profile,
  created_at: new Date(profile.created_at).toISOString(),
  updated_at: new Date(profile.updated_at).toISOString(),
})
/** A profile as its account sees it. */
export const shownProfile = (profile: ProfileState) => ({ ...added(profile), name: profile.name })

export const profileRoutes: Routes<CustomerPorts> =
  (ports) =>
  async (app) => {
    const { database, vault } = ports
    const send = (reply: FastifyReply, profile: ProfileState): FastifyReply =>
      reply.header('etag', etag(profile.profile_id, profile.version)).send(shownProfile(profile))
    app.post(
      '/v1/profiles',
      {
        config: { access: { scope: 'account:write' } },
        schema: {
          tags,
          summary: 'Add a profile',
          description: 'The answer holds no personal data.',
          querystring: none,
          headers: PostHeaders,
          body: NewProfile,
          response: { 201: AddedProfile, ...problems },
        },
      },
      async (request, reply) => {
        // as for an account that there is not
        if (!isOwn(identityOf(request), request.body.account_id)) throw new Refused(unknownAccount)
        return sendAnswer(
          reply,
          await once(
            database,
            request,
            async (sql) => {
              const { account_id, ...fields } = request.body
              const profile = await addProfile(ports, sql, account_id, fields)
              return {
                status: 201,
                headers: { etag: etag(profile.profile_id, profile.version), location: `/v1/profiles/${profile.profile_id}` },
                body: added(profile),
              }
            },
            vault.requestDigest,
          ),
        )
      },
    )

    app.get(
      '/v1/profiles/:profile_id',
      {
        config: { access: { scope: 'account:read' } },
        schema: {
          tags,
          summary: 'A profile',
          params: ProfileId,
          querystring: none,
          headers: ReadHeaders,
          response: { 200: Profile, 304: Type.Null(), ...problems },
        },
      },
      async (request, reply) => {
        const profile = await readCurrent(database, request.headers['read-after'], (sql) => readProfile(sql, vault, request.params.profile_id))
        if (profile === undefined) throw noProfile()
        void reply.header('served-from', 'mysql')
        const tag = etag(profile.profile_id, profile.version)
        return isKnown(request.headers['if-none-match'], tag) ? reply.code(304).header('etag', tag).send() : send(reply, profile)
      },
    )

    app.patch(
      '/v1/profiles/:profile_id',
      {
        config: { access: { scope: 'account:write' } },
        schema: {
          tags,
          summary: 'Change a profile',
          description: 'Whoever raises the maturity limit, or makes it no longer one for kids, gives the PIN where there is one. Programs need none.',
          params: ProfileId,
          querystring: none,
          headers: WriteHeaders,
          body: ProfileChanges,
          response: { 200: Profile, ...problems },
        },
      },
      async (request, reply) => {
        const { pin, ...changes } = request.body
        const { profile_id } = request.params
        const after = await reviseProfile(ports, profile_id, {
          changes,
          pin,
          trusted: identityOf(request).kind === 'service',
          expected: expectedVersions(request.headers['if-match'], profile_id),
        })
        return send(reply, after)
      },
    )

    app.delete(
      '/v1/profiles/:profile_id',
      {
        config: { access: { scope: 'account:write' } },
        schema: {
          tags,
          summary: 'Remove a profile and its ratings',
          params: ProfileId,
          querystring: none,
          headers: WriteHeaders,
          response: { 204: Type.Null(), ...problems },
        },
      },
      async (request, reply) => {
        const { profile_id } = request.params
        const before = await removeProfile(ports, profile_id, { expected: expectedVersions(request.headers['if-match'], profile_id) })
        return reply.code(204).header('etag', etagOfRemoval(before.profile_id, before.version)).send()
      },
    )

    app.get(
      '/v1/accounts/:account_id/profiles',
      {
        config: { access: { scope: 'account:read' } },
        schema: {
          tags,
          summary: "An account's profiles, oldest first",
          params: AccountId,
          querystring: none,
          headers: ReadHeaders,
          response: { 200: Fields({ items: Type.Array(Profile) }), ...problems },
        },
      },
      async (request, reply) => {
        const { account_id } = request.params
        const profiles = await readCurrent(database, request.headers['read-after'], async (sql) => {
          const found = await readProfiles(sql, vault, account_id)
          return found.length > 0 || (await readAccount(sql, vault, account_id)) !== undefined ? found : undefined
        })
        if (profiles === undefined) throw noAccount()
        return reply.header('served-from', 'mysql').send({ items: profiles.map(shownProfile) })
      },
    )
  }
