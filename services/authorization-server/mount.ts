/** Puts oidc-provider, which is Koa inside, into Fastify: it gets the request as it came, its body unread. */
import type { FastifyPluginAsync } from 'fastify'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Authority } from './authority.ts'

export const protocolPaths = ['/oauth/*', '/.well-known/openid-configuration', '/.well-known/oauth-authorization-server'] as const

/**
 * Whatever a request says its host is, answers name the issuer: links, redirects and discovery cannot be turned elsewhere by a header.
 * The provider derives its addresses from these two.
 */
export function asIssuer(request: IncomingMessage, issuer: string): IncomingMessage {
  const { host, protocol } = new URL(issuer)
  request.headers['x-forwarded-host'] = host
  request.headers['x-forwarded-proto'] = protocol.slice(0, -1)
  return request
}

export const protocolRoutes = (authority: Authority, issuer: string): FastifyPluginAsync => async (app) => {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => { done(null) })
  for (const url of protocolPaths) {
    app.route({
      method: ['GET', 'POST', 'OPTIONS', 'HEAD'], url, schema: { hide: true },
      async handler(request, reply) {
        authority.provider() // throws while there is none: then nobody has taken the reply yet
        reply.hijack()
        const response: ServerResponse = reply.raw
        response.setHeader('x-content-type-options', 'nosniff')
        // pages of ours set their own; the provider's one, which sends a form at once, adds the digest of its script
        response.setHeader('content-security-policy', "default-src 'none'; script-src 'self'; frame-ancestors 'none'; base-uri 'none'")
        await authority.handle(asIssuer(request.raw, issuer), response)
      },
    })
  }
}
