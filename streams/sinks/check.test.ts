import { expect, test } from 'vitest'
import { type AnyRow, RejectedError, type RowWrite } from '../runtime/store.ts'
import { json, type View } from '../runtime/view.ts'
import { checkerOf } from './check.ts'
import { conformanceView, writeOf } from './fixtures.ts'

const conformance = conformanceView('memory')
const view: View = { ...conformance, rows: { ...conformance.rows, documents: { key: ['id'], columns: { id: 'text', body: json<unknown>() } } } }
const check = checkerOf(view)
const good = { account_id: 'a', number: 1, note: null, size: 0, ratio: null, seen: false, seen_at: null, views: null, tags: [], marks: [] }
const entry = (rest: AnyRow, offset = 7): RowWrite => writeOf(view, 'entries', { account_id: 'a', number: 1 }, { ...good, ...rest }, offset)

test.each<[string, unknown]>([
  ['note', ''], ['note', 'a\0b'], ['note', undefined], ['size', Number.MAX_SAFE_INTEGER], ['size', Number.MIN_SAFE_INTEGER], ['ratio', 5e-324], ['ratio', -1e300],
  ['number', 2 ** 31 - 1], ['number', -(2 ** 31)], ['seen_at', 8.64e15], ['seen_at', -1], ['tags', ['', 'x']], ['marks', [0]],
])('column %s holds %o', (column, value) => {
  expect(() => check([entry({ [column]: value })])).not.toThrow()
})

test.each<[string, unknown, string]>([
  ['note', 7, 'text?, and 7 is none'], ['note', ['x'], 'text?, and ["x"] is none'], ['account_id', null, 'text, and null is none'], ['account_id', undefined, 'text, and null is none'],
  ['size', 2 ** 53, 'long, and 9007199254740992 is none'], ['size', 1.5, 'long, and 1.5 is none'], ['size', 1n, 'long, and 1 is none'], ['size', '1', 'long, and "1" is none'],
  ['ratio', Number.NaN, 'double?, and NaN is none'], ['ratio', Infinity, 'double?, and Infinity is none'], ['number', 2 ** 31, 'int, and 2147483648 is none'],
  ['views', 0.5, 'int?, and 0.5 is none'], ['seen', 1, 'bool, and 1 is none'], ['seen_at', 8.64e15 + 1, 'timestamp?, and 8640000000000001 is none'],
  ['tags', null, 'text[], and null is none'], ['tags', 'x', 'text[], and "x" is none'], ['tags', ['x', null], 'text[], and ["x",null] is none'], ['marks', [2 ** 31], 'int[], and [2147483648] is none'],
  ['note', { long: 'y'.repeat(100) }, `text?, and {"long":"${'y'.repeat(51)}… is none`],
])('column %s refuses %o', (column, value, problem) => {
  expect(() => check([entry({ [column]: value })])).toThrow(`writing row 'entries' of view '${view.name}', offset 7: column '${column}' is ${problem}`)
})

test('all rows that are refused are named, and only they', () => {
  const [wrong, other] = [entry({ size: 0.5 }), entry({ seen: 0 }, 9)]
  const refused = (): unknown => { try { return check([entry({}), wrong, entry({}), other]) } catch (error) { return error } }
  expect(refused()).toBeInstanceOf(RejectedError)
  expect(refused()).toEqual(expect.objectContaining({ writes: [wrong, other], message: expect.stringMatching(/column 'size' is long, and 0.5 is none; and 1 more$/) }))
})

test('a removal is held against its key alone', () => {
  const removal = (key: AnyRow): RowWrite => ({ ...entry({}), key, value: undefined })
  expect(() => check([removal({ account_id: 'a', number: 1 })])).not.toThrow()
  expect(() => check([removal({ account_id: 'a', number: null })])).toThrow(/column 'number' is int, and null is none/)
})

test('a document may be anything but absent', () => {
  const document = (body: unknown): RowWrite => writeOf(view, 'documents', { id: 'a' }, { id: 'a', body }, 1)
  expect(() => check([document(null), document({ a: [1] }), document('x')])).not.toThrow()
})

test('a row kind that the view does not have is no matter of values', () => {
  expect(() => check([{ ...entry({}), row: 'nothing' }])).toThrow(/no row kind 'nothing' in this view/)
})
