/** How the platform's own tools (seeds, benches, chaos, tests) say who they are: as the program `tools`, to the services themselves. */
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { configFrom } from '@cdlc/services/shared/config.ts'
import { openServiceTokens } from '@cdlc/services/shared/service-token.ts'

/** Answers a token that is good at every service, a new one when the last gets old. */
export const toolToken = ({ authorization }: Pick<Endpoints, 'authorization'>): (() => Promise<string>) =>
  openServiceTokens({ tokenUrl: `${authorization.url}/oauth/token`, clientId: 'tools', clientSecret: configFrom(process.env).secretOf('tools') })
