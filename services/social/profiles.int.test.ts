/** What customer-services is asked for, by gRPC, of a double of it. */
import type { AccountServiceClient } from '@cdlc/schemas/generated/proto/cdlc/user/v1/AccountService.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Refused } from '../shared/errors.ts'
import { contract } from '../shared/grpc-contract.ts'
import { startRpc, type RpcServer } from '../shared/grpc-server.ts'
import { program, verifierOf } from '../shared/testing.ts'
import { openAccounts } from './profiles.ts'

const no = async (): Promise<never> => { throw new Refused({ code: 'account_not_found', message: 'is not asked for' }) }
let server: RpcServer
beforeAll(async () => {
  const unary = {
    OpenAccount: no, FindAccount: no, GetAccount: no, ChangeEmail: no,
    GetProfile: async ({ profile_id }: { readonly profile_id: string }) => {
      if (profile_id !== 'ada') throw new Refused({ code: 'profile_not_found', message: 'there is no such profile' })
      return { profile_id, account_id: 'A', kids: false }
    },
    GetViewing: async ({ viewing_id }: { readonly viewing_id: string }) => {
      if (viewing_id !== 'seen') throw new Refused({ code: 'viewing_not_found', message: 'no viewing has this id' })
      return { viewing_id, profile_id: 'ada', title_id: 'heat' }
    },
  }
  const services = [{ contract: contract<AccountServiceClient>('cdlc/user/v1/accounts.proto', 'cdlc.user.v1.AccountService'), access: { roles: ['service'] as const }, unary }]
  server = await startRpc({ host: '127.0.0.1', port: 0, services, verifier: verifierOf({ program }), checks: {}, log: () => undefined })
})
afterAll(() => server.close())

test('a profile and a viewing are told with whose they are; those that are not there are none', async () => {
  const { findProfile, findViewing } = openAccounts(`127.0.0.1:${server.port}`, async () => 'program')
  expect(await findProfile('ada')).toEqual({ profile_id: 'ada', account_id: 'A', kids: false })
  expect(await findViewing('seen')).toEqual({ viewing_id: 'seen', profile_id: 'ada', title_id: 'heat' })
  expect([await findProfile('gone'), await findViewing('gone')]).toEqual([undefined, undefined])
  const stranger = openAccounts(`127.0.0.1:${server.port}`, async () => 'nobody')
  await expect(stranger.findViewing('seen')).rejects.toThrow('unauthenticated')
})
