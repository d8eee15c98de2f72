import { expect, test } from 'vitest'
import { configFrom } from './config.ts'

test("a machine of one's own needs no settings", () => {
  expect(configFrom({})).toMatchObject({ logLevel: 'info', host: '127.0.0.1' })
})

test('production has no default master key', () => {
  expect(() => configFrom({ NODE_ENV: 'production' })).toThrow(/CDLC_MASTER_KEY/)
  const set = { NODE_ENV: 'production', CDLC_MASTER_KEY: 'ab'.repeat(32), CDLC_CLIENT_SECRETS: '{"gateway":"s3cret"}' }
  expect(configFrom(set).masterKey).toEqual(Buffer.alloc(32, 0xab))
})

test('a broken setting is named, a secret not repeated', () => {
  expect(() => configFrom({ CDLC_LOG_LEVEL: 'loud' })).toThrow(/CDLC_LOG_LEVEL: 'loud'/)
  expect(() => configFrom({ CDLC_MASTER_KEY: 'hunter2' })).toThrow(/^((?!hunter2).)*$/)
})

test('secrets of programs are named in production, and derived from the name elsewhere', () => {
  const set = { NODE_ENV: 'production', CDLC_MASTER_KEY: 'ab'.repeat(32) }
  expect(() => configFrom(set)).toThrow(/CDLC_CLIENT_SECRETS: it is not set/)
  const { secretOf } = configFrom({ ...set, CDLC_CLIENT_SECRETS: '{"gateway":"s3cret"}' })
  expect(secretOf('gateway')).toBe('s3cret')
  expect(() => secretOf('inventory')).toThrow(/there is none of 'inventory'/)
  expect(() => configFrom({ CDLC_CLIENT_SECRETS: '{s3cret' })).toThrow(/^((?!s3cret).)*$/)
  expect(configFrom({}).secretOf('inventory')).toBe('cdlc-local-inventory')
})
