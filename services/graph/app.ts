/** Graph: the platform as GraphQL. */
import type { Platform } from '../shared/platform.ts'
import type { Service } from '../shared/service.ts'

/** Graph over the real platform. */
export function open(platform: Platform): Service {
  return { name: 'graph', port: platform.endpoints.port('graph'), description: 'GraphQL.', routes: async () => {}, checks: {} }
}
