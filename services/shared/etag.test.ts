import { expect, test } from 'vitest'
import { etag, etagOfRemoval, expectedVersions, isKnown, parseTags, readAfter } from './etag.ts'

const a = '01M82P61YF99KN34EXDR5JSDHM'
const b = '01M82P8HH06QZ2SZKEGB8C20R2'

test('what is written as a tag is read back', () => {
  expect(parseTags(`${etag(a, 7)}, W/${etag(`${a}.${b}`, 8)},${etagOfRemoval(b, 9)}`)).toEqual([
    { id: a, version: 7, gone: false },
    { id: `${a}.${b}`, version: 8, gone: false },
    { id: b, version: 9, gone: true },
  ])
})

test('what the gateway adds to a tag says nothing of the row', () => {
  expect(parseTags(`"${a}.7-0123456789ab"`)).toEqual([{ id: a, version: 7, gone: false }])
  expect(expectedVersions(`W/"${a}.7-0123456789ab"`, a)).toEqual([7])
})

test('tags of other hands are passed over', () => {
  expect(parseTags(`"abc", "", x, "${a}.7-", "${a}.7-xyz"`)).toEqual([])
})

test('If-Match: any without it or with *, else only the versions of this very row', () => {
  expect(expectedVersions(undefined, a)).toBeUndefined()
  expect(expectedVersions('*', a)).toBeUndefined()
  expect(expectedVersions(`${etag(a, 7)}, ${etag(b, 8)}, ${etagOfRemoval(a, 9)}`, a)).toEqual([7])
  expect(expectedVersions('"other"', a)).toEqual([])
})

test('If-None-Match: weak or strong, one of many', () => {
  expect(isKnown(undefined, etag(a, 7))).toBe(false)
  expect(isKnown(`"x", W/${etag(a, 7)}`, etag(a, 7))).toBe(true)
  expect(isKnown(etag(a, 6), etag(a, 7))).toBe(false)
})

test('Read-After must name a write', () => {
  expect(readAfter(undefined)).toEqual([])
  expect(readAfter(etag(a, 7))).toHaveLength(1)
  expect(() => readAfter('"nothing"')).toThrow(/ETag of an earlier write/)
})
