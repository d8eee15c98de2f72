import { expect, test } from 'vitest'
import { openPasswords, type Argon2 } from './passwords.ts'

function countingArgon2(answer: () => Promise<boolean>) {
  const verified: string[] = []
  const argon2: Argon2 = {
    hash: async (password) => `hash of ${password}`,
    verify: (hashed, password) => {
      verified.push(`${hashed} against ${password}`)
      return answer()
    },
  }
  return { verified, passwords: openPasswords(argon2) }
}

test('where there is no password, as much is computed as if there were, and the answer is no whatever comes out', async () => {
  const { verified, passwords } = countingArgon2(async () => true)
  expect([await passwords.verify('hash of a', 'a'), await passwords.verify(undefined, 'b'), await passwords.verify(null, 'c')]).toEqual([true, false, false])
  expect(verified).toEqual(['hash of a against a', 'hash of no account has this password against b', 'hash of no account has this password against c'])
})

test('two are computed at a time, the rest wait, and too many are refused rather than kept waiting', async () => {
  let release = (): void => undefined
  const gate = new Promise<boolean>((resolve) => { release = () => { resolve(true) } })
  const { verified, passwords } = countingArgon2(() => gate)
  const asked = Array.from({ length: 203 }, () => passwords.verify('hash', 'x').catch((error: unknown) => (error as { readonly code?: string }).code))
  await new Promise((resolve) => { setImmediate(resolve) })
  expect(verified).toHaveLength(2)
  release()
  const answers = await Promise.all(asked)
  expect([answers.filter((answer) => answer === true).length, answers.filter((answer) => answer === 'overloaded').length]).toEqual([202, 1])
})

test('real hashes are argon2id with the costs that OWASP asks for, and tell right from wrong', async () => {
  const passwords = openPasswords()
  const stored = await passwords.hash('caf\u00e9 am see')
  expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  expect([await passwords.verify(stored, 'cafe\u0301 am see'), await passwords.verify(stored, 'cafe am see'), await passwords.verify(undefined, 'x')]).toEqual([true, false, false])
})
