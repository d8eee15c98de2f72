/** For tests: a real server and real clients in one process, by contracts of the tree. */
import { Client, credentials, Metadata } from '@grpc/grpc-js'
import type { AccountServiceClient } from '@cdlc/schemas/generated/proto/cdlc/user/v1/AccountService.ts'
import type { ConfigurationServiceClient } from '@cdlc/schemas/generated/proto/cdlc/platform/v1/ConfigurationService.ts'
import type { GetAccountRequest } from '@cdlc/schemas/generated/proto/cdlc/user/v1/GetAccountRequest.ts'
import type { WatchResponse } from '@cdlc/schemas/generated/proto/cdlc/platform/v1/WatchResponse.ts'
import { openRpc, type Rpc } from './grpc-client.ts'
import { contract } from './grpc-contract.ts'
import { startRpc, type CallContext, type RpcServer, type RpcServerOptions } from './grpc-server.ts'
import { person, program, verifierOf } from './testing.ts'

export const accounts = contract<AccountServiceClient>('cdlc/user/v1/accounts.proto', 'cdlc.user.v1.AccountService')
export const configuration = contract<ConfigurationServiceClient>('cdlc/platform/v1/configuration.proto', 'cdlc.platform.v1.ConfigurationService')

export interface Handlers {
  readonly get?: (request: { readonly account_id: string }, context: CallContext) => Promise<unknown>
  readonly watch?: (request: never, context: CallContext) => AsyncIterable<WatchResponse>
}
type TestServer = RpcServer & { readonly logged: unknown[] }
type Accounts = Rpc<AccountServiceClient> & { readonly get: () => Promise<unknown> }

/** What was opened since the last call of this closes. */
export const closeAll = async (): Promise<void> => { await Promise.all(opened.splice(0).reverse().map((one) => one.close())) }
const opened: { close(): unknown }[] = []

const answer = async (): Promise<unknown> => ({ account: { account_id: 'a' } })
async function* nothing(): AsyncIterable<WatchResponse> { /* ends at once */ }

/** A server of both contracts on any port; it logs into a list. */
export async function serve({ get = answer, watch = nothing }: Handlers = {}, some: Partial<RpcServerOptions> = {}): Promise<TestServer> {
  const logged: unknown[] = []
  const server = await startRpc({
    host: '127.0.0.1', port: 0, checks: {}, log: (error) => logged.push(error), verifier: verifierOf({ program, somebody: person('somebody') }),
    services: [
      { contract: accounts, access: { roles: ['service'] }, unary: { OpenAccount: answer, FindAccount: answer, ChangeEmail: answer, GetProfile: answer, GetViewing: answer, GetAccount: get as never } },
      { contract: configuration, access: { roles: ['service'] }, streams: { Watch: watch } },
    ],
    ...some,
  })
  opened.push(server)
  return { ...server, logged }
}

/** A client of accounts. */
export function connect({ port }: { readonly port: number }, token = 'program', timeout_ms = 60_000): Accounts {
  const rpc = openRpc(accounts, { name: 'accounts', address: `127.0.0.1:${port}`, token: async () => token, timeout_ms })
  opened.push(rpc)
  return { ...rpc, get: () => rpc.ask<GetAccountRequest, unknown>('getAccount', { account_id: 'a' }) }
}

/** A client of configuration. */
export function watching({ port }: { readonly port: number }): Rpc<ConfigurationServiceClient> {
  const rpc = openRpc(configuration, { name: 'configuration', address: `127.0.0.1:${port}`, token: async () => 'program' })
  opened.push(rpc)
  return rpc
}

/** A client that knows no contract and adds nothing. */
export function bareClient({ port }: { readonly port: number }): Client {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure())
  opened.push({ close: () => { client.close() } })
  return client
}
/** Metadata with a token. */
export const withToken = (token: string): Metadata => { const metadata = new Metadata(); metadata.set('authorization', `Bearer ${token}`); return metadata }
/** A deadline that no test reaches. */
export const soon = (): { readonly deadline: number } => ({ deadline: Date.now() + 60_000 })
