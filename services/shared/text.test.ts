import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Day, Fields, Instant, Line, Slug, SourceRef, Stars, Text, Ulid } from './text.ts'
import { createValidator } from './validation.ts'

const compile = createValidator()
const checking = (schema: object) => {
  const check = compile({ schema: Fields({ value: schema as never }), method: 'POST', url: '/', httpPart: 'body' })
  return (value: unknown): boolean => check({ value }) === true
}
const accepts = (schema: object, value: unknown): boolean => checking(schema)(value)

test.each([
  ['a name', Line(10), 'Amélie'],
  ['an emoji counts as one', Line(2), '🎬🎬'],
  ['a word in another script', Line(10), '七人の侍'],
  ['several lines', Text(10), 'a\r\nb\tc'],
  ['a slug', Slug(20), 'film-noir'],
  ['a source', SourceRef(20), 'movielens:50'],
  ['half a star', Stars, 0.5],
  ['five stars', Stars, 5],
  ['a leap day', Day, '2024-02-29'],
  ['an offset', Instant, '1998-04-22T09:15:00.5+02:00'],
  ['an id', Ulid, '01M82P61YF99KN34EXDR5JSDHM'],
])('%s is accepted', (_what, schema, value) => {
  expect(accepts(schema, value)).toBe(true)
})

test.each([
  ['nothing', Line(10), ''],
  ['blanks', Line(10), '  '],
  ['a NUL', Line(10), 'a\0'],
  ['a lone surrogate', Line(10), 'a\ud83c'],
  ['two lines', Line(10), 'a\nb'],
  ['too long', Line(2), 'abc'],
  ['a NUL in a text', Text(10), 'a\0'],
  ['a lone surrogate in a text', Text(10), '\udfac'],
  ['capitals in a slug', Slug(20), 'Drama'],
  ['a blank in a source', SourceRef(20), 'a b'],
  ['no star', Stars, 0],
  ['too many stars', Stars, 5.5],
  ['a third of a star', Stars, 1.3],
  ['stars as text', Stars, '4'],
  ['a huge number of stars', Stars, 1e308],
  ['no such day', Day, '2023-02-29'],
  ["a day before MySQL's", Day, '0999-12-31'],
  ['a day with a time', Day, '2024-01-01T00:00:00Z'],
  ['a leap second', Instant, '1998-12-31T23:59:60Z'],
  ['no zone', Instant, '1998-12-31T23:59:59'],
  ['a year past all', Instant, '9999-12-31T23:59:59-23:59'],
  ['an id in small letters', Ulid, '01m82p61yf99kn34exdr5jsdhm'],
])('%s is refused', (_what, schema, value) => {
  expect(accepts(schema, value)).toBe(false)
})

test('no text takes the validator long or makes it throw', () => {
  for (const schema of [Line(300), Text(4_000), Slug(32), Day, Instant, Ulid]) {
    const check = checking(schema)
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => typeof check(text) === 'boolean'))
  }
})

test('only path and query read text as numbers', () => {
  const schema = Fields({ value: Stars })
  const check = (httpPart: string) => compile({ schema, method: 'GET', url: '/', httpPart })({ value: '4' })
  expect([check('querystring'), check('params'), check('body')]).toEqual([true, true, false])
})
