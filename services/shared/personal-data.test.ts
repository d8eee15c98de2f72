import fc from 'fast-check'
import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { openVault } from './personal-data.ts'

const vault = openVault(Buffer.alloc(32, 7))
const account = (account_id: string) => ({ account_id, key_wrapped: vault.newKey(account_id) })
const ada = account('01M82P8HH06QZ2SZKEGB8C20R2')

test('what is sealed opens again, and is not to be seen meanwhile', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
      const sealed = vault.seal(ada, 'email', text)
      expect(vault.open(ada, 'email', sealed)).toBe(text)
      if (text.length > 3) expect(sealed.includes(text)).toBe(false)
    }),
  )
})

test('bytes are sealed and opened as they are', () => {
  const bytes = randomBytes(1_000)
  const sealed = vault.sealBytes(ada, 'export X 0', bytes)
  expect(vault.openBytes(ada, 'export X 0', sealed).equals(bytes)).toBe(true)
  expect(() => vault.openBytes(ada, 'export X 1', sealed)).toThrow()
})

test('the same text is sealed differently each time', () => {
  expect(vault.seal(ada, 'email', 'x').equals(vault.seal(ada, 'email', 'x'))).toBe(false)
})

test('it opens with its own account, column and master key only', () => {
  const sealed = vault.seal(ada, 'email', 'ada@example.org')
  expect(() => vault.open(account(ada.account_id), 'email', sealed)).toThrow()
  expect(() => vault.open(ada, 'name', sealed)).toThrow()
  expect(() => vault.open({ ...ada, account_id: '01M82P8HH06QZ2SZKEGB8C20R3' }, 'email', sealed)).toThrow()
  expect(() => openVault(randomBytes(32)).open(ada, 'email', sealed)).toThrow()
})

test('a changed byte anywhere is noticed', () => {
  const sealed = vault.seal(ada, 'email', 'ada@example.org')
  for (let index = 0; index < sealed.length; index++) {
    const broken = Buffer.from(sealed)
    broken[index] = (broken[index] ?? 0) ^ 1
    expect(() => vault.open(ada, 'email', broken)).toThrow()
  }
})

test('an e-mail address is found whatever its case, under this master key only', () => {
  expect(vault.emailIndex('Ada@Example.org').equals(vault.emailIndex('ada@example.ORG'))).toBe(true)
  expect(vault.emailIndex('ada@example.org').equals(vault.emailIndex('eve@example.org'))).toBe(false)
  expect(openVault(randomBytes(32)).emailIndex('ada@example.org').equals(vault.emailIndex('ada@example.org'))).toBe(false)
})

test('sealed values fit their columns', () => {
  expect(vault.seal(ada, 'email', 'x'.repeat(500)).length).toBeLessThanOrEqual(600)
  expect(vault.seal(ada, 'profile', '🎬'.repeat(60)).length).toBeLessThanOrEqual(400)
  expect(ada.key_wrapped.length).toBeLessThanOrEqual(128)
})
