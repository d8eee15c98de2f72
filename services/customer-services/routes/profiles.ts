/** Profiles: the people of an account. */
import type { FastifyReply } from 'fastify'
import Type from 'typebox'
import { newId } from '../../shared/clock.ts'
import { accepted, Refused } from '../../shared/errors.ts'
import { etag, etagOfRemoval, expectedVersions, isKnown, ReadHeaders, WriteHeaders } from '../../shared/etag.ts'
import { problems, type Routes } from '../../shared/http.ts'
import { once, PostHeaders, sendAnswer } from '../../shared/idempotency.ts'
import { Fields } from '../../shared/text.ts'
import { lockAccount, readAccount } from '../account-store.ts'
import type { CustomerPorts } from '../ports.ts'
import { append, lockProfile, readProfile, readProfiles } from '../profile-store.ts'
import { decide, evolve, type Profile as ProfileState, type ProfileCommand } from '../profile.ts'
import { AccountId, AddedProfile, NewProfile, Profile, ProfileChanges, ProfileId } from '../schemas.ts'

const tags = ['profiles']
const none = Fields({})

const added = ({ profile_id, account_id, language, kids, version, created_at, updated_at }: ProfileState) => ({
  profile_id,
  account_id,
  language,
  kids,
  version,
  created_at: new Date(created_at).toISOString(),
  updated_at: new Date(updated_at).toISOString(),
})
const shown = (profile: ProfileState) => ({ ...added(profile), name: profile.name })

export const profileRoutes: Routes<CustomerPorts> =
  ({ database, clock, vault }) =>
  async (app) => {
    const send = (reply: FastifyReply, profile: ProfileState): FastifyReply =>
      reply.header('etag', etag(profile.profile_id, profile.version)).send(shown(profile))
    /** Answers the profile before and after. */
    const change = (
      profile_id: string,
      ifMatch: string | undefined,
      request:
        { readonly do: 'revise'; readonly changes: Extract<ProfileCommand, { do: 'revise' }>['changes'] } | { readonly do: 'remove' },
    ) =>
      database.transact(async (sql) => {
        const locked = await lockProfile(sql, vault, profile_id)
        if (locked === undefined)
          throw new Refused({ code: 'profile_not_found', message: 'no profile has this id', field: 'path.profile_id' })
        clock.saw(locked.profile.version)
        const events = accepted(
          decide(locked.profile, { ...request, expected: expectedVersions(ifMatch, profile_id), now_us: clock.micros() }),
        )
        await append(sql, vault, profile_id, locked.key, events)
        return { before: locked.profile, after: events.reduce(evolve, locked.profile as ProfileState | undefined) }
      })

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
      async (request, reply) =>
        sendAnswer(
          reply,
          await once(
            database,
            request,
            async (sql) => {
              const { account_id, name, language = 'en', kids = false } = request.body
              const account = await lockAccount(sql, vault, account_id)
              const now_us = clock.micros()
              const profile_id = newId(now_us)
              const events = accepted(
                decide(undefined, {
                  do: 'add',
                  profile_id,
                  account_id,
                  fields: { name, language, kids },
                  account_exists: account !== undefined,
                  now_us,
                }),
              )
              const profile = events.reduce(evolve, undefined as ProfileState | undefined)
              if (profile === undefined || account === undefined)
                throw new Error(`adding profile '${profile_id}': it is not there after it was added`)
              await append(sql, vault, profile_id, account.key, events)
              return {
                status: 201,
                headers: { etag: etag(profile_id, profile.version), location: `/v1/profiles/${profile_id}` },
                body: added(profile),
              }
            },
            vault.requestDigest,
          ),
        ),
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
        const profile = await database.read((sql) => readProfile(sql, vault, request.params.profile_id))
        if (profile === undefined)
          throw new Refused({ code: 'profile_not_found', message: 'no profile has this id', field: 'path.profile_id' })
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
          params: ProfileId,
          querystring: none,
          headers: WriteHeaders,
          body: ProfileChanges,
          response: { 200: Profile, ...problems },
        },
      },
      async (request, reply) => {
        const { before, after = before } = await change(request.params.profile_id, request.headers['if-match'], {
          do: 'revise',
          changes: request.body,
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
        const { before } = await change(request.params.profile_id, request.headers['if-match'], { do: 'remove' })
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
          response: { 200: Fields({ items: Type.Array(Profile) }), ...problems },
        },
      },
      async (request, reply) =>
        database.read(async (sql) => {
          const { account_id } = request.params
          const profiles = await readProfiles(sql, vault, account_id)
          if (profiles.length === 0 && (await readAccount(sql, vault, account_id)) === undefined)
            throw new Refused({ code: 'account_not_found', message: 'no account has this id', field: 'path.account_id' })
          return reply.header('served-from', 'mysql').send({ items: profiles.map(shown) })
        }),
    )
  }
