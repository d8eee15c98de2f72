import { expect, test } from 'vitest'
import { filmName, nameKey, naturalOrder, slug } from './names.ts'

test.each([
  ['Lighthouse, The', 'The Lighthouse'],
  ['Old Song, An', 'An Old Song'],
  ["Aurore, L'", "L'Aurore"],
  ['Fleurs, Les', 'Les Fleurs'],
  ['Salt, Bread, The', 'The Salt, Bread'],
  ['Bye Bye, Love', 'Bye Bye, Love'],
  ['Truth or Dare, N.M.', 'Truth or Dare, N.M.'],
  ['  Plain  ', 'Plain'],
])('a catalogue name %j is spoken as %j', (sorted, spoken) => {
  expect(naturalOrder(sorted)).toBe(spoken)
})

test.each([
  ['Lighthouse, The (1995)', { name: 'The Lighthouse', original_name: null, year: 1995 }],
  ['Red Boat, The (Bateau rouge, Le) (1979)', { name: 'The Red Boat', original_name: 'Le Bateau rouge', year: 1979 }],
  ['Barca, La (Boat, The)', { name: 'The Boat', original_name: 'La Barca', year: null }],
  ['Boat (Boat, The)', { name: 'Boat', original_name: null, year: null }],
  ['Seven (Se7en)', { name: 'Seven', original_name: null, year: null }],
  ['1984', { name: '1984', original_name: null, year: null }],
  ['Yi ge a (A Letter)', { name: 'Yi ge a', original_name: 'A Letter', year: null }],
])('the title %j is taken apart', (title, parts) => {
  expect(filmName(title)).toEqual(parts)
})

test('spellings of one name have one key, other names another', () => {
  expect(new Set(['Café & Sons, The', 'The Cafe and Sons', 'cafe and sons'].map(nameKey))).toEqual(new Set(['cafeandsons']))
  expect(nameKey('Thee')).not.toBe(nameKey('E'))
})

test('people are known by slugs without accents', () => {
  expect(['Krzysztof Kieślowski', 'Éric Serra', "Peter O'Toole", 'F. Murray Abraham', 'Sławomir Idziak'].map(slug))
    .toEqual(['krzysztof-kieslowski', 'eric-serra', 'peter-otoole', 'f-murray-abraham', 'slawomir-idziak'])
})
