import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addressesFrom, addressOf, isOperator } from './addresses.ts'
import { createIssuer, makeGateway } from './testing.ts'

describe('a list of addresses', () => {
  const listed = addressesFrom('CDLC_TEST', '10.0.0.7, 10.1.0.0/16,fd00::/8 , ::1')
  test.each([
    ['10.0.0.7', true], ['10.0.0.8', false], ['10.1.255.1', true], ['10.2.0.1', false], ['::ffff:10.1.2.3', true], ['::ffff:10.2.2.3', false],
    ['fdab::1', true], ['fe80::1', false], ['::1', true], ['fdab::1%eth0', true], ['x', false], ['', false], [undefined, false],
  ])('%s: %s', (address, is) => { expect(listed(address)).toBe(is) })
  test('that is empty names nobody', () => { expect(addressesFrom('CDLC_TEST', '')('127.0.0.1')).toBe(false) })
  test.each(['localhost', '10.0.0.0/33', '10.0.0.0/', '::1/129', '0.0.0.0/0', '::/0', '10.0.0', '10.0.0.1/8/8', 'true'])('%s is refused, by the name of the setting', (text) => {
    expect(() => addressesFrom('CDLC_TEST', `10.0.0.1,${text}`)).toThrow(`reading CDLC_TEST: '${text}'`)
  })
})

describe('the address of a client', () => {
  test.each([
    [['10.0.0.7', '203.0.113.9'], '203.0.113.9'], [['10.0.0.7', '203.0.113.9:4711'], '203.0.113.9'], [['10.0.0.7', '[2001:db8::1]:4711'], '2001:db8::1'], [['::ffff:203.0.113.9'], '203.0.113.9'],
    [['10.0.0.7', 'unknown'], '10.0.0.7'], [['10.0.0.7', '<script>'], '10.0.0.7'], [['10.0.0.7', '10.0.0.8', ''], '10.0.0.8'],
  ])('of %j is %s', (ips, address) => { expect(addressOf({ ip: '', ips })).toBe(address) })
  test('whose connection has gone is told by none', () => { expect(addressOf({ ip: undefined as unknown as string, ips: [undefined as unknown as string] })).toBe('') })
})

describe('an operator', () => {
  const loopback = addressesFrom('CDLC_TEST', '127.0.0.0/8')
  const from = (remoteAddress: string, headers: Readonly<Record<string, string>> = {}, proxies = ''): boolean =>
    isOperator({ raw: { socket: { remoteAddress } }, headers } as unknown as Parameters<typeof isOperator>[0], loopback, addressesFrom('CDLC_TEST', proxies))
  test('is told by the connection', () => { expect([from('127.0.0.1'), from('127.9.9.9'), from('203.0.113.9')]).toEqual([true, true, false]) })
  test('is nobody who came through a proxy, be it trusted, unknown, or silent about whom it speaks for', () => {
    expect(['x-forwarded-for', 'forwarded', 'via', 'x-real-ip'].map((mark) => from('127.0.0.1', { [mark]: '127.0.0.1' }))).toEqual([false, false, false, false])
    expect(from('127.0.0.1', {}, '127.0.0.1')).toBe(false)
  })
})

describe('what is for operators', () => {
  let app: FastifyInstance
  beforeAll(async () => {
    app = (await makeGateway({ issuer: await createIssuer(), ports: { operators: addressesFrom('CDLC_TEST', '127.0.0.0/8,10.0.0.9'), proxies: addressesFrom('CDLC_TEST', '10.0.0.7') } })).app
  })
  afterAll(() => app.close())
  const from = async (remoteAddress: string, url: string, headers: Readonly<Record<string, string>> = {}) => app.inject({ url, remoteAddress, headers })

  test.each(['/metrics', '/readyz', '/metrics?x', '/readyz?x'])('%s is answered to them alone; to everybody else it is no path like any other', async (url) => {
    const nowhere = await from('203.0.113.9', '/nowhere')
    for (const [address, headers] of [['203.0.113.9', {}], ['203.0.113.9', { 'x-forwarded-for': '127.0.0.1' }], ['10.0.0.7', {}], ['10.0.0.7', { 'x-forwarded-for': '127.0.0.1' }], ['127.0.0.1', { 'x-forwarded-for': '203.0.113.9' }]] as const) {
      const answer = await from(address, url, { 'x-request-id': 'the-same-for-both', ...headers })
      expect([answer.statusCode, answer.body, Object.keys(answer.headers)]).toEqual([404, nowhere.body, Object.keys(nowhere.headers)])
    }
    // a query that health does not know is 400 to whom it is answered
    for (const address of ['127.0.0.1', '10.0.0.9', '::ffff:127.0.0.1']) expect((await from(address, url)).statusCode).toBe(url === '/readyz?x' ? 400 : 200)
  })
  test('health is answered to everybody', async () => {
    for (const address of ['203.0.113.9', '10.0.0.7']) expect((await from(address, '/healthz')).statusCode).toBe(200)
  })
})
