import { expect, test } from 'vitest'
import { cardOf } from '../shared/testing.ts'
import type { Credit } from './credit.ts'
import { filmographyOf } from './filmography.ts'

const credit = (credit_id: string, title_id: string, billing: number): Credit => ({
  credit_id,
  title_id,
  person_id: 'P',
  role: 'cast',
  character_name: '',
  credited_as: 'x',
  billing,
  version: 1,
})

test('newest title first, unknown years last, then by billing, name and id; credits of titles that are gone are left out', () => {
  const cards = [
    cardOf('A', { release_year: 1990, name: 'b' }),
    cardOf('B', { release_year: 1990, name: 'a' }),
    cardOf('C', { release_year: 2000 }),
    cardOf('D', { release_year: null }),
  ]
  const credits = [
    credit('5', 'D', 1),
    credit('4', 'A', 2),
    credit('3', 'A', 1),
    credit('2', 'B', 1),
    credit('1', 'C', 9),
    credit('0', 'gone', 1),
    credit('6', 'A', 1),
  ]
  expect(
    filmographyOf(credits, new Map(cards.map((card) => [card.title_id, card])))
      .map(({ credit_id }) => credit_id)
      .join(''),
  ).toBe('123645')
})
