import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fresh } from '../real.ts'
import type { AccountServiceClient } from '@cdlc/schemas/generated/proto/cdlc/user/v1/AccountService.ts'
import type { CredentialServiceClient } from '@cdlc/schemas/generated/proto/cdlc/user/v1/CredentialService.ts'
import { Refused } from '../shared/errors.ts'
import { openRpc, type Rpc } from '../shared/grpc-client.ts'
import { contract } from '../shared/grpc-contract.ts'
import { startRpc, type RpcServer } from '../shared/grpc-server.ts'
import { rpcAccounts } from './accounts.ts'
import { credentialRpc, credentialService } from './rpc.ts'
import { startServer, type Running } from './testing.ts'
import { ask, beginFlow, codeIn, openBrowser, redeem, signIn } from './testing-browser.ts'

const password = 'a quiet lantern 42'
let server: Running
let rpcServer: RpcServer
let rpc: Rpc<CredentialServiceClient>
beforeAll(async () => {
  server = await startServer()
  const { verifier } = server
  rpcServer = await startRpc({ host: '127.0.0.1', port: 0, services: [credentialRpc(server.ports)], verifier, checks: {}, log: () => undefined })
  rpc = openRpc(credentialService, { name: 'authorization-server', address: `127.0.0.1:${rpcServer.port}`, token: () => server.ports.authority.ownToken() })
})
afterAll(async () => {
  rpc.close()
  await rpcServer.close()
  await server.stop()
})
const enrol = (email: string, some: object = {}): Promise<{ readonly account_id: string }> => rpc.ask('EnrolAccount', { email, password, roles: ['editor'], country: 'GB', ...some })
const hasCode = async (email: string, chosen: string): Promise<boolean> => (await signIn(openBrowser(server.url), beginFlow(server), email, chosen)).url.searchParams.has('code')

describe('enrolling', () => {
  test('opens an account whose holder may sign in, and sets password and roles anew when repeated', async () => {
    const email = `${fresh()}@example.invalid`
    const { account_id } = await enrol(email)
    expect(await hasCode(email, password)).toBe(true)
    expect((await enrol(email, { password: 'another quiet lantern', roles: ['operator'] })).account_id).toBe(account_id)
    expect([await hasCode(email, password), await hasCode(email, 'another quiet lantern')]).toEqual([false, true])
    expect((await server.ports.credentials.read(account_id))?.roles).toEqual(['viewer', 'operator'])
  })
  test('refuses a password that will not do, and roles that are none or a program’s', async () => {
    for (const some of [{ password: 'password1234' }, { roles: ['emperor'] }, { roles: ['service'] }]) {
      await expect(enrol(`${fresh()}@example.invalid`, some)).rejects.toMatchObject({ code: 'invalid_request' })
    }
  })
  test('is for programs: a person’s token is not taken', async () => {
    const email = `${fresh()}@example.invalid`
    await server.enrol(email, password, ['viewer', 'operator'])
    const flow = beginFlow(server)
    const { body } = await redeem(server, codeIn(await signIn(openBrowser(server.url), flow, email, password)), flow)
    const other = openRpc(credentialService, { name: 'authorization-server', address: `127.0.0.1:${rpcServer.port}`, token: async () => body.access_token })
    await expect(other.ask('EndSessions', { account_id: 'x', session_id: '' })).rejects.toThrow(/unauthenticated/)
    other.close()
  })
})

describe('sessions', () => {
  async function twoSignIns() {
    const email = `${fresh()}@example.invalid`
    const { account_id } = await enrol(email)
    const one = async () => {
      const browser = openBrowser(server.url)
      const flow = beginFlow(server)
      const { body } = await redeem(server, codeIn(await signIn(browser, flow, email, password)), flow)
      const { sid } = decodeJwt(body.access_token)
      return { browser, session_id: String(sid), refresh: () => ask(server, '/oauth/token', { grant_type: 'refresh_token', client_id: 'cdlc-web', refresh_token: body.refresh_token }) }
    }
    return { email, account_id, first: await one(), second: await one() }
  }
  interface Listed {
    readonly sessions: readonly { readonly session_id: string; readonly client_id: string; readonly signed_in_at: number; readonly last_used_at: number }[]
  }
  test('are listed newest first, and one of them is ended by itself', async () => {
    const { account_id, first, second } = await twoSignIns()
    const { sessions } = await rpc.ask<object, Listed>('ListSessions', { account_id })
    expect(sessions.map(({ session_id }) => session_id)).toEqual([second.session_id, first.session_id])
    expect(await rpc.ask('EndSessions', { account_id, session_id: first.session_id })).toEqual({ ended: 1 })
    expect([(await first.refresh()).status, (await second.refresh()).status]).toEqual([400, 200])
    expect(await rpc.ask('EndSessions', { account_id, session_id: first.session_id })).toEqual({ ended: 0 })
  })
  test('are all ended at once, in browsers too', async () => {
    const { account_id, first, second } = await twoSignIns()
    expect(await rpc.ask('EndSessions', { account_id, session_id: '' })).toEqual({ ended: 2 })
    for (const { browser, refresh } of [first, second]) expect([(await refresh()).status, (await browser.get(beginFlow(server).url)).body.includes('name="password"')]).toEqual([400, true])
  })
  test('of one account are not ended in the name of another', async () => {
    const [mine, other] = [await twoSignIns(), await twoSignIns()]
    const { sessions } = await rpc.ask<object, Listed>('ListSessions', { account_id: mine.account_id })
    expect(await rpc.ask('EndSessions', { account_id: other.account_id, session_id: sessions[0]?.session_id ?? '' })).toEqual({ ended: 0 })
    expect((await mine.second.refresh()).status).toBe(200)
  })
})

test('customer-services is asked for another address, and answers whether it is somebody else’s', async () => {
  const told: unknown[] = []
  const ChangeEmail = async (request: { readonly account_id: string; readonly email: string }) => {
    told.push(request)
    if (request.email.startsWith('taken')) throw new Refused({ code: 'email_taken', message: 'is taken', field: 'email' })
    if (request.account_id === 'gone') throw new Refused({ code: 'account_not_found', message: 'there is no such account' })
    return { account: { ...request, country: '' } }
  }
  const { verifier } = server
  const other = await startRpc({
    host: '127.0.0.1', port: 0, verifier, checks: {}, log: () => undefined,
    services: [{ contract: contract<AccountServiceClient>('cdlc/user/v1/accounts.proto', 'cdlc.user.v1.AccountService'), access: { roles: ['service'] }, unary: { ChangeEmail, OpenAccount: ChangeEmail, FindAccount: ChangeEmail, GetAccount: ChangeEmail, GetProfile: ChangeEmail, GetViewing: ChangeEmail } }],
  })
  const accounts = rpcAccounts(`127.0.0.1:${other.port}`, () => server.ports.authority.ownToken())
  expect([await accounts.changeEmail('A', 'free@example.invalid'), await accounts.changeEmail('A', 'taken@example.invalid')]).toEqual([true, false])
  await expect(accounts.changeEmail('gone', 'free@example.invalid')).rejects.toMatchObject({ code: 'account_not_found' })
  expect(told).toEqual([['A', 'free'], ['A', 'taken'], ['gone', 'free']].map(([account_id, name]) => ({ account_id, email: `${name}@example.invalid` })))
  accounts.close()
  await other.close()
})

test('erasing leaves nothing by which anybody could sign in, and may be repeated', async () => {
  const email = `${fresh()}@example.invalid`
  const { account_id } = await enrol(email)
  await server.ports.credentials.setTotp(account_id, 'A'.repeat(32), ['AAAAA-BBBBB'])
  expect(await rpc.ask('EraseCredentials', { account_id })).toEqual({})
  expect(await rpc.ask('EraseCredentials', { account_id })).toEqual({})
  expect(await hasCode(email, password)).toBe(false)
  for (const table of ['credentials', 'recovery_codes', 'passkeys', 'one_time_tokens', 'sign_ins'])
    expect(await server.platform.database('user').read((sql) => sql.rows(`SELECT 1 FROM ${table} WHERE account_id = ?`, [account_id]))).toEqual([])
})
