/** Prose, asked of social, which alone can open it. */
import type { ReadTextsRequest } from '@cdlc/schemas/generated/proto/cdlc/user/v1/ReadTextsRequest.ts'
import type { ReadTextsResponse__Output } from '@cdlc/schemas/generated/proto/cdlc/user/v1/ReadTextsResponse.ts'
import type { SocialServiceClient } from '@cdlc/schemas/generated/proto/cdlc/user/v1/SocialService.ts'
import { openRpc } from '../shared/grpc-client.ts'
import { contract } from '../shared/grpc-contract.ts'
import type { GraphPorts } from './ports.ts'

const socialService = contract<SocialServiceClient>('cdlc/user/v1/social.proto', 'cdlc.user.v1.SocialService')

/** Connects at the first question. */
export function openTexts(address: string, token: () => Promise<string>): GraphPorts['texts'] {
  const rpc = openRpc(socialService, { name: 'social', address, token })
  return async (text_ids) => {
    const { texts } = await rpc.ask<ReadTextsRequest, ReadTextsResponse__Output>('ReadTexts', { text_ids: [...text_ids] }, { repeat: true })
    return new Map(texts.map(({ text_id, body }) => [text_id, body]))
  }
}
