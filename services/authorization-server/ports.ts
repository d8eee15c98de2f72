/** What the authorization server needs of the world. */
import type { Accounts } from './accounts.ts'
import type { Authority } from './authority.ts'
import type { ClientMetadata } from './clients.ts'
import type { CredentialStore } from './credentials.ts'
import type { Forms } from './forms.ts'
import type { Post } from './mail/outbox.ts'
import type { OneTimeTokens } from './one-time-tokens.ts'
import type { Passkeys } from './passkeys.ts'
import type { Passwords } from './passwords.ts'
import type { SignIns } from './sign-ins.ts'
import type { ShortLived } from './store/short-lived.ts'
import type { Throttle } from './throttle.ts'

export interface AuthorizationPorts {
  /** Where people see this server: the gateway, and the issuer of tokens. */
  readonly issuer: string
  readonly authority: Authority
  readonly accounts: Accounts
  readonly credentials: CredentialStore
  readonly passkeys: Passkeys
  readonly passwords: Passwords
  /** Passwords that everybody tries first. */
  readonly common: ReadonlySet<string>
  readonly throttle: Throttle
  readonly tokens: OneTimeTokens
  readonly post: Post
  readonly signIns: SignIns
  readonly shortLived: ShortLived
  readonly forms: Forms
  /** An application as it is declared; undefined where it is not, or not any more. */
  readonly client: (client_id: string) => ClientMetadata | undefined
}
