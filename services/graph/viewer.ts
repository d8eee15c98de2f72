/** Who looks: the profile that the header names, where it is the asker's own. */
import { isOwn, moderates } from '../shared/access.ts'
import { Refused } from '../shared/errors.ts'
import type { Identity, Scope } from '../shared/identity.ts'
import type { OwnerOf } from '../shared/owners.ts'
import { localId } from './ids.ts'

export const actingHeader = 'acting-profile'

export interface Viewer {
  /** Undefined: nobody in particular. */
  readonly profile_id: string | undefined
  /** Sees what was hidden, and what is private. */
  readonly moderates: boolean
  /** What the application may see for the person; a program may see all. */
  readonly may: (scope: Scope) => boolean
}

/** Throws Refused where the header names a profile that is not the asker's, or is sent without a token. */
export async function viewerOf(ownerOf: OwnerOf, identity: Identity | undefined, header: string | undefined): Promise<Viewer> {
  const may = (scope: Scope): boolean => identity !== undefined && (identity.kind === 'service' || identity.scopes.includes(scope))
  const asked = { moderates: moderates(identity), may }
  if (header === undefined) return { profile_id: undefined, ...asked }
  const field = `header.${actingHeader}`
  if (identity === undefined) throw new Refused({ code: 'unauthenticated', message: 'to look as a profile takes a token: `Authorization: Bearer <token>`', field })
  if (!may('social:read')) throw new Refused({ code: 'forbidden', message: "the application was not allowed 'social:read'" })
  const profile_id = localId('Member', header, field)
  const owner = await ownerOf(profile_id)
  if (owner === undefined || !isOwn(identity, owner)) throw new Refused({ code: 'profile_not_found', message: 'no profile of yours with a handle has this id', field })
  return { profile_id, ...asked }
}
