import { expect, test } from 'vitest'
import { answerHeaders, requestHeaders, requestIdOf } from './headers.ts'

const origin = { address: '10.0.0.7', request_id: 'request-1', publicUrl: new URL('https://creme.example'), trace: { traceparent: '00-a-b-01' } }

test('what a client says of who and where it is does not pass; what the gateway found out does', () => {
  const to = requestHeaders({
    'host': 'evil.example', 'authorization': 'Bearer person', 'cookie': 'a=b', 'x-forwarded-for': '1.1.1.1', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http', 'forwarded': 'for=1.1.1.1',
    'x-real-ip': '1.1.1.1', 'x-original-url': '/metrics', 'x-http-method-override': 'DELETE', 'x-request-id': 'theirs', 'content-length': '5', 'baggage': 'k=v', 'if-match': '"x.1"', 'accept': 'application/json',
  }, { ...origin, authorization: 'Bearer identity' })
  expect(to).toEqual({
    'accept': 'application/json', 'if-match': '"x.1"', 'authorization': 'Bearer identity', 'x-forwarded-for': '10.0.0.7', 'x-forwarded-host': 'creme.example', 'x-forwarded-proto': 'https',
    'x-request-id': 'request-1', 'traceparent': '00-a-b-01',
  })
})
test('headers of one connection do not pass, nor those that it names; it cannot name away what the gateway says', () => {
  const to = requestHeaders({ 'connection': 'keep-alive, X-Secret, Authorization, X-Forwarded-For', 'x-secret': 's', 'keep-alive': 'timeout=5', 'te': 'trailers', 'transfer-encoding': 'chunked', 'upgrade': 'websocket', 'sec-websocket-key': 'k', 'expect': '100-continue' }, { ...origin, authorization: 'Bearer identity' })
  expect(Object.keys(to).toSorted()).toEqual(['authorization', 'traceparent', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-request-id'])
})
test('cookies go to the authorization server alone, and come from it alone', () => {
  expect(requestHeaders({ cookie: 'a=b' }, { ...origin, cookie: 'a=b' })).toMatchObject({ cookie: 'a=b' })
  const from = { 'set-cookie': ['a=1', 'b=2'], 'server': 'x', 'x-powered-by': 'y', 'connection': 'close, x-inner', 'x-inner': '1', 'etag': '"e"', 'access-control-allow-origin': '*' }
  expect(answerHeaders(from, false)).toEqual({ etag: '"e"' })
  expect(answerHeaders(from, true)).toEqual({ 'etag': '"e"', 'set-cookie': ['a=1', 'b=2'] })
})
test('a request id is taken over where it is well-formed, and made where not', () => {
  const made = (given: string | undefined): string => requestIdOf(given, () => 'made')
  expect([made('01HX-abc_123'), made(undefined), made('short'), made('a'.repeat(65)), made('a b c d e f'), made('evil\r\nx: y')]).toEqual(['01HX-abc_123', 'made', 'made', 'made', 'made', 'made'])
})
