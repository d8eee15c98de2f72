import { expect, test } from 'vitest'
import { decide, usualPreferences } from './preferences.ts'

const { document } = usualPreferences
const liked = (liked: readonly string[], hidden: readonly string[] = []) => ({ ...document, genres: { liked, hidden } })

test('what is said is kept in a version that rises, and said again changes nothing', () => {
  const [set] = decide(usualPreferences, { document: liked(['war']), expected: [0], now_us: 7_000 }) as readonly { readonly preferences: typeof usualPreferences }[]
  expect(set?.preferences).toEqual({ document: liked(['war']), version: 7_000 })
  expect(decide({ document: liked(['war']), version: 7_000 }, { document: liked(['war']), expected: undefined, now_us: 9_000 })).toEqual([])
  expect(decide({ document: liked(['war']), version: 7_000 }, { document, expected: [7_000], now_us: 9 })).toMatchObject([{ preferences: { version: 7_001 } }])
})
test('a genre is not liked and hidden at once', () => {
  expect(decide(usualPreferences, { document: liked(['war', 'drama'], ['crime', 'war']), expected: undefined, now_us: 1 })).toMatchObject({
    code: 'genre_liked_and_hidden',
    field: 'genres.hidden.1',
  })
})
test('a writer who has not seen the last version is refused', () => {
  expect(decide({ document, version: 5 }, { document: liked(['war']), expected: [0], now_us: 9 })).toMatchObject({ code: 'version_mismatch' })
})
test('nobody is written to who has not asked for it', () => {
  expect(Object.values(document.notifications).some(({ email }) => email)).toBe(false)
})
