import { expect, test } from 'vitest'
import { addressKey } from './passage.ts'

test.each([
  ['10.0.0.7', '10.0.0.7'], ['::ffff:10.0.0.7', '10.0.0.7'], ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'], ['2001:db8:1:2::9', '2001:db8:1:2'], ['2001:0db8::1', '2001:db8:0:0'], ['::1', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'], ['1::2:3:4:5:6:7', '1:0:2:3'],
])('%s is counted as %s', (ip, key) => { expect(addressKey(ip)).toBe(key) })
