/** Accounts by gRPC over the real MySQL, as the authorization server asks for them; and the authorization server as it is asked. */
import type { AccountServiceClient } from '@cdlc/schemas/generated/proto/cdlc/user/v1/AccountService.ts'
import type { SocialServiceClient } from '@cdlc/schemas/generated/proto/cdlc/user/v1/SocialService.ts'
import type { CredentialServiceClient } from '@cdlc/schemas/generated/proto/cdlc/user/v1/CredentialService.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fresh, send } from '../real.ts'
import { openRpc, type Rpc } from '../shared/grpc-client.ts'
import { contract } from '../shared/grpc-contract.ts'
import { startRpc, type RpcServer } from '../shared/grpc-server.ts'
import { person, program, verifierOf } from '../shared/testing.ts'
import { portsOf } from './app.ts'
import { openCredentials } from './credentials.ts'
import { accountRpc } from './rpc.ts'
import { openSocial } from './social.ts'
import { heat, missing, realCustomers, type Customers } from './testing.ts'

const accounts = contract<AccountServiceClient>('cdlc/user/v1/accounts.proto', 'cdlc.user.v1.AccountService')
const verifier = verifierOf({ program, ada: person(missing) })
const faults: unknown[] = []
let customers: Customers
let server: RpcServer
let rpc: Rpc<AccountServiceClient>
const clientOf = (token: string): Rpc<AccountServiceClient> =>
  openRpc(accounts, { name: 'customer-services', address: `127.0.0.1:${server.port}`, token: async () => token, timeout_ms: 10_000 })
const serve = (services: Parameters<typeof startRpc>[0]['services']): Promise<RpcServer> =>
  startRpc({ host: '127.0.0.1', port: 0, services, verifier, checks: {}, log: (error) => faults.push(error) })

beforeAll(async () => {
  customers = await realCustomers()
  server = await serve([accountRpc(portsOf(customers.platform))])
  rpc = clientOf('program')
})
afterAll(async () => {
  rpc.close()
  await server.close()
  await customers.close()
})

test('an account is opened once, whoever opens it, and found by address and id', async () => {
  const email = `${fresh()}@example.invalid`
  const open = () => rpc.ask<object, { account: { account_id: string }; opened: boolean }>('OpenAccount', { email, country: 'GB' })
  const answers = await Promise.all(Array.from({ length: 6 }, open))
  const [{ account } = { account: { account_id: '' } }] = answers
  expect(answers.filter(({ opened }) => opened)).toHaveLength(1)
  expect(answers.map((answer) => answer.account)).toEqual(answers.map(() => ({ account_id: account.account_id, email, country: 'GB' })))
  expect(await rpc.ask('FindAccount', { email: email.toUpperCase() })).toEqual({ account })
  expect(await rpc.ask('GetAccount', { account_id: account.account_id })).toEqual({ account })
  expect((await send(customers.app, 200, { url: `/v1/accounts/${account.account_id}` })).json()).toMatchObject({ email, country: 'GB' })
})

test('who is not there is not found, and what is no address or country is refused', async () => {
  await expect(rpc.ask('FindAccount', { email: `${fresh()}@example.invalid` })).rejects.toMatchObject({ code: 'account_not_found' })
  await expect(rpc.ask('GetAccount', { account_id: missing })).rejects.toMatchObject({ code: 'account_not_found' })
  for (const request of [{ email: 'nobody' }, { email: `${'a'.repeat(260)}@b` }, { email: 'a@b', country: 'gb' }, { email: '' }])
    await expect(rpc.ask('OpenAccount', request)).rejects.toMatchObject({ code: 'invalid_request' })
})

test('a profile is told with whose it is, and whether it is for kids', async () => {
  const account_id = await customers.open()
  const profile_id = await customers.addProfile('Ada', account_id)
  expect(await rpc.ask('GetProfile', { profile_id })).toEqual({ profile_id, account_id, kids: false })
  await send(customers.app, 200, { method: 'PATCH', url: `/v1/profiles/${profile_id}`, payload: { kids: true } })
  expect(await rpc.ask('GetProfile', { profile_id })).toEqual({ profile_id, account_id, kids: true })
  await send(customers.app, 204, { method: 'DELETE', url: `/v1/profiles/${profile_id}` })
  for (const gone of [profile_id, missing]) await expect(rpc.ask('GetProfile', { profile_id: gone })).rejects.toMatchObject({ code: 'profile_not_found' })
})

test('a viewing is told with whose it is and of which title, from the moment that it is written', async () => {
  const account_id = await customers.open()
  const profile_id = await customers.addProfile('Ada', account_id)
  const added = await customers.as(account_id, 201, { method: 'POST', url: `/v1/profiles/${profile_id}/viewings`, payload: { title_id: heat, liked: false } })
  const { viewing_id } = added.json<{ readonly viewing_id: string }>()
  expect(await rpc.ask('GetViewing', { viewing_id })).toEqual({ viewing_id, profile_id, title_id: heat })
  await expect(rpc.ask('GetViewing', { viewing_id: missing })).rejects.toMatchObject({ code: 'viewing_not_found' })
})

test('an address is changed to a free one, may be told twice, and is never two accounts’', async () => {
  const [email, next, other] = [fresh(), fresh(), fresh()].map((word) => `${word}@example.invalid`)
  const open = (address = '') => rpc.ask<object, { account: { account_id: string } }>('OpenAccount', { email: address, country: 'GB' })
  const { account: { account_id } } = await open(email)
  await open(other)
  for (let again = 0; again < 2; again++)
    expect(await rpc.ask('ChangeEmail', { account_id, email: next })).toEqual({ account: { account_id, email: next, country: 'GB' } })
  await expect(rpc.ask('FindAccount', { email })).rejects.toMatchObject({ code: 'account_not_found' })
  expect(await rpc.ask('FindAccount', { email: next })).toMatchObject({ account: { account_id } })
  await expect(rpc.ask('ChangeEmail', { account_id, email: other })).rejects.toMatchObject({ code: 'email_taken' })
  await expect(rpc.ask('ChangeEmail', { account_id: missing, email })).rejects.toMatchObject({ code: 'account_not_found' })
  await expect(rpc.ask('ChangeEmail', { account_id, email: 'nobody' })).rejects.toMatchObject({ code: 'invalid_request' })
})

test('a person may not ask, nor who has no token of ours', async () => {
  for (const [token, words] of [['ada', 'forbidden'], ['nobody', 'unauthenticated']] as const) {
    const stranger = clientOf(token)
    await expect(stranger.ask('FindAccount', { email: 'a@b' })).rejects.toThrow(words)
    await expect(stranger.ask('ChangeEmail', { account_id: missing, email: 'a@b' })).rejects.toThrow(words)
    stranger.close()
  }
})

test('the authorization server is asked for sessions, and told to end and to erase', async () => {
  const told: (readonly [string, unknown])[] = []
  const tell = <A>(method: string, answer: A) => async (request: unknown): Promise<A> => {
    told.push([method, request])
    return answer
  }
  const session = { session_id: 'S', client_id: 'app', device: 'Firefox', signed_in_at: 1_790_000_000_123, last_used_at: 1_790_000_000_456 }
  const other = await serve([
    {
      contract: contract<CredentialServiceClient>('cdlc/user/v1/credentials.proto', 'cdlc.user.v1.CredentialService'),
      access: { roles: ['service'] },
      unary: {
        EnrolAccount: tell('enrol', {}),
        ListSessions: tell('list', { sessions: [session] }),
        EndSessions: tell('end', { ended: 1 }),
        EraseCredentials: tell('erase', {}),
      },
    },
  ])
  const credentials = openCredentials(`127.0.0.1:${other.port}`, async () => 'program')
  expect(await credentials.sessions('A')).toEqual([session])
  expect([await credentials.end('A', 'S'), await credentials.end('A', undefined)]).toEqual([1, 1])
  await credentials.erase('A')
  expect(told).toEqual([
    ['list', { account_id: 'A' }],
    ['end', { account_id: 'A', session_id: 'S' }],
    ['end', { account_id: 'A', session_id: '' }],
    ['erase', { account_id: 'A' }],
  ])
  credentials.close()
  await other.close()
  expect(faults).toEqual([])
})

test('social is asked to erase piece by piece, and for all that is to be exported', async () => {
  const told: (readonly [string, unknown])[] = []
  const tell = <A>(method: string, answer: A) => async (request: unknown): Promise<A> => {
    told.push([method, request])
    return answer
  }
  const lines = [{ file: 'reviews', line: '{}' }, { file: 'lists', line: '{}' }]
  const other = await serve([
    {
      contract: contract<SocialServiceClient>('cdlc/user/v1/social.proto', 'cdlc.user.v1.SocialService'),
      access: { roles: ['service'] },
      unary: { ReadTexts: tell('read', { texts: [] }), EraseAccount: tell('account', { done: false }), EraseProfile: tell('profile', { done: true }), ImportItems: tell('import', { outcomes: [{ item_id: '1', code: 'made' }] }) },
      streams: { ExportAccount: async function* () { yield* lines } },
    },
  ])
  const social = openSocial(`127.0.0.1:${other.port}`, async () => 'program')
  expect([await social.eraseAccount('A'), await social.eraseProfile('P')]).toEqual([false, true])
  expect(await social.importItems('A', 'P', [{ item_id: '1', like: { title_id: 'T' } }], new AbortController().signal)).toEqual([{ item_id: '1', code: 'made', message: '' }])
  const exported: unknown[] = []
  for await (const line of social.exportAccount('A', new AbortController().signal)) exported.push(line)
  expect(exported).toEqual(lines)
  expect(told).toMatchObject([
    ['account', { account_id: 'A' }], ['profile', { profile_id: 'P' }],
    ['import', { account_id: 'A', profile_id: 'P', items: [{ item_id: '1', what: 'like', like: { title_id: 'T', liked_at: 0 } }] }],
  ])
  social.close()
  await other.close()
  expect(faults).toEqual([])
})
