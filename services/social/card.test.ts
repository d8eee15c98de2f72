import { describe, expect, test } from 'vitest'
import { isRefusal } from '../shared/errors.ts'
import { decide, handlePattern, type Asked, type Card, type KeptCard } from './card.ts'

const card: Card = { handle: 'ada.l', name: 'Ada', bio: null, is_private: false }
const kept: KeptCard = { ...card, version: 7 }
const free: Asked = { is_taken: false, kids: false }
const put = (before: KeptCard | undefined, some: Partial<Card> = {}, asked = free, expected?: readonly number[]): unknown => {
  const decision = decide(before, { card: { ...card, ...some }, now_us: 5, expected }, asked)
  return isRefusal(decision) ? decision.code : decision
}

test('a profile joins with a free handle', () => {
  expect(put(undefined)).toEqual([{ type: 'Joined', card: { ...card, version: 5 } }])
})

test.each([{ name: 'Ada L' }, { handle: 'lovelace' }, { bio: 'wrote the first program' }, { is_private: true }])('a card that becomes %j is changed, in a later version', (some) => {
  expect(put(kept, some)).toEqual([{ type: 'CardChanged', card: { ...card, ...some, version: 8 } }])
})

test('a card that is so already is not changed', () => {
  expect(put(kept)).toEqual([])
})

test("a child's profile has none", () => {
  expect(put(undefined, {}, { ...free, kids: true })).toBe('too_mature_for_kids')
})

test('a handle that another has, or that the platform keeps, is taken', () => {
  expect([put(undefined, {}, { ...free, is_taken: true }), put(kept, { handle: 'moderator' })]).toEqual(['handle_taken', 'handle_taken'])
})

test('a card is changed by whoever knows how it is', () => {
  expect([put(kept, { name: 'A' }, free, [6]), put(undefined, {}, free, [7])]).toEqual(['version_mismatch', 'version_mismatch'])
  expect(put(kept, { name: 'A' }, free, [7])).toHaveLength(1)
})

describe('a handle', () => {
  const isHandle = (text: string): boolean => new RegExp(handlePattern, 'u').test(text)
  test.each(['ada', 'ada.l', '_ada_', '0ada', 'a'.repeat(30)])('may be %s', (handle) => {
    expect(isHandle(handle)).toBe(true)
  })
  test.each(['ad', 'a'.repeat(31), '.ada', 'ada.', 'Ada', 'ada l', 'ada-l', 'adä', 'ada\n', ''])('may not be %j', (handle) => {
    expect(isHandle(handle)).toBe(false)
  })
  test('of digits alone could be taken for an id', () => {
    expect(isHandle('01234567890123456789012345')).toBe(false)
  })
})
