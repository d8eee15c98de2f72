/** All routes of customer-services over doubles, with an owner, a stranger and a program to ask them. */
import type { FastifyInstance } from 'fastify'
import { away, customerPorts, id } from '../testing.ts'
import { createService } from '../shared/http.ts'
import { person, program, verifierOf } from '../shared/testing.ts'
import { customerServices } from './app.ts'
import type { CustomerPorts } from './ports.ts'

/** What the owner has. */
export const owned = { account_id: id.account, profile_id: id.profile, title_id: id.title, viewing_id: id.credit, session_id: 'session', export_id: id.credit, erasure_id: id.credit, import_id: id.credit, row_number: '0' }

/** The app, and its routes as `METHOD /path`. */
export function everyRoute(some: Partial<CustomerPorts> = {}): { readonly app: FastifyInstance; readonly routes: readonly string[] } {
  const routes: string[] = []
  const ports: CustomerPorts = {
    ...customerPorts,
    views: { ...customerPorts.views, diary: away, entry: away, viewing: away, viewings: away, viewingsOf: away },
    accountOf: async (profile_id) => (profile_id === owned.profile_id ? owned.account_id : undefined),
    ...some,
  }
  const app = createService({
    name: 'customer-services',
    description: '',
    checks: {},
    verifier: verifierOf({ program, owner: person(owned.account_id), stranger: person(id.person), unscoped: person(owned.account_id, { scopes: [] }) }),
    routes: async (instance) => {
      instance.addHook('onRoute', ({ method, url }) => {
        if (url.startsWith('/v1/')) routes.push(...[method].flat().map((one) => `${one} ${url}`))
      })
      await instance.register(customerServices(ports))
    },
  })
  return { app, routes }
}
