/** Feed: what those whom a profile follows have done. */
import type { Platform } from '../shared/platform.ts'
import type { Service } from '../shared/service.ts'

/** Feed over the real platform. */
export function open(platform: Platform): Service {
  return { name: 'feed', port: platform.endpoints.port('feed'), description: 'Feeds and activity.', routes: async () => {}, checks: {} }
}
