import { expect, test } from 'vitest'
import { defineView, encodeKey, groupName, type RowSpecs, storeName, type StoreName } from './view.ts'

const define = (rows: RowSpecs, { url = 'file:///a/b/title-count.ts', version = 1, store = 'redis' as StoreName, fold = false } = {}) => defineView(url, {
  version, store, from: { 'cdc.user.ratings': ['title_id'] }, rows, apply: () => [], ...(fold ? { touches: () => [] } : {}),
})
const count: RowSpecs = { count: { key: ['title_id'], columns: { title_id: 'text', count: 'int', note: 'text?' } } }

test('a view has the name of its file, and its version in all that it keeps', () => {
  const view = define(count, { version: 3 })
  expect([view.name, storeName(view), groupName(view)]).toEqual(['title-count', 'title-count_v3', 'title-count-v3'])
})

test.each([
  ['a name no store could hold', () => define(count, { url: 'file:///Title_Count.ts' }), /lower-case/],
  ['version 0', () => define(count, { version: 0 }), /version is 0/],
  ['no source', () => defineView('file:///x.ts', { version: 1, store: 'redis', from: {}, rows: count, apply: () => [] }), /reads no topic/],
  ['a key it has no column for', () => define({ count: { ...count['count'], key: ['person_id'], columns: { n: 'int' } } }), /column 'person_id'/],
  ['a key that may be null', () => define({ count: { key: ['note'], columns: { note: 'text?' } } }), /may be null/],
  ['no key', () => define({ count: { key: [], columns: { n: 'int' } } }), /no key/],
  ['a fold in ScyllaDB', () => define({ count: { ...count['count'], key: ['title_id'], columns: { title_id: 'text' }, source: 'cdc.user.ratings' } }, { store: 'scylla', fold: true }), /projections only/],
  ['a ClickHouse row of no one topic', () => define(count, { store: 'clickhouse' }), /source/],
  ['a document in Neo4j', () => define({ card: { key: ['id'], columns: { id: 'text', body: { json: true } } } }, { store: 'neo4j' }), /json column/],
])('defining a view with %s is refused', (_what, define, message) => {
  expect(define).toThrow(message)
})

test('a key is one string, and no two keys the same one', () => {
  const spec = { key: ['a', 'b'], columns: { a: 'text', b: 'text' } } as const
  expect(encodeKey(spec, { a: 'heat', b: 7 })).toBe('heat:7')
  expect(encodeKey(spec, { a: 'a:b', b: 'c' })).not.toBe(encodeKey(spec, { a: 'a', b: 'b:c' }))
  expect(encodeKey(spec, { a: 'a%3Ab', b: 'c' })).not.toBe(encodeKey(spec, { a: 'a:b', b: 'c' }))
})
