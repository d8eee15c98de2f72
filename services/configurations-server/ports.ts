/** What configurations-server needs from outside. */
import type { ConfigurationLog } from './log.ts'

export interface ConfigurationPorts {
  readonly log: ConfigurationLog
}
