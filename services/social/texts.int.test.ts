/** Words over the real MySQL, and by gRPC as other programs read them. */
import type { SocialServiceClient } from '@cdlc/schemas/generated/proto/cdlc/user/v1/SocialService.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openRpc, type Rpc } from '../shared/grpc-client.ts'
import { contract } from '../shared/grpc-contract.ts'
import { startRpc, type RpcServer } from '../shared/grpc-server.ts'
import { person, program, verifierOf } from '../shared/testing.ts'
import { eraseAccount } from './erasure.ts'
import { socialRpc } from './rpc.ts'
import { heat, missing, realSocial, type Joined, type RealSocial } from './testing.ts'
import { openKeys } from './text-keys.ts'
import { readTexts } from './text-reading.ts'
import { mostBytes } from './texts.ts'

let social: RealSocial
let server: RpcServer
const socialService = contract<SocialServiceClient>('cdlc/user/v1/social.proto', 'cdlc.user.v1.SocialService')
let rpc: Rpc<SocialServiceClient>
const clientOf = (token: string): Rpc<SocialServiceClient> =>
  openRpc(socialService, { name: 'social', address: `127.0.0.1:${server.port}`, token: async () => token, timeout_ms: 10_000 })
beforeAll(async () => {
  social = await realSocial()
  server = await startRpc({ host: '127.0.0.1', port: 0, services: [socialRpc(social.ports)], verifier: verifierOf({ program, ada: person(missing) }), checks: {}, log: () => {} })
  rpc = clientOf('program')
})
afterAll(async () => {
  rpc.close()
  await server.close()
  await social.close()
})

const review = (who: Joined, body: string, expected = 201) =>
  social.as(who, expected, { method: 'POST', url: `/v1/members/${who.profile_id}/reviews`, payload: { title_id: heat, body, spoiler: false, language: 'en' } })
interface Said { readonly text_id: string; readonly body: string }
const textsOf = async (who: Joined) => (await social.rows<Said>('SELECT text_id FROM texts WHERE account_id = ? ORDER BY text_id', who.account_id)).map(({ text_id }) => text_id)
const read = async (text_ids: readonly string[]) =>
  new Map((await rpc.ask<object, { readonly texts: readonly Said[] }>('ReadTexts', { text_ids })).texts.map(({ text_id, body }) => [text_id, body]))

test('programs read words by their ids; of what is not there they are told nothing', async () => {
  const ada = await social.join('ada')
  await review(ada, 'so long')
  const [text_id = ''] = await textsOf(ada)
  expect(await read([text_id, missing, text_id])).toEqual(new Map([[text_id, 'so long']]))
  expect(await read([])).toEqual(new Map())
  await expect(rpc.ask('ReadTexts', { text_ids: Array.from({ length: 201 }, () => missing) })).rejects.toMatchObject({ code: 'invalid_request' })
})
test('people do not', async () => {
  const ada = clientOf('ada')
  await expect(ada.ask('ReadTexts', { text_ids: [missing] })).rejects.toThrow('this is for service (forbidden)')
  ada.close()
})
test('after an erasure nobody reads what a view still has', async () => {
  const ada = await social.join('ada')
  await review(ada, 'so long')
  const text_ids = await textsOf(ada)
  const sealed = await social.ports.views.reviews.texts(text_ids)
  const late = { ...social.ports, keys: openKeys(social.database), views: { ...social.ports.views, reviews: { ...social.ports.views.reviews, texts: async () => sealed } } }
  expect(await eraseAccount(social.ports, ada.account_id, () => false)).toBe(true)
  expect((await readTexts(late, text_ids)).size).toBe(0)
})
test('words that are too long for their place are refused, and leave nothing behind', async () => {
  const ada = await social.join('ada')
  const long = '🎬'.repeat(Math.floor(mostBytes / 4))
  expect((await review(ada, `${long}🎬`, 400)).json()).toMatchObject({ code: 'invalid_request', errors: [{ field: 'body' }] })
  expect([await textsOf(ada), await social.rows('SELECT 1 FROM reviews WHERE profile_id = ?', ada.profile_id)]).toEqual([[], []])
  const { review_id } = (await review(ada, long)).json<{ review_id: string }>()
  await social.as(ada, 200, { method: 'PATCH', url: `/v1/members/${ada.profile_id}/reviews/${review_id}`, payload: { body: 'short' } })
  expect((await social.as(ada, 200, { url: `/v1/reviews/${review_id}/edits?as=${ada.profile_id}` })).json()).toMatchObject({ items: [{ edit: 0, body: long }], next_cursor: null })
})
test('what was said before is read page by page, in the order in which it was said', async () => {
  const ada = await social.join('ada')
  const { review_id } = (await review(ada, '0')).json<{ review_id: string }>()
  for (const body of ['1', '2', '3']) await social.as(ada, 200, { method: 'PATCH', url: `/v1/members/${ada.profile_id}/reviews/${review_id}`, payload: { body } })
  const url = `/v1/reviews/${review_id}/edits?limit=2`
  const first = (await social.as(ada, 200, { url: `${url}&as=${ada.profile_id}` })).json<{ items: { body: string }[]; next_cursor: string }>()
  const second = (await social.as(social.moderator, 200, { url: `${url}&cursor=${first.next_cursor}` })).json<{ items: { body: string }[]; next_cursor: null }>()
  expect([first, second].flatMap(({ items }) => items.map(({ body }) => body))).toEqual(['0', '1', '2'])
  expect(second.next_cursor).toBeNull()
  await social.as(ada, 404, { url })
})
