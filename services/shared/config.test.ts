import { expect, test } from 'vitest'
import { configFrom } from './config.ts'

test("a machine of one's own needs no settings", () => {
  expect(configFrom({})).toMatchObject({ logLevel: 'info', host: '127.0.0.1' })
})

test('production has no default master key', () => {
  expect(() => configFrom({ NODE_ENV: 'production' })).toThrow(/CDLC_MASTER_KEY/)
  expect(configFrom({ NODE_ENV: 'production', CDLC_MASTER_KEY: 'ab'.repeat(32) }).masterKey).toEqual(Buffer.alloc(32, 0xab))
})

test('a broken setting is named, a secret not repeated', () => {
  expect(() => configFrom({ CDLC_LOG_LEVEL: 'loud' })).toThrow(/CDLC_LOG_LEVEL: 'loud'/)
  expect(() => configFrom({ CDLC_MASTER_KEY: 'hunter2' })).toThrow(/^((?!hunter2).)*$/)
})
