/** How a profile likes to be served, and the PIN that guards what it may watch. */
import type { FastifyReply } from 'fastify'
import Type from 'typebox'
import { identityOf } from '../../shared/access.ts'
import { etag, expectedVersions, isKnown, ReadHeaders, WriteHeaders } from '../../shared/etag.ts'
import { problems, type Routes } from '../../shared/http.ts'
import { readCurrent } from '../../shared/read-your-writes.ts'
import { Fields } from '../../shared/text.ts'
import { noProfile } from '../ownership.ts'
import type { CustomerPorts } from '../ports.ts'
import { readPreferences } from '../preferences-store.ts'
import type { Preferences as State } from '../preferences.ts'
import { setPin, setPreferences } from '../profile-commands.ts'
import { NewPin, NewPreferences, Preferences, ProfileId } from '../schemas.ts'

const tags = ['profiles']
const none = Fields({})

export const preferencesRoutes: Routes<CustomerPorts> =
  (ports) =>
  async (app) => {
    const { database } = ports
    const send = (reply: FastifyReply, profile_id: string, { document, version }: State): FastifyReply =>
      reply.header('etag', etag(profile_id, version)).send({ ...document, version })

    app.get(
      '/v1/profiles/:profile_id/preferences',
      {
        config: { access: { scope: 'account:read' } },
        schema: {
          tags,
          summary: "A profile's preferences: genres, notifications, playback",
          description: 'Version 0 is what holds as long as nothing was said.',
          params: ProfileId,
          querystring: none,
          headers: ReadHeaders,
          response: { 200: Preferences, 304: Type.Null(), ...problems },
        },
      },
      async (request, reply) => {
        const { profile_id } = request.params
        const preferences = await readCurrent(database, request.headers['read-after'], (sql) => readPreferences(sql, profile_id))
        if (preferences === undefined) throw noProfile()
        void reply.header('served-from', 'mysql')
        const tag = etag(profile_id, preferences.version)
        return isKnown(request.headers['if-none-match'], tag)
          ? reply.code(304).header('etag', tag).send()
          : send(reply, profile_id, preferences)
      },
    )

    app.put(
      '/v1/profiles/:profile_id/preferences',
      {
        config: { access: { scope: 'account:write' } },
        schema: {
          tags,
          summary: 'Say all of the preferences anew',
          params: ProfileId,
          querystring: none,
          headers: WriteHeaders,
          body: NewPreferences,
          response: { 200: Preferences, ...problems },
        },
      },
      async (request, reply) => {
        const { profile_id } = request.params
        const expected = expectedVersions(request.headers['if-match'], profile_id)
        return send(reply, profile_id, await setPreferences(ports, profile_id, { document: request.body, expected }))
      },
    )

    app.put(
      '/v1/profiles/:profile_id/pin',
      {
        config: { access: { scope: 'account:write' } },
        schema: {
          tags,
          summary: 'Set the PIN, change it, or remove it with null',
          description: 'Five wrong ones in a row, and none is looked at for a quarter of an hour. Programs need not know it.',
          params: ProfileId,
          querystring: none,
          body: NewPin,
          response: { 204: Type.Null(), ...problems },
        },
      },
      async (request, reply) => {
        const { pin, current_pin } = request.body
        await setPin(ports, request.params.profile_id, { pin, current: current_pin, trusted: identityOf(request).kind === 'service' })
        return reply.code(204).send(null)
      },
    )
  }
