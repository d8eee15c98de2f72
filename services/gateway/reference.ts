/** `/openapi.json` of the whole platform, and `/docs` to read it on. */
import reference from '@scalar/fastify-api-reference'
import type { FastifyInstance } from 'fastify'
import { createHash } from 'node:crypto'
import type { Documents } from './openapi.ts'

const inlineScript = /<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g

/** A policy under which the page runs its own scripts and nothing else, and loads nothing from anywhere else. */
function policyFor(page: string): string {
  const hashes = [...page.matchAll(inlineScript)].map(([, script = '']) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`)
  return [
    "default-src 'none'", `script-src 'self' ${hashes.join(' ')}`, "style-src 'self' 'unsafe-inline'", "img-src 'self' data: blob:", "font-src 'self' data:",
    "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
  ].join('; ')
}

/** Adds both. The page and its script are served from here; no other host is asked for anything. */
export async function registerReference(app: FastifyInstance, documents: Documents): Promise<void> {
  app.get('/openapi.json', async (_request, reply) => {
    await documents.refresh()
    return reply.header('cache-control', 'public, no-cache').header('access-control-allow-origin', '*').send(documents.current())
  })
  await app.register(async (page) => {
    page.addHook('onSend', async (_request, reply, payload) => {
      if (typeof payload === 'string' && String(reply.getHeader('content-type')).startsWith('text/html')) void reply.header('content-security-policy', policyFor(payload))
      return payload
    })
    await page.register(reference, {
      routePrefix: '/docs',
      configuration: {
        url: '/openapi.json', pageTitle: 'Creme Dela Creme: API', withDefaultFonts: false, telemetry: false, hideClientButton: true,
        // what is done by its makers' own servers
        agent: { disabled: true }, mcp: { disabled: true }, showDeveloperTools: 'never',
      },
    })
  })
}
