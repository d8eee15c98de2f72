import fc from 'fast-check'
import { expect, test } from 'vitest'
import { patchOf, type Json, type Operation } from './json-patch.ts'

/** RFC 6902, as far as add, replace and remove go. */
function apply(document: Json, operation: Operation): Json {
  const parts = operation.path.split('/').slice(1).map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  const at = (value: Json, [part, ...rest]: readonly string[]): Json => {
    if (part === undefined) return operation.op === 'remove' ? null : operation.value
    if (Array.isArray(value)) {
      const items = [...(value as readonly Json[])]
      const index = part === '-' ? items.length : Number(part)
      if (rest.length > 0) items[index] = at(items[index] ?? null, rest)
      else if (operation.op === 'remove') items.splice(index, 1)
      else items.splice(index, operation.op === 'replace' ? 1 : 0, operation.value)
      return items
    }
    const object = value as Readonly<Record<string, Json>>
    if (rest.length === 0 && operation.op === 'remove') return Object.fromEntries(Object.entries(object).filter(([key]) => key !== part))
    return Object.fromEntries([...Object.entries(object).filter(([key]) => key !== part), [part, rest.length > 0 ? at(object[part] ?? null, rest) : at(null, [])]])
  }
  return at(document, parts)
}
const json = fc.jsonValue({ noUnicodeString: false, maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)) as Json)

test('the same documents differ in nothing', () => {
  fc.assert(fc.property(json, (document) => { expect(patchOf(document, document)).toEqual([]) }))
})

test('a patch makes the one document into the other, whatever they are', () => {
  fc.assert(fc.property(json, json, (from, to) => { expect(patchOf(from, to).reduce(apply, from)).toEqual(to) }))
})

test('a change within is told as that, with the path to it', () => {
  expect(patchOf({ 'limit': 20, 'a/b': [1, 2, 3], 'old': null }, { 'limit': 30, 'a/b': [1, 5], 'new~': true })).toEqual([
    { op: 'remove', path: '/old' }, { op: 'replace', path: '/limit', value: 30 }, { op: 'replace', path: '/a~1b/1', value: 5 },
    { op: 'remove', path: '/a~1b/2' }, { op: 'add', path: '/new~0', value: true },
  ])
})
