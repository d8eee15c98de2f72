import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { base64 } from './base64.ts'

test.each([0, 1, 2, 3, 60_001])('%d bytes are what Buffer makes of them', (length) => {
  const bytes = randomBytes(length)
  expect(base64(bytes)).toBe(bytes.toString('base64'))
})
