/** What people do with one another is social's affair; it is asked by gRPC for their rights over it. */
import type { EraseAccountRequest } from '@cdlc/schemas/generated/proto/cdlc/user/v1/EraseAccountRequest.ts'
import type { EraseAccountResponse__Output } from '@cdlc/schemas/generated/proto/cdlc/user/v1/EraseAccountResponse.ts'
import type { EraseProfileRequest } from '@cdlc/schemas/generated/proto/cdlc/user/v1/EraseProfileRequest.ts'
import type { EraseProfileResponse__Output } from '@cdlc/schemas/generated/proto/cdlc/user/v1/EraseProfileResponse.ts'
import type { ExportAccountRequest } from '@cdlc/schemas/generated/proto/cdlc/user/v1/ExportAccountRequest.ts'
import type { ExportAccountResponse__Output } from '@cdlc/schemas/generated/proto/cdlc/user/v1/ExportAccountResponse.ts'
import type { ImportItemsRequest } from '@cdlc/schemas/generated/proto/cdlc/user/v1/ImportItemsRequest.ts'
import type { ImportItemsResponse__Output } from '@cdlc/schemas/generated/proto/cdlc/user/v1/ImportItemsResponse.ts'
import type { SocialServiceClient } from '@cdlc/schemas/generated/proto/cdlc/user/v1/SocialService.ts'
import { openRpc } from '../shared/grpc-client.ts'
import { contract } from '../shared/grpc-contract.ts'
import type { Social } from './ports.ts'

const socialService = contract<SocialServiceClient>('cdlc/user/v1/social.proto', 'cdlc.user.v1.SocialService')
/** A call works for a second, and then for as long as its last piece takes. */
const timeout_ms = 10_000

/** Connects at the first question. */
export function openSocial(address: string, token: () => Promise<string>): Social & { close(): void } {
  const rpc = openRpc(socialService, { name: 'social', address, token, timeout_ms })
  const again = { repeat: true }
  return {
    close: () => {
      rpc.close()
    },
    eraseAccount: async (account_id) => (await rpc.ask<EraseAccountRequest, EraseAccountResponse__Output>('EraseAccount', { account_id }, again)).done,
    eraseProfile: async (profile_id) => (await rpc.ask<EraseProfileRequest, EraseProfileResponse__Output>('EraseProfile', { profile_id }, again)).done,
    importItems: async (account_id, profile_id, items, signal) =>
      (await rpc.ask<ImportItemsRequest, ImportItemsResponse__Output>('ImportItems', { account_id, profile_id, items: [...items] }, { ...again, signal })).outcomes,
    exportAccount: (account_id, signal) => rpc.follow<ExportAccountRequest, ExportAccountResponse__Output>('ExportAccount', { account_id }, signal),
  }
}

/** Asks until all is done; throws once `signal` is aborted. */
export async function untilDone(erase: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  do signal.throwIfAborted()
  while (!(await erase()))
}
