/** How people sign in is the authorization server's affair; it is asked by gRPC. */
import type { CredentialServiceClient } from '@cdlc/schemas/generated/proto/cdlc/user/v1/CredentialService.ts'
import type { EndSessionsRequest } from '@cdlc/schemas/generated/proto/cdlc/user/v1/EndSessionsRequest.ts'
import type { EndSessionsResponse__Output } from '@cdlc/schemas/generated/proto/cdlc/user/v1/EndSessionsResponse.ts'
import type { EraseCredentialsRequest } from '@cdlc/schemas/generated/proto/cdlc/user/v1/EraseCredentialsRequest.ts'
import type { ListSessionsRequest } from '@cdlc/schemas/generated/proto/cdlc/user/v1/ListSessionsRequest.ts'
import type { ListSessionsResponse__Output } from '@cdlc/schemas/generated/proto/cdlc/user/v1/ListSessionsResponse.ts'
import { openRpc } from '../shared/grpc-client.ts'
import { contract } from '../shared/grpc-contract.ts'
import type { Credentials } from './ports.ts'

const credentialService = contract<CredentialServiceClient>('cdlc/user/v1/credentials.proto', 'cdlc.user.v1.CredentialService')

/** Connects at the first question. What may be asked twice is, where no answer comes; ending one session twice would tell that there is none. */
export function openCredentials(address: string, token: () => Promise<string>): Credentials & { close(): void } {
  const rpc = openRpc(credentialService, { name: 'authorization-server', address, token })
  const again = { repeat: true }
  return {
    close: () => {
      rpc.close()
    },
    sessions: async (account_id) => (await rpc.ask<ListSessionsRequest, ListSessionsResponse__Output>('ListSessions', { account_id }, again)).sessions,
    end: async (account_id, session_id) =>
      (await rpc.ask<EndSessionsRequest, EndSessionsResponse__Output>('EndSessions', { account_id, session_id: session_id ?? '' }, { repeat: session_id === undefined })).ended,
    erase: async (account_id) => {
      await rpc.ask<EraseCredentialsRequest, object>('EraseCredentials', { account_id }, again)
    },
  }
}
