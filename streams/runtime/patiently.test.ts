import { expect, test } from 'vitest'
import { patiently } from './patiently.ts'

const passing = (cause: unknown): boolean => cause === 'in a moment'
/** A question that is answered after this many refusals. */
const after = (refusals: number, cause: string) => {
  let asked = 0
  return { question: async () => { if (asked++ < refusals) throw cause; return asked }, asked: () => asked }
}

test('what will be known in a moment is asked again until it is', async () => {
  expect(await patiently(after(3, 'in a moment').question, passing, 60_000, 1)).toBe(4)
})
test('what does not pass with time is thrown at once', async () => {
  const { question, asked } = after(3, 'never')
  await expect(patiently(question, passing, 60_000, 1)).rejects.toBe('never')
  expect(asked()).toBe(1)
})
test('it is not asked for ever', async () => {
  await expect(patiently(after(Number.POSITIVE_INFINITY, 'in a moment').question, passing, 5, 1)).rejects.toBe('in a moment')
})
