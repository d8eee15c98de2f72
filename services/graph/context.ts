/** What resolvers have at hand. */
import type { Loaders } from './loaders.ts'
import type { GraphPorts } from './ports.ts'
import type { Viewer } from './viewer.ts'

/** One request's. */
export interface Graph {
  readonly ports: Pick<GraphPorts, 'views' | 'feeds'>
  readonly loaders: Loaders
  readonly viewer: Viewer
}
