import { expect, test } from 'vitest'
import { type RowSpec } from '../../runtime/view.ts'
import { TupleParam } from '@clickhouse/client'
import type { AnyRow, RowWrite } from '../../runtime/store.ts'
import { createTable, currentRows, cut, insertRows, nextOffset, positionOf, rowEncoder, selectNewest, selectPositions, selectRows, tableName, whereKeys } from './compile.ts'

const view = { name: 'title-ratings', version: 2, build: 0 }
const table = tableName('cdlc', view, 'ratings')
const spec: RowSpec = {
  key: ['profile_id', 'number'], source: 'cdc.user.ratings',
  columns: { profile_id: 'text', number: 'int', rated_at: 'timestamp', note: 'text?', score: 'double?', big: 'long', seen: 'bool', tags: 'text[]' },
}
const declared = '`profile_id` String, `number` Int32, `rated_at` DateTime64(3), `note` Nullable(String), `score` Nullable(Float64), `big` Int64, `seen` Bool, '
  + '`tags` Array(String), `_partition` UInt16, `_position` Int64, `_deleted` UInt8'

test('a row kind is a table in which the newest position wins', () => {
  expect(createTable(table, spec)).toBe(`CREATE TABLE IF NOT EXISTS \`cdlc\`.\`title_ratings_v2_ratings\` (${declared}, `
    + 'PROJECTION pos (SELECT _partition, max(_position) GROUP BY _partition)) '
    + 'ENGINE = ReplacingMergeTree(_position, _deleted) ORDER BY (`profile_id`, `number`) '
    + `SETTINGS non_replicated_deduplication_window = 10000, deduplicate_merge_projection_mode = 'rebuild'`)
})

test('an insert names its columns', () => {
  expect(insertRows('`d`.`t`', { key: ['a'], columns: { a: 'text' } })).toBe('INSERT INTO `d`.`t` (`a`, `_partition`, `_position`, `_deleted`) FORMAT RowBinary')
})

test('redriven rows say nothing of how far a table has come', () => {
  expect(selectPositions('`d`.`t`')).toBe('SELECT _partition, max(_position) AS _at FROM `d`.`t` WHERE _partition < 32768 GROUP BY _partition '
    + 'SETTINGS max_threads = 1, output_format_parallel_formatting = 0')
})

test('positions count events and the writes within them', () => {
  expect(positionOf({ offset: 5, index: 3 })).toBe(5_123)
  expect(nextOffset(5_123)).toBe(6)
  expect(() => positionOf({ offset: 5, index: 1_024 })).toThrow(/offset 5 makes more than 1024 writes/)
})

const key = { profile_id: 'p', number: -2 }
const value = { ...key, rated_at: 258, note: null, score: 0.5, big: -1, seen: true, tags: ['é', ''] }
const ref = { row: 'ratings', id: 'p:-2', key }

test('a put is the row\'s bytes in column order, then partition, position and no removal', () => {
  const bytes = rowEncoder('ratings', spec)(5, [{ ...ref, value, offset: 1, index: 1 }])
  expect(bytes.toString('hex')).toBe([
    '0170', 'feffffff', '0201000000000000', '01', '00000000000000e03f'.padStart(18, '0'), 'ffffffffffffffff', '01', '02' + '02c3a9' + '00',
    '0500', '0104000000000000', '00',
  ].join(''))
})

test('a removal is the key, zeroes and nulls, and the mark of removal', () => {
  const bytes = rowEncoder('ratings', spec)(0, [{ ...ref, value: undefined, offset: 0, index: 0 }])
  expect(bytes.toString('hex')).toBe(['0170', 'feffffff', '0000000000000000', '01', '01', '0000000000000000', '00', '00', '0000', '0000000000000000', '01'].join(''))
})

test('long strings carry their length in bytes, and the buffer grows', () => {
  const one: RowSpec = { key: ['a'], columns: { a: 'text' } }
  const text = 'é'.repeat(100_000)
  const bytes = rowEncoder('r', one)(0, [{ row: 'r', id: text, key: { a: text }, value: { a: text }, offset: 0, index: 0 }])
  expect(bytes.length).toBe(3 + 200_000 + 11)
  expect(bytes.subarray(0, 3).toString('hex')).toBe('c09a0c') // 200000 as a varint
  expect(bytes.subarray(3, 200_003).toString()).toBe(text)
})

test.each([
  ['number', 2 ** 31, /'2147483648' is no 32-bit integer/], ['number', null, /'null' is no 32-bit integer/], ['big', 2 ** 53, /'9007199254740992' is no safe integer/],
  ['profile_id', null, /'null' is no text/], ['tags', null, /'null' is no list/], ['seen', 1, /'1' is no boolean/], ['score', 'x', /'x' is no number/],
])('a value that %s cannot hold is refused', (column, wrong, reason) => {
  const encode = (): unknown => rowEncoder('ratings', spec)(0, [{ ...ref, value: { ...value, [column]: wrong }, offset: 9, index: 0 }])
  expect(encode).toThrow(`encoding row 'ratings' of offset 9: column '${column}'`)
  expect(encode).toThrow(expect.objectContaining({ cause: expect.objectContaining({ message: expect.stringMatching(reason) }) }))
})

test('a list that may be null is refused', () => {
  expect(() => createTable(table, { key: ['a'], columns: { a: 'text', b: 'int[]?' } })).toThrow(/'b' is 'int\[\]\?', but a clickhouse list is never null/)
})

test('readers see current rows without technical columns', () => {
  const small: RowSpec = { key: ['id', 'at'], columns: { id: 'text', at: 'timestamp' } }
  expect(currentRows('t', small)).toBe('(SELECT `id`, `at` FROM t FINAL)')
  const { where, params } = whereKeys(small, [{ key: { id: 'a', at: 7 } }])
  expect([where, params]).toEqual(['tuple(`id`, toUnixTimestamp64Milli(`at`)) IN {keys:Array(Tuple(String, Int64))}', { keys: [new TupleParam(['a', 7])] }])
  expect(selectNewest('t', small, 'x = 1')).toBe('SELECT `id`, toUnixTimestamp64Milli(`at`) AS `at`, _at FROM '
    + '(SELECT `id`, `at`, max(_position) AS _at FROM t WHERE x = 1 GROUP BY `id`, `at`)')
  expect(selectRows('t', small, 'x = 1')).toBe('SELECT `id`, toUnixTimestamp64Milli(`at`) AS `at` FROM (SELECT * FROM (SELECT `id`, `at` FROM t FINAL) WHERE x = 1)')
})

test('what is too long for one block is cut into runs, in the order of positions', () => {
  const write = (offset: number, value: AnyRow | undefined): RowWrite => ({ row: 'r', id: String(offset), key: { id: offset }, value, offset, index: 0 })
  const long = 'x'.repeat(20_000_000)
  const writes = [write(9, { a: long }), write(2, { a: 'short' }), write(5, { a: [long] }), write(3, undefined), write(7, { a: 1 })]
  expect(cut(writes).map((run) => run.writes.map(({ offset }) => offset))).toEqual([[2, 3, 5, 7], [9]])
  expect(cut(writes).map((run) => run.chars)).toEqual([20_000_013, 20_000_000])
  expect(cut(writes.slice(1, 2))).toEqual([{ writes: writes.slice(1, 2), chars: 5 }])
  expect(cut([])).toEqual([])
  // a table that held a part of an event would be taken to hold all of it
  const event = [write(4, { a: long }), { ...write(4, { a: long }), index: 1 }]
  expect(cut([...event, write(5, { a: 1 })]).map((run) => run.writes.map(({ offset }) => offset))).toEqual([[4, 4], [5]])
})
