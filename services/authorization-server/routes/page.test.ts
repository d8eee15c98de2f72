import { expect, test } from 'vitest'
import { networkOf } from './page.ts'

test('guesses are counted by an IPv4 address, however it is written, and by the /64 of an IPv6 address', () => {
  expect(['203.0.113.9', '::ffff:203.0.113.9'].map(networkOf)).toEqual(['203.0.113.9', '203.0.113.9'])
  expect(['2001:db8:1:2:3:4:5:6', '2001:0DB8:0001:2::9', '2001:db8:1:2::'].map(networkOf)).toEqual(Array.from({ length: 3 }, () => '2001:db8:1:2::/64'))
  expect(['::1', 'fe80::1%eth0', '2001:db8::1:2:3:4'].map(networkOf)).toEqual(['0:0:0:0::/64', 'fe80:0:0:0::/64', '2001:db8:0:0::/64'])
})
