/** What people have written, for programs that show it; and a person's rights over it. */
import type { ImportItemsRequest__Output } from '@cdlc/schemas/generated/proto/cdlc/user/v1/ImportItemsRequest.ts'
import type { ImportItemsResponse } from '@cdlc/schemas/generated/proto/cdlc/user/v1/ImportItemsResponse.ts'
import type { ReadTextsRequest__Output } from '@cdlc/schemas/generated/proto/cdlc/user/v1/ReadTextsRequest.ts'
import type { ReadTextsResponse } from '@cdlc/schemas/generated/proto/cdlc/user/v1/ReadTextsResponse.ts'
import type { SocialServiceClient } from '@cdlc/schemas/generated/proto/cdlc/user/v1/SocialService.ts'
import { Refused } from '../shared/errors.ts'
import { contract } from '../shared/grpc-contract.ts'
import type { RpcService } from '../shared/grpc-server.ts'
import { importItems } from './import.ts'
import type { SocialPorts } from './ports.ts'
import { rightsOf } from './rights.ts'
import { readTexts } from './text-reading.ts'

const socialService = contract<SocialServiceClient>('cdlc/user/v1/social.proto', 'cdlc.user.v1.SocialService')
const most = 200

/** SocialService over any ports. */
export function socialRpc(ports: SocialPorts): RpcService {
  const { unary, streams } = rightsOf(ports)
  return {
    contract: socialService,
    access: { roles: ['service'] },
    unary: {
      ...unary,
      ImportItems: (request: ImportItemsRequest__Output): Promise<ImportItemsResponse> => importItems(ports, request),
      ReadTexts: async ({ text_ids }: ReadTextsRequest__Output): Promise<ReadTextsResponse> => {
        if (text_ids.length > most) throw new Refused({ code: 'invalid_request', message: `must be ${most} at most`, field: 'text_ids' })
        return { texts: [...await readTexts(ports, text_ids)].map(([text_id, body]) => ({ text_id, body })) }
      },
    },
    streams,
  }
}
