/** What a grant holds: what was asked for, as far as the person's roles allow. What they do not is refused in it, so that nobody is asked again. */
import type { Context, Grant, Provider } from 'oidc-provider'
import { apiAudience, type Role } from '../shared/identity.ts'
import { ownApplications } from './clients.ts'
import { openidScopes, partScopes } from './resources.ts'

const openid: ReadonlySet<string> = new Set(openidScopes)

/** Adds to a grant what these scopes may be given. */
export function fillGrant(grant: Grant, asked: readonly string[], roles: readonly Role[]): void {
  const { granted, refused } = partScopes(asked, grant.clientId, roles)
  const own = asked.filter((scope) => openid.has(scope))
  if (own.length > 0) grant.addOIDCScope(own.join(' '))
  if (granted.length > 0) grant.addResourceScope(apiAudience, granted.join(' '))
  if (refused.length > 0) grant.rejectResourceScope(apiAudience, refused.join(' '))
}

/** A new or known grant of a person to an application, filled and kept; answers its id. */
export async function consentTo(
  provider: Provider, { grant_id, account_id, client_id, scopes, roles }: { readonly grant_id: string | undefined; readonly account_id: string; readonly client_id: string; readonly scopes: readonly string[]; readonly roles: readonly Role[] },
): Promise<string> {
  const known = grant_id === undefined ? undefined : await provider.Grant.find(grant_id)
  const grant = known ?? new provider.Grant({ accountId: account_id, clientId: client_id })
  fillGrant(grant, scopes, roles)
  return grant.save()
}

/** The grant of this browser's session to the client; our own applications get theirs without a question. */
export async function firstPartyGrant({ oidc }: Context): Promise<Grant | undefined> {
  const { provider, client, session, account, result, requestParamScopes } = oidc
  const known = result?.consent?.grantId ?? session.grantIdFor(client.clientId)
  const grant = known === undefined ? undefined : await provider.Grant.find(known)
  if (!ownApplications.has(client.clientId) || account === undefined) return grant
  const own = grant ?? new provider.Grant({ accountId: account.accountId, clientId: client.clientId })
  fillGrant(own, [...requestParamScopes], account['roles'] as readonly Role[])
  await own.save()
  return own
}
