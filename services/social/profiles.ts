/** Whose a profile is, asked of customer-services. */
import type { AccountServiceClient } from '@cdlc/schemas/generated/proto/cdlc/user/v1/AccountService.ts'
import type { GetProfileRequest } from '@cdlc/schemas/generated/proto/cdlc/user/v1/GetProfileRequest.ts'
import type { GetProfileResponse__Output } from '@cdlc/schemas/generated/proto/cdlc/user/v1/GetProfileResponse.ts'
import { openRpc } from '../shared/grpc-client.ts'
import { contract } from '../shared/grpc-contract.ts'
import { Refused } from '../shared/errors.ts'
import type { FindProfile } from './ports.ts'

const accountService = contract<AccountServiceClient>('cdlc/user/v1/accounts.proto', 'cdlc.user.v1.AccountService')

/** Connects at the first question. */
export function openFindProfile(address: string, token: () => Promise<string>): FindProfile {
  const rpc = openRpc(accountService, { name: 'customer-services', address, token })
  return async (profile_id) => {
    try {
      return await rpc.ask<GetProfileRequest, GetProfileResponse__Output>('GetProfile', { profile_id }, { repeat: true })
    } catch (error) {
      if (error instanceof Refused && error.code === 'profile_not_found') return undefined
      throw error
    }
  }
}
