/** Accounts for the programs of the platform, by gRPC: the same decider and store as the routes. */
import type { AccountServiceClient } from '@cdlc/schemas/generated/proto/cdlc/user/v1/AccountService.ts'
import type { ChangeEmailRequest__Output } from '@cdlc/schemas/generated/proto/cdlc/user/v1/ChangeEmailRequest.ts'
import type { ChangeEmailResponse } from '@cdlc/schemas/generated/proto/cdlc/user/v1/ChangeEmailResponse.ts'
import type { FindAccountRequest__Output } from '@cdlc/schemas/generated/proto/cdlc/user/v1/FindAccountRequest.ts'
import type { FindAccountResponse } from '@cdlc/schemas/generated/proto/cdlc/user/v1/FindAccountResponse.ts'
import type { GetAccountRequest__Output } from '@cdlc/schemas/generated/proto/cdlc/user/v1/GetAccountRequest.ts'
import type { GetAccountResponse } from '@cdlc/schemas/generated/proto/cdlc/user/v1/GetAccountResponse.ts'
import type { GetProfileRequest__Output } from '@cdlc/schemas/generated/proto/cdlc/user/v1/GetProfileRequest.ts'
import type { GetProfileResponse } from '@cdlc/schemas/generated/proto/cdlc/user/v1/GetProfileResponse.ts'
import type { GetViewingRequest__Output } from '@cdlc/schemas/generated/proto/cdlc/user/v1/GetViewingRequest.ts'
import type { GetViewingResponse } from '@cdlc/schemas/generated/proto/cdlc/user/v1/GetViewingResponse.ts'
import type { OpenAccountRequest__Output } from '@cdlc/schemas/generated/proto/cdlc/user/v1/OpenAccountRequest.ts'
import type { OpenAccountResponse } from '@cdlc/schemas/generated/proto/cdlc/user/v1/OpenAccountResponse.ts'
import { Refused } from '../shared/errors.ts'
import { contract } from '../shared/grpc-contract.ts'
import type { RpcService } from '../shared/grpc-server.ts'
import { openAccount, reviseAccount } from './account-commands.ts'
import { readAccount, readAccountOf } from './account-store.ts'
import type { Account } from './account.ts'
import type { CustomerPorts } from './ports.ts'
import { readOwner } from './profile-store.ts'
import { isCountry, isEmail } from './schemas.ts'
import { readViewed } from './viewing-store.ts'

const accountService = contract<AccountServiceClient>('cdlc/user/v1/accounts.proto', 'cdlc.user.v1.AccountService')

const told = ({ account_id, email, country }: Account) => ({ account_id, email, country: country ?? '' })
function found(account: Account | undefined): { readonly account: ReturnType<typeof told> } {
  if (account === undefined) throw new Refused({ code: 'account_not_found', message: 'there is no such account' })
  return { account: told(account) }
}

function mustBeEmail(email: string): void {
  if (!isEmail(email)) throw new Refused({ code: 'invalid_request', message: 'must be an e-mail address', field: 'email' })
}

/** Reads see all that was written before: who signs in may have signed up a moment ago. */
export function accountRpc({ database, clock, vault }: Pick<CustomerPorts, 'database' | 'clock' | 'vault'>): RpcService {
  return {
    contract: accountService,
    access: { roles: ['service'] },
    unary: {
      OpenAccount: async ({ email, country }: OpenAccountRequest__Output): Promise<OpenAccountResponse> => {
        mustBeEmail(email)
        if (country !== '' && !isCountry(country))
          throw new Refused({ code: 'invalid_request', message: 'must be an ISO 3166-1 alpha-2 code, or empty', field: 'country' })
        const { account, opened } = await database.transact((sql) =>
          openAccount({ clock, vault }, sql, { email, country: country === '' ? null : country }),
        )
        return { account: told(account), opened }
      },
      FindAccount: async ({ email }: FindAccountRequest__Output): Promise<FindAccountResponse> =>
        found(await database.read((sql) => readAccountOf(sql, vault, email))),
      GetAccount: async ({ account_id }: GetAccountRequest__Output): Promise<GetAccountResponse> =>
        found(await database.read((sql) => readAccount(sql, vault, account_id))),
      GetProfile: async ({ profile_id }: GetProfileRequest__Output): Promise<GetProfileResponse> => {
        const owner = await database.read((sql) => readOwner(sql, profile_id))
        if (owner === undefined) throw new Refused({ code: 'profile_not_found', message: 'there is no such profile' })
        return { profile_id, ...owner }
      },
      GetViewing: async ({ viewing_id }: GetViewingRequest__Output): Promise<GetViewingResponse> => {
        const viewed = await database.read((sql) => readViewed(sql, viewing_id))
        if (viewed === undefined) throw new Refused({ code: 'viewing_not_found', message: 'no viewing has this id' })
        return { viewing_id, ...viewed }
      },
      ChangeEmail: async ({ account_id, email }: ChangeEmailRequest__Output): Promise<ChangeEmailResponse> => {
        mustBeEmail(email)
        return { account: told(await database.transact((sql) => reviseAccount({ clock, vault }, sql, account_id, { email }))) }
      },
    },
  }
}
