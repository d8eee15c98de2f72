/** All routes: the protocol, the pages, and the operator's. */
import formbody from '@fastify/formbody'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { readFileSync } from 'node:fs'
import Type from 'typebox'
import { problems, type Routes } from '../../shared/http.ts'
import { Fields, Instant } from '../../shared/text.ts'
import { protocolRoutes } from '../mount.ts'
import { assetsPath } from '../pages/layout.ts'
import { expiredPage, troublePage } from '../pages/sign-in.ts'
import type { AuthorizationPorts } from '../ports.ts'
import { accountRoutes } from './account.ts'
import { emailRoutes } from './email.ts'
import { interactionRoutes } from './interaction.ts'
import { sendPage } from './page.ts'
import { resetRoutes } from './reset.ts'
import { signUpRoutes } from './sign-up.ts'

const assets = { 'style.css': 'text/css; charset=utf-8', 'passkeys.js': 'text/javascript; charset=utf-8' } as const

/** Everything that people see; an error is a page too. */
const pages = (ports: AuthorizationPorts): FastifyPluginAsyncTypebox => async (app) => {
  await app.register(formbody, { bodyLimit: 65_536 })
  app.setErrorHandler((error, request, reply) => {
    const { statusCode = 500 } = error as { readonly statusCode?: number }
    if (statusCode < 500) return sendPage(reply, expiredPage, statusCode)
    request.log.error({ err: error, route: request.routeOptions.url, method: request.method }, 'page')
    return sendPage(reply.header('retry-after', '1'), troublePage, (error as Error).name === 'Unavailable' ? 503 : 500)
  })
  for (const [file, type] of Object.entries(assets)) {
    const content = readFileSync(new URL(`../assets/${file}`, import.meta.url))
    app.get(`${assetsPath}/${file}`, { schema: { hide: true } }, async (_request, reply) => reply.header('cache-control', 'public, max-age=3600').type(type).send(content))
  }
  for (const routes of [interactionRoutes, signUpRoutes, resetRoutes, accountRoutes, emailRoutes]) await app.register(routes(ports))
}

const Rotated = Fields({ kid: Type.String(), signs_from: Instant })

const operations = ({ authority }: AuthorizationPorts): FastifyPluginAsyncTypebox => async (app) => {
  app.post(
    '/v1/signing-keys::rotate',
    {
      config: { access: { roles: ['operator', 'service'] } },
      schema: {
        tags: ['operations'], summary: 'Replace the key that tokens are signed with', querystring: Fields({}), response: { 202: Rotated, ...problems },
        description: 'The new key is published at once and signs from `signs_from` on; the old one stays published until its last token has died.',
      },
    },
    async (_request, reply) => {
      const { kid, signs_from } = await authority.rotate()
      return reply.code(202).send({ kid, signs_from: new Date(signs_from).toISOString() })
    },
  )
}

/** All routes, over any ports. */
export const authorizationServer: Routes<AuthorizationPorts> = (ports) => async (app) => {
  await app.register(protocolRoutes(ports.authority, ports.issuer))
  await app.register(pages(ports))
  await app.register(operations(ports))
}
