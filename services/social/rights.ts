/** A person's rights over what they have made here, for customer-services: handlers of SocialService. */
import type { EraseAccountRequest__Output } from '@cdlc/schemas/generated/proto/cdlc/user/v1/EraseAccountRequest.ts'
import type { EraseAccountResponse } from '@cdlc/schemas/generated/proto/cdlc/user/v1/EraseAccountResponse.ts'
import type { EraseProfileRequest__Output } from '@cdlc/schemas/generated/proto/cdlc/user/v1/EraseProfileRequest.ts'
import type { EraseProfileResponse } from '@cdlc/schemas/generated/proto/cdlc/user/v1/EraseProfileResponse.ts'
import type { ExportAccountRequest__Output } from '@cdlc/schemas/generated/proto/cdlc/user/v1/ExportAccountRequest.ts'
import type { ExportAccountResponse } from '@cdlc/schemas/generated/proto/cdlc/user/v1/ExportAccountResponse.ts'
import type { CallContext } from '../shared/grpc-server.ts'
import { eraseAccount, eraseProfile, type ErasurePorts } from './erasure.ts'
import { exportAccount } from './export.ts'

/** A call begins no further piece after this time: its answer is to come well before its deadline. */
const longest_ms = 1_000

/** Erasing stops when its time is up or nobody waits for it; who is told that it is not done asks again. */
export function rightsOf(ports: ErasurePorts) {
  const until = ({ signal }: CallContext): (() => boolean) => {
    const end = performance.now() + longest_ms
    return () => signal.aborted || performance.now() > end
  }
  return {
    unary: {
      EraseAccount: async ({ account_id }: EraseAccountRequest__Output, context: CallContext): Promise<EraseAccountResponse> => ({ done: await eraseAccount(ports, account_id, until(context)) }),
      EraseProfile: async ({ profile_id }: EraseProfileRequest__Output, context: CallContext): Promise<EraseProfileResponse> => ({ done: await eraseProfile(ports, profile_id, until(context)) }),
    },
    streams: {
      ExportAccount: ({ account_id }: ExportAccountRequest__Output): AsyncIterable<ExportAccountResponse> => exportAccount(ports, account_id),
    },
  }
}
