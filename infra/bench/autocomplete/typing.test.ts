import { expect, test } from 'vitest'
import { seeded } from '../harness.ts'
import { misspelt, typed } from './typing.ts'

test('names are typed letter by letter, of twelve letters at most, and the same beginning once', () => {
  expect(typed(['It 2', 'It'])).toEqual(['I', 'It', 'It 2'])
  expect(typed(['Terminator, The']).at(-1)).toBe('Terminator,')
  expect(typed(['x'.repeat(50)])).toHaveLength(12)
})

test('a slip exchanges two letters behind the first, the same for the same seed, in what is long enough', () => {
  const names = ['Fargo', 'Heat', 'Contact', 'Schindler’s List']
  const slips = misspelt(names, seeded(1))
  expect(slips).toEqual(misspelt(names, seeded(1)))
  const made = (text: string) => [text.charAt(0), text.split('').toSorted().join('')]
  expect(slips.map(made)).toEqual(['Fargo', 'Contact', 'Schindler’s'].map(made))
  expect(slips).not.toContain('Contact')
})
