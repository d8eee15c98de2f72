/** Small things that tests of several components need. */
import type { TitleCard } from '@cdlc/streams/views/content/title.ts'
import type { FastifyInstance, InjectOptions } from 'fastify'
import { Refused } from './errors.ts'
import { createService, type Component } from './http.ts'
import type { Identity, Verifier } from './identity.ts'

/** A program of the platform. */
export const program: Identity = { subject: 'test', kind: 'service', client_id: 'test', roles: ['service'], scopes: [], session_id: undefined }

/** A person with an account, in an application that was allowed all it asked for. */
export const person = (subject: string, some: Partial<Identity> = {}): Identity => ({
  subject, kind: 'person', client_id: 'app', roles: ['viewer'], session_id: 'session',
  scopes: ['account:read', 'account:write', 'ratings:read', 'ratings:write'], ...some,
})

/** Takes `Bearer <name>` for the identity of that name. */
export const verifierOf = (identities: Readonly<Record<string, Identity>>): Verifier => ({
  async verify(token) {
    const identity = identities[token]
    if (identity === undefined) throw new Refused({ code: 'unauthenticated', message: 'nobody has this token' })
    return identity
  },
})

/** A service whose every injected request comes from a program, unless it has an `authorization` of its own: a name out of `others`. */
export function serviceFor(component: Omit<Component, 'verifier'>, others: Readonly<Record<string, Identity>> = {}): FastifyInstance {
  const app = createService({ ...component, verifier: verifierOf({ program, ...others }) })
  const { inject } = app
  const asProgram = (request: InjectOptions): InjectOptions => ({ ...request, headers: { authorization: 'Bearer program', ...request.headers } })
  app.inject = ((request?: InjectOptions | string, ...rest: never[]) => (request === undefined
    ? (inject as () => unknown).call(app)
    : (inject as (request: InjectOptions, ...rest: never[]) => unknown).call(app, asProgram(typeof request === 'string' ? { url: request } : request), ...rest))) as typeof inject
  return app
}

/** A card with little on it. */
export const cardOf = (title_id: string, some: Partial<TitleCard> = {}): TitleCard => ({
  title_id,
  kind: 'movie',
  name: title_id,
  original_name: null,
  release_year: null,
  released_on: null,
  runtime_minutes: null,
  mpaa_rating: null,
  studio: null,
  synopsis: null,
  genres: [],
  countries: [],
  credits: [],
  seasons: [],
  version: 1,
  updated_at: '2026-01-01T00:00:00.000Z',
  ...some,
})
