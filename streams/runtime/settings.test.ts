import { expect, test } from 'vitest'
import { numberSetting } from './settings.ts'

const bounds = { usual: 1_000, least: 10, most: 100_000 }

test('a setting is what the environment says, else the usual', () => {
  expect([{}, { CDLC_X: '10' }, { CDLC_X: '100000' }].map((env) => numberSetting('CDLC_X', bounds, env))).toEqual([1_000, 10, 100_000])
})

test.each(['', '9', '100001', '1.5', '1e3', '0x20', ' 20', '-20', 'many'])("'%s' is refused, with its bounds", (text) => {
  expect(() => numberSetting('CDLC_X', bounds, { CDLC_X: text })).toThrow(`reading CDLC_X: '${text}' is not a whole number from 10 to 100000`)
})
