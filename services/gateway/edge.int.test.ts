/** Behind an edge that ends TLS: whose word of where a request comes from is taken. */
import { afterEach, describe, expect, test } from 'vitest'
import { addressesFrom } from './addresses.ts'
import { usualLimits } from './rate.ts'
import { createStage, stats } from './testing-scene.ts'

const stage = createStage()
afterEach(() => stage.close())

/** A gateway that tests reach from 127.0.0.1, and that two requests a minute may ask to read. */
async function scene(trusted: string) {
  const limits = { ...usualLimits, people: { ...usualLimits.people, 'read': { requests: 2, period_ms: 60_000 }, 'sign-in': { requests: 100, period_ms: 60_000 } } }
  const made = await stage.scene(undefined, { ports: { proxies: addressesFrom('CDLC_TRUSTED_PROXIES', trusted), limits } })
  const from = (forwarded: string | undefined, path = '/auth/sign-in', more: Readonly<Record<string, string>> = {}): Promise<Response> => made.ask(path, { headers: { ...(forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }), ...more } })
  return { ...made, from }
}

describe('an edge that is trusted', () => {
  test.each([
    ['says of whom', '203.0.113.9', '203.0.113.9'],
    ['adds to what the client made up', '9.9.9.9, 203.0.113.9', '203.0.113.9'],
    ['adds to the name of an edge that the client made up', '127.0.0.1, 10.0.0.7, 203.0.113.9', '203.0.113.9'],
    ['is behind another', '9.9.9.9, 203.0.113.9, 10.0.0.7', '203.0.113.9'],
    ['is behind one that is not trusted', '203.0.113.9, 10.0.0.8', '10.0.0.8'],
    ['tells the port', '203.0.113.9:55555', '203.0.113.9'],
    ['says what is no address', '9.9.9.9, unknown', '127.0.0.1'],
    ['says nothing', undefined, '127.0.0.1'],
    ['speaks IPv6', '2001:db8::7', '2001:db8::7'],
  ])('%s: the service hears of one address, that of the client', async (_name, forwarded, address) => {
    const { double, from } = await scene('127.0.0.1,10.0.0.7')
    await from(forwarded, '/auth/sign-in', { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http', 'forwarded': 'for=9.9.9.9', 'x-real-ip': '9.9.9.9' })
    const headers = double.requests[0]?.headers
    expect(headers).toMatchObject({ 'x-forwarded-for': address, 'x-forwarded-host': 'creme.example', 'x-forwarded-proto': 'https' })
    expect([headers?.['forwarded'], headers?.['x-real-ip']]).toEqual([undefined, undefined])
  })
  test('each client has a limit of its own, and none gets another by what it makes up', async () => {
    const { from } = await scene('127.0.0.0/8')
    const statuses = async (...forwarded: readonly string[]): Promise<number[]> => { const all: number[] = []; for (const one of forwarded) all.push((await from(one, stats)).status); return all }
    expect(await statuses('203.0.113.9', '9.9.9.1, 203.0.113.9', '9.9.9.2, 203.0.113.9', '127.0.0.1, 203.0.113.9')).toEqual([200, 200, 429, 429])
    expect(await statuses('203.0.113.10', '203.0.113.10', '203.0.113.10')).toEqual([200, 200, 429])
    // of IPv6 it is the network that counts
    expect(await statuses('2001:db8::1', '2001:db8::2', '2001:db8:0:0:7::3', '2001:db8:0:1::3')).toEqual([200, 200, 429, 200])
  })
})

describe('whoever is no trusted edge', () => {
  test.each([['none is', ''], ['others are', '10.0.0.7,203.0.113.0/24']])('where %s, is not believed: its address is its own, and its limit too', async (_name, trusted) => {
    const { double, from } = await scene(trusted)
    expect((await from('203.0.113.9, 10.0.0.7')).status).toBe(200)
    expect(double.requests[0]?.headers['x-forwarded-for']).toBe('127.0.0.1')
    const all = [await from('203.0.113.9', stats), await from('203.0.113.10', stats), await from('203.0.113.11', stats), await from(undefined, stats)]
    expect(all.map(({ status }) => status)).toEqual([200, 200, 429, 429])
  })
})
