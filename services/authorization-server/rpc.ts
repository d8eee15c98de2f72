/** `cdlc.user.v1.CredentialService`, for the components that open, show and erase accounts. */
import type { CredentialServiceClient } from '@cdlc/schemas/generated/proto/cdlc/user/v1/CredentialService.ts'
import { Refused } from '../shared/errors.ts'
import { contract } from '../shared/grpc-contract.ts'
import type { RpcService } from '../shared/grpc-server.ts'
import { roles as allRoles, type Role } from '../shared/identity.ts'
import type { AuthorizationPorts } from './ports.ts'
import { decidePassword } from './password.ts'
import { endEverywhere, endOne } from './sign-out.ts'

export const credentialService = contract<CredentialServiceClient>('cdlc/user/v1/credentials.proto', 'cdlc.user.v1.CredentialService')

function rolesIn(given: readonly string[]): readonly Role[] {
  const unknown = given.filter((role) => !allRoles.some((known) => known === role))
  if (unknown.length > 0) throw new Refused({ code: 'invalid_request', message: `there is no role ${unknown.join(', ')}`, field: 'roles' })
  const known = allRoles.filter((role) => role === 'viewer' || given.includes(role))
  if (known.includes('service')) throw new Refused({ code: 'invalid_request', message: 'a person is no service', field: 'roles' })
  return known
}

/** What programs of the platform may ask. */
export function credentialRpc(ports: AuthorizationPorts): RpcService {
  const { accounts, credentials, passwords, common, signIns } = ports
  return {
    contract: credentialService,
    access: { roles: ['service'] },
    unary: {
      async EnrolAccount({ email, password, roles, country }: { readonly email: string; readonly password: string; readonly roles: readonly string[]; readonly country: string }) {
        const refusal = decidePassword(password, common, email)
        if (refusal !== undefined) throw new Refused({ code: 'invalid_request', message: refusal, field: 'password' })
        const known = rolesIn(roles)
        const { account_id } = await accounts.open(email, country)
        await credentials.enrol(account_id, await passwords.hash(password), known)
        return { account_id }
      },
      async ListSessions({ account_id }: { readonly account_id: string }) {
        return { sessions: await signIns.of(account_id) }
      },
      async EndSessions({ account_id, session_id }: { readonly account_id: string; readonly session_id: string }) {
        return { ended: session_id === '' ? await endEverywhere(ports, account_id) : await endOne(ports, account_id, session_id) }
      },
      async EraseCredentials({ account_id }: { readonly account_id: string }) {
        await credentials.erase(account_id)
        // after the credentials: nobody can sign in again in between
        await endEverywhere(ports, account_id)
        return {}
      },
    },
  }
}
