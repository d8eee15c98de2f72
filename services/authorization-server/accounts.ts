/** Accounts are customer-services': this is what is asked of them here. */
import type { AccountServiceClient } from '@cdlc/schemas/generated/proto/cdlc/user/v1/AccountService.ts'
import { Refused } from '../shared/errors.ts'
import { openRpc } from '../shared/grpc-client.ts'
import { contract } from '../shared/grpc-contract.ts'

export interface Account {
  readonly account_id: string
  readonly email: string
  /** ISO 3166-1 alpha-2; empty where unknown. */
  readonly country: string
}

export interface Accounts {
  find(email: string): Promise<Account | undefined>
  get(account_id: string): Promise<Account | undefined>
  /** Opens an account, or answers the one that has the address already. */
  open(email: string, country: string): Promise<Account>
  /** Gives an account another address; answers false where somebody else has it. */
  changeEmail(account_id: string, email: string): Promise<boolean>
  close(): void
}

interface Answer {
  readonly account: Account
}
const accountService = contract<AccountServiceClient>('cdlc/user/v1/accounts.proto', 'cdlc.user.v1.AccountService')

async function unlessMissing(answer: Promise<Answer>): Promise<Account | undefined> {
  try {
    return (await answer).account
  } catch (error) {
    if (error instanceof Refused && error.code === 'account_not_found') return undefined
    throw error
  }
}

/** Asks customer-services by gRPC. */
export function rpcAccounts(address: string, token: () => Promise<string>): Accounts {
  const rpc = openRpc(accountService, { name: 'customer-services', address, token })
  return {
    find: (email) => unlessMissing(rpc.ask<object, Answer>('FindAccount', { email }, { repeat: true })),
    get: (account_id) => unlessMissing(rpc.ask<object, Answer>('GetAccount', { account_id }, { repeat: true })),
    // opening twice opens once
    open: async (email, country) => (await rpc.ask<object, Answer>('OpenAccount', { email, country }, { repeat: true })).account,
    async changeEmail(account_id, email) {
      try {
        await rpc.ask<object, Answer>('ChangeEmail', { account_id, email }, { repeat: true })
        return true
      } catch (error) {
        if (error instanceof Refused && error.code === 'email_taken') return false
        throw error
      }
    },
    close: rpc.close,
  }
}
