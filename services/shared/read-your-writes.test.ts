import { expect, test } from 'vitest'
import { Unavailable } from './errors.ts'
import { freshest, shows } from './read-your-writes.ts'

const brief = { longest_ms: 30, first_ms: 1, widest_ms: 2 }
const mysql = async (): Promise<string> => 'from mysql'

test('without a demand the view answers at once', async () => {
  expect(await freshest(async () => 'from view', undefined, mysql)).toEqual({ value: 'from view', from: 'view' })
})

test('a view that catches up in time answers', async () => {
  let version = 0
  expect(
    await freshest(
      async () => version++,
      (value) => value >= 3,
      async () => -1,
      { ...brief, longest_ms: 60_000 },
    ),
  ).toEqual({ value: 3, from: 'view' })
})

test('a view that stays behind leaves it to MySQL', async () => {
  expect(
    await freshest(
      async () => 'old',
      () => false,
      mysql,
      brief,
    ),
  ).toEqual({ value: 'from mysql', from: 'mysql' })
})

test('a view that is away leaves a demanding read to MySQL, and fails any other', async () => {
  const away = async (): Promise<string> => {
    throw new Unavailable('asking redis')
  }
  expect(await freshest(away, () => true, mysql, brief)).toEqual({ value: 'from mysql', from: 'mysql' })
  await expect(freshest(away, undefined, mysql)).rejects.toThrow('asking redis')
})

test('a fault of our own is no reason to fall back', async () => {
  await expect(
    freshest(
      async () => {
        throw new TypeError('bug')
      },
      () => true,
      mysql,
      brief,
    ),
  ).rejects.toThrow('bug')
})

test.each([
  [undefined, { version: 5, gone: false }, false],
  [4, { version: 5, gone: false }, false],
  [5, { version: 5, gone: false }, true],
  [6, { version: 5, gone: false }, true],
  [undefined, { version: 5, gone: true }, true],
  [5, { version: 5, gone: true }, false],
  [6, { version: 5, gone: true }, true],
])('a row of version %s, asked for %o: shown %s', (version, tag, expected) => {
  expect(shows(version, tag)).toBe(expected)
})
