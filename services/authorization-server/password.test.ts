import { describe, expect, test } from 'vitest'
import { decidePassword, normalPassword } from './password.ts'
import { readCommonPasswords } from './passwords.ts'

const common = readCommonPasswords()
const email = 'ada.lovelace@example.invalid'

describe('a password', () => {
  test('may be any words that nobody else would think of, in any script, with spaces', () => {
    for (const password of ['a quiet lantern 42', 'пароль под подушкой', '八つの静かな灯籠あり', '😀😃😄😁😆😅😂🤣']) expect(decidePassword(password, common, email)).toBeUndefined()
  })
  test.for([['1234567', 'at least 8'], ['', 'at least 8'], ['x'.repeat(129), 'at most 128'], ['password1', 'lists'], ['PassWord1', 'lists'], ['aaaaaaaaaaaa', 'lists'], ['qwertyuiop', 'lists'], ['Creme-Dela-Creme1', 'lists'],
    ['ada.lovelace@example.invalid', 'address'], ['Ada.Lovelace99', 'address']])("'%s' will not do", ([password = '', words = '']) => {
    expect(decidePassword(password, common, email)).toContain(words)
  })
  test('counts as people count: characters, not UTF-16 units', () => {
    expect(decidePassword('😀😃😄😁', common, email)).toContain('at least 8')
    expect(decidePassword('😀😃😄😁😆😅😂🤣'.repeat(16), common, email)).toBeUndefined()
  })
  test('is the same however a keyboard composes it', () => {
    expect(normalPassword('cafe\u0301 am see')).toBe(normalPassword('caf\u00e9 am see'))
    expect(decidePassword('ｐａｓｓｗｏｒｄ１', common, email)).toContain('lists')
  })
})

test('the shipped list holds thousands, all of them long enough to matter', () => {
  expect(common.size).toBeGreaterThan(10_000)
  expect([...common].every((password) => password.length >= 8 && password === password.toLowerCase())).toBe(true)
})
