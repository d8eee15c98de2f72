import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { AnyRow, RowWrite } from '../../runtime/store.ts'
import { failurePolicy } from '../../runtime/failure.ts'
import type { RowSpec, View } from '../../runtime/view.ts'
import { compileBatches, createKeyspace, createPositions, createTable, dropTable, movePosition, positionTable, readPositions, readRow, scanRows, tableName, timestampOf, writerOf } from './compile.ts'

const spec: RowSpec = {
  key: ['profile_id', 'rated_at', 'title_id'], clustering: { rated_at: 'desc' }, source: 'cdc.user.ratings',
  columns: { profile_id: 'text', rated_at: 'timestamp', title_id: 'text', half_stars: 'int', version: 'long', note: 'text?', score: 'double', seen: 'bool', tags: 'text[]', marks: 'int[]' },
}
const other: RowSpec = { key: ['owner'], source: 'cdc.user.ratings', columns: { owner: 'text', n: 'int' } }
const view: View = { name: 'profile-diary', version: 3, build: 0, store: 'scylla', failure: failurePolicy(), from: { 'cdc.user.ratings': [] }, rows: { entries: spec, owners: other, counts: { ...other, columns: { owner: 'int', n: 'int' } } }, touches: undefined, apply: () => [] }
const table = tableName('cdlc', view, 'entries')
const key = { profile_id: 'p', rated_at: 7, title_id: 't' }
const put = (offset: number, profile_id = 'p'): RowWrite => (
  { row: 'entries', id: `${profile_id}:${offset}`, key: { ...key, profile_id }, value: { ...key, profile_id, half_stars: 9, version: 1, score: 1, seen: true, tags: ['x'], marks: [] }, offset, index: 1 })

test('a row kind is a table partitioned by its first key column, clustered by the others', () => {
  expect(createTable(table, spec)).toBe('CREATE TABLE IF NOT EXISTS "cdlc"."profile_diary_v3_entries" ("profile_id" text, "rated_at" timestamp, "title_id" text, "half_stars" int, '
    + '"version" bigint, "note" text, "score" double, "seen" boolean, "tags" frozen<list<text>>, "marks" frozen<list<int>>, '
    + 'PRIMARY KEY (("profile_id"), "rated_at", "title_id")) WITH CLUSTERING ORDER BY ("rated_at" DESC, "title_id" ASC)')
  expect(createTable('t', { key: ['a'], columns: { a: 'text' } })).toBe('CREATE TABLE IF NOT EXISTS t ("a" text, PRIMARY KEY (("a")))')
  expect(() => createTable('t', { key: ['a'], columns: { a: 'text', b: 'text[]?' } })).toThrow(/'b' is 'text\[\]\?', but in scylla an empty list and null are one; declare 'text\[\]'/)
})

test('a put writes every column, absent ones as null, at its event\'s position', () => {
  expect(writerOf(table, spec)(put(2))).toEqual({
    query: 'INSERT INTO "cdlc"."profile_diary_v3_entries" ("profile_id", "rated_at", "title_id", "half_stars", "version", "note", "score", "seen", "tags", "marks") '
      + 'VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?',
    params: ['p', 7, 't', 9, 1, null, 1, true, ['x'], [], 2_050],
  })
})

test('a removal names the whole key', () => {
  expect(writerOf(table, spec)({ ...put(2), value: undefined })).toEqual({
    query: 'DELETE FROM "cdlc"."profile_diary_v3_entries" USING TIMESTAMP ? WHERE "profile_id" = ? AND "rated_at" = ? AND "title_id" = ?', params: [2_050, 'p', 7, 't'] })
})

test('timestamps begin at 1 and grow with offset and place', () => {
  expect([timestampOf({ offset: 0, index: 0 }), timestampOf({ offset: 3, index: 5 })]).toEqual([1, 3_078])
  expect(() => timestampOf({ offset: 3, index: 1_024 })).toThrow(/offset 3 makes more than 1024 writes/)
})

test('batches hold rows of one partition, twenty at most, and know their writes', () => {
  const writes = [...Array.from({ length: 45 }, (_, offset) => put(offset)), put(50, 'q'), put(51, 'q')]
  const batches = compileBatches('cdlc', view, writes)
  expect(batches.map(({ statements }) => [statements.length, new Set(statements.map(({ params }) => params[0])).size])).toEqual([[20, 1], [20, 1], [5, 1], [2, 1]])
  expect(batches.flatMap((batch) => batch.writes)).toEqual(writes)
  expect(batches.flatMap(({ statements }) => statements.map(({ params }) => params.at(-1)))).toEqual(writes.map(timestampOf))
})

test('what tables hold of one partition key goes together, where the key is of one type', () => {
  const owned = (row: string, owner: unknown): RowWrite => ({ row, id: String(owner), key: { owner }, value: { owner, n: 1 }, offset: 1, index: 0 })
  const writes = [put(0, '7'), owned('owners', '7'), owned('counts', 7), owned('owners', 'q')]
  expect(compileBatches('cdlc', view, writes).map((batch) => batch.writes.map(({ row }) => row))).toEqual([['entries', 'owners'], ['counts'], ['owners']])
})

test('batches are cut where they grow too large for a mutation', () => {
  const long = (offset: number, rest: AnyRow): RowWrite => ({ ...put(offset), value: { ...put(offset).value, ...rest } })
  const writes = [long(0, { note: 'x'.repeat(150_000) }), long(1, { tags: ['y'.repeat(150_000)] }), put(2), long(3, { note: 'z'.repeat(900_000) }), put(4)]
  expect(compileBatches('cdlc', view, writes).map((batch) => batch.writes.map(({ offset }) => offset))).toEqual([[0], [1, 2], [3], [4]])
})

test('the position carries itself as its timestamp', () => {
  expect(movePosition(positionTable('cdlc', view), { partition: 4, topic: 'cdc.user.ratings', next: 99 })).toEqual({
    query: 'INSERT INTO "cdlc"."profile_diary_v3__position" ("partition", "topic", "next") VALUES (?, ?, ?) USING TIMESTAMP ?', params: [4, 'cdc.user.ratings', 99, 99] })
})

/** In Cassandra only, or costly and unsafe in either; `IF` other than in DDL is a lightweight transaction. */
const banned = /\b(SAI|SASI|CUSTOM|STORAGEATTACHEDINDEX|VECTOR|ANN|TRANSACTION|MASKED|ALLOW\s+FILTERING|MATERIALIZED|COUNTER|LOGGED|BEGIN|LIKE|TTL|CREATE\s+INDEX)\b|\bIF\b(?! (NOT )?EXISTS )|\b(INSERT|UPDATE|DELETE)\b.*\bIF\b/i

test('the sink speaks the CQL that ScyllaDB and Cassandra share, and writes at timestamps of its own only', () => {
  const statements = [
    createKeyspace('cdlc'), createTable(table, spec), createPositions(positionTable('cdlc', view)), dropTable(table), ...scanRows(table, spec),
    readRow(table, spec, put(1)).query, readPositions('t', 1).query, writerOf(table, spec)(put(1)).query, writerOf(table, spec)({ ...put(1), value: undefined }).query,
    movePosition('t', { partition: 1, topic: 't', next: 1 }).query,
  ]
  for (const statement of statements) expect(statement).not.toMatch(banned)
  for (const write of statements.filter((statement) => /^(INSERT|UPDATE|DELETE)/.test(statement))) expect(write).toMatch(/USING TIMESTAMP \?/)
  for (const wrong of ['INSERT INTO t (a) VALUES (?) IF NOT EXISTS', 'UPDATE t SET a = ? WHERE b = ? IF a = ?', 'SELECT a FROM t WHERE b = ? ALLOW FILTERING', "CREATE INDEX i ON t (a) USING 'sai'"]) {
    expect(wrong).toMatch(banned)
  }
})

test('views on scylla only read, in the same subset', () => {
  const folder = new URL('../../views/', import.meta.url)
  const views = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => readFileSync(new URL(name, folder), 'utf8')).filter((source) => /store: 'scylla'/.test(source))
  const literals = views.flatMap((source) => source.match(/`[^`]*`|'[^'\n]*'/g) ?? []).filter((literal) => /\b(SELECT|FROM|WHERE|INSERT|UPDATE|DELETE)\b/.test(literal))
  expect(literals.length).toBeGreaterThan(0)
  for (const literal of literals) {
    expect(literal).not.toMatch(banned)
    expect(literal, 'a write with the default clock shadows its row for ever').not.toMatch(/\b(INSERT|UPDATE|DELETE)\b/)
  }
})

test('a scan goes round the whole ring of tokens, each of them once', () => {
  const pieces = scanRows(table, spec).map((query) => [...query.matchAll(/token\("\w+"\) (?:>|<=) (-?\d+)/g)].map(([, bound = '']) => BigInt(bound)))
  expect([pieces[0]?.[0], pieces.at(-1)?.[1]]).toEqual([-(2n ** 63n), 2n ** 63n - 1n])
  for (const [n, [from, to]] of pieces.entries()) {
    expect(from).toBeLessThan(to ?? from ?? 0n)
    expect(from).toBe(n === 0 ? from : pieces[n - 1]?.[1])
  }
})
