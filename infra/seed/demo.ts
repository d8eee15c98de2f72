/** Accounts to try the platform with, one for each role. Their passwords are known to everybody: for a machine of one's own alone. */
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import type { CredentialServiceClient } from '@cdlc/schemas/generated/proto/cdlc/user/v1/CredentialService.ts'
import type { EnrolAccountRequest } from '@cdlc/schemas/generated/proto/cdlc/user/v1/EnrolAccountRequest.ts'
import type { EnrolAccountResponse__Output } from '@cdlc/schemas/generated/proto/cdlc/user/v1/EnrolAccountResponse.ts'
import { openRpc } from '@cdlc/services/shared/grpc-client.ts'
import { contract } from '@cdlc/services/shared/grpc-contract.ts'
import type { Role } from '@cdlc/services/shared/identity.ts'
import { toolToken } from '../local/token.ts'
import { createClient } from './client.ts'

export interface DemoAccount {
  readonly email: string
  readonly password: string
  readonly roles: readonly Role[]
  /** Of a profile that is made with it. */
  readonly name: string
}

const password = 'rosebud-and-sledge-1941'
const people: Readonly<Record<Exclude<Role, 'service'>, string>> = {
  'viewer': 'Ada', 'editor': 'Thelma', 'venue-manager': 'Alfredo', 'analyst': 'Verna', 'operator': 'Dave',
}
/** Everybody may do what a viewer may; programs sign in by client credentials, not here. */
export const demoAccounts: readonly DemoAccount[] = Object.entries(people).map(([role, name]) => ({
  email: `${role}@creme.example`, password, name, roles: role === 'viewer' ? ['viewer'] : ['viewer', role as Role],
}))

const PATIENCE_MS = 60_000

/** Makes what is missing of them; passwords and roles are set anew. */
export async function enrolDemoAccounts(endpoints: Endpoints): Promise<void> {
  const token = toolToken(endpoints)
  const credentials = openRpc(contract<CredentialServiceClient>('cdlc/user/v1/credentials.proto', 'cdlc.user.v1.CredentialService'), {
    name: 'authorization-server', address: endpoints.grpc.authorizationServer, token, timeout_ms: 10_000,
  })
  const client = createClient({ patience_ms: PATIENCE_MS, backoff_ms: 100, token })
  const customers = `http://127.0.0.1:${endpoints.port('customer_services')}/v1`
  try {
    for (const { email, password: secret, roles, name } of demoAccounts) {
      const { account_id } = await credentials.ask<EnrolAccountRequest, EnrolAccountResponse__Output>('EnrolAccount', { email, password: secret, roles: [...roles], country: 'GB' }, { repeat: true })
      const { body } = await client({ method: 'GET', url: `${customers}/accounts/${account_id}/profiles` })
      if ((body as { readonly items: readonly unknown[] }).items.length > 0) continue
      await client({ method: 'POST', url: `${customers}/profiles`, body: { account_id, name, language: 'en-GB' }, idempotencyKey: `demo profile of ${account_id}`.replaceAll(' ', '-') })
    }
  } finally {
    credentials.close()
  }
}

/** How to sign in, for people. */
export const demoPage = (gateway: string): string => [
  `sign in at ${gateway}/auth/account with a demonstration account, password '${password}':`,
  ...demoAccounts.map(({ email, roles }) => `  ${email.padEnd(28)} ${roles.join(', ')}`),
].join('\n')
