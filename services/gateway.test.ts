import { describe, expect, test } from 'vitest'
import type { FastifyInstance } from 'fastify'
import type { Access } from './shared/access.ts'
import { lanes, programsOnly, rowOf, table, type Upstream } from './gateway/routes.ts'
import { createIssuer, makeGateway } from './gateway/testing.ts'
import { authorizationServer } from './authorization-server/routes/index.ts'
import { configurationsServer } from './configurations-server/app.ts'
import { collector } from './collector/routes.ts'
import { feed } from './feed/routes.ts'
import { graphRoutes } from './graph/endpoint.ts'
import { social } from './social/app.ts'
import { serviceFor } from './shared/testing.ts'
import { actorOver, customerOver, inventoryOver } from './testing.ts'

interface Declared { readonly method: string; readonly path: string; readonly access: Access | undefined }

/** Every route that a component declares, as it declares it. */
async function routesOf(app: FastifyInstance): Promise<readonly Declared[]> {
  const routes: Declared[] = []
  app.addHook('onRoute', ({ method, url, config }) => {
    for (const one of [method].flat()) routes.push({ method: one, path: url.replaceAll('::', '%').replaceAll(/:[a-z_]+/g, 'x').replaceAll('%', ':'), access: config?.access })
  })
  await app.ready()
  await app.close()
  return routes
}
const idle = new Proxy({}, { get: () => () => undefined }) as never
const components: Readonly<Record<Upstream, () => FastifyInstance>> = {
  'inventory': () => inventoryOver(),
  'actor': () => actorOver(),
  'customer-services': () => customerOver(),
  'configurations-server': () => serviceFor({ name: 'configurations-server', description: '', checks: {}, routes: configurationsServer(idle) }),
  'social': () => serviceFor({ name: 'social', description: '', checks: {}, routes: social(idle) }),
  'feed': () => serviceFor({ name: 'feed', description: '', checks: {}, routes: feed(idle) }),
  'graph': () => serviceFor({ name: 'graph', description: '', checks: {}, routes: graphRoutes(idle) }),
  'collector': () => serviceFor({ name: 'collector', description: '', checks: {}, routes: collector(idle) }),
  'authorization-server': () => serviceFor({ name: 'authorization-server', description: '', checks: {}, routes: authorizationServer(idle) }),
}
/** What every component answers for itself, on its own port alone. */
const own = /^\/(?:docs|healthz|readyz|metrics|openapi\.json)(?:\/|$)/

const forProgramsOnly = (access: Access | undefined): boolean => typeof access === 'object' && access.roles?.every((role) => role === 'service') === true

describe.each(Object.entries(components))('%s', (name, open) => {
  test('has a place in the table for every route that is for people, and none for programs only', async () => {
    const routes = (await routesOf(open())).filter(({ path }) => !own.test(path))
    expect(routes).not.toHaveLength(0)
    for (const { method, path, access } of routes) {
      const row = rowOf(table, method, path)
      expect([method, path, row === undefined ? undefined : lanes[row.lane].upstream]).toEqual([method, path, forProgramsOnly(access) || method === 'OPTIONS' ? undefined : name])
    }
  })
})

test('the router knows every row of the table, and what programs alone may use as no path at all', async () => {
  const { app } = await makeGateway({ issuer: await createIssuer() })
  await app.ready()
  for (const { path, methods } of table) for (const method of methods) expect([path, method, app.hasRoute({ method, url: path })]).toEqual([path, method, true])
  for (const { path, method } of programsOnly) {
    const answer = await app.inject({ method, url: path.replaceAll('::', ':') })
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([404, 'route_not_found'])
  }
  await app.close()
})
