/** What is customer-services' to say: whose a profile is, and whose an entry of the film diary. */
import type { AccountServiceClient } from '@cdlc/schemas/generated/proto/cdlc/user/v1/AccountService.ts'
import type { GetProfileRequest } from '@cdlc/schemas/generated/proto/cdlc/user/v1/GetProfileRequest.ts'
import type { GetProfileResponse__Output } from '@cdlc/schemas/generated/proto/cdlc/user/v1/GetProfileResponse.ts'
import type { GetViewingRequest } from '@cdlc/schemas/generated/proto/cdlc/user/v1/GetViewingRequest.ts'
import type { GetViewingResponse__Output } from '@cdlc/schemas/generated/proto/cdlc/user/v1/GetViewingResponse.ts'
import { openRpc } from '../shared/grpc-client.ts'
import { contract } from '../shared/grpc-contract.ts'
import { Refused, type ErrorCode } from '../shared/errors.ts'
import type { SocialPorts } from './ports.ts'

const accountService = contract<AccountServiceClient>('cdlc/user/v1/accounts.proto', 'cdlc.user.v1.AccountService')

async function unless<T>(code: ErrorCode, asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof Refused && error.code === code) return undefined
    throw error
  }
}

/** Connects at the first question. */
export function openAccounts(address: string, token: () => Promise<string>): Pick<SocialPorts, 'findProfile' | 'findViewing'> {
  const rpc = openRpc(accountService, { name: 'customer-services', address, token })
  return {
    findProfile: (profile_id) => unless('profile_not_found', rpc.ask<GetProfileRequest, GetProfileResponse__Output>('GetProfile', { profile_id }, { repeat: true })),
    findViewing: (viewing_id) => unless('viewing_not_found', rpc.ask<GetViewingRequest, GetViewingResponse__Output>('GetViewing', { viewing_id }, { repeat: true })),
  }
}
