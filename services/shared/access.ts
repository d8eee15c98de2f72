/** Who may use a route: declared at the route, checked before its body is read, shown in OpenAPI. A route under /v1/ that declares nothing does not start. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Refused } from './errors.ts'
import type { Identity, Role, Scope, Verifier } from './identity.ts'

export interface Rule {
  /** Any of these; left out: whoever has a token. */
  readonly roles?: readonly Role[]
  /** What the application must have been allowed; programs are held to their role alone. */
  readonly scope?: Scope
}
export type Access = 'public' | Rule
/** Who may change the catalogue. */
export const editors: Rule = { roles: ['editor', 'service'], scope: 'catalogue:write' }

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
  }
  interface FastifyRequest {
    identity: Identity | undefined
  }
}

const bearer = /^Bearer ([A-Za-z0-9._~+/-]+=*)$/i

/** The token of a request; undefined where there is none. */
export function tokenOf({ headers }: FastifyRequest): string | undefined {
  const { authorization } = headers
  if (authorization === undefined) return undefined
  const [, token] = bearer.exec(authorization) ?? []
  if (token === undefined) throw new Refused({ code: 'unauthenticated', message: 'must be `Bearer <token>`', field: 'header.authorization' })
  return token
}

/** Whether somebody sees what is private, hidden and reported: a moderator, by an application that may see what friends share. */
export const moderates = (identity: Identity | undefined): boolean =>
  identity?.kind === 'person' && identity.scopes.includes('social:read') && identity.roles.some((role) => role === 'editor' || role === 'operator')

/** Holds an identity against a rule; throws Refused `forbidden`. */
export function admit({ roles, scope }: Rule, identity: Identity): void {
  if (roles !== undefined && !roles.some((role) => identity.roles.includes(role))) {
    throw new Refused({ code: 'forbidden', message: `this is for ${roles.join(', ')}` })
  }
  if (scope !== undefined && identity.kind === 'person' && !identity.scopes.includes(scope)) {
    throw new Refused({ code: 'forbidden', message: `the application was not allowed '${scope}'` })
  }
}

/** Checks every request; reads tokens on public routes too, where there are any, so that nobody gets along with a bad one. */
export function guard(app: FastifyInstance, verifier: Verifier): void {
  app.decorateRequest('identity', undefined)
  app.addHook('onRoute', (route) => {
    const access = route.config?.access
    if (access === undefined && route.url.startsWith('/v1/')) throw new Error(`adding route '${route.url}': it does not say who may use it; give it config.access`)
    if (access === undefined || access === 'public' || route.schema === undefined) return
    Object.assign(route.schema, { security: [{ oauth: access.scope === undefined ? [] : [access.scope] }] })
  })
  app.addHook('onRequest', async (request) => {
    const { access } = request.routeOptions.config
    if (access === undefined) return
    const token = tokenOf(request)
    if (token !== undefined) request.identity = await verifier.verify(token)
    if (access === 'public') return
    if (request.identity === undefined) throw new Refused({ code: 'unauthenticated', message: 'this needs a token: `Authorization: Bearer <token>`', field: 'header.authorization' })
    admit(access, request.identity)
  })
}

/** Who asks, on a route that is not public. */
export function identityOf(request: FastifyRequest): Identity {
  if (request.identity === undefined) throw new Error(`answering '${String(request.routeOptions.url)}': it is public, and nobody need have signed in`)
  return request.identity
}

/** Whether an account is the asker's own; programs act for everybody. */
export const isOwn = ({ kind, subject }: Identity, account_id: string): boolean => kind === 'service' || subject === account_id
