import { describe, expect, test } from 'vitest'
import { schemaOf, type AvroField, type AvroRecord } from './avro.ts'
import { breaksOf } from './compatibility.ts'

const record = (...fields: readonly AvroField[]): AvroRecord => ({ type: 'record', name: 'Thing', namespace: 'test', fields })
const id: AvroField = { name: 'id', type: 'string' }
const colour = (symbols: readonly string[], more: object = {}): AvroField => ({
  name: 'colour',
  type: { type: 'enum', name: 'Colour', symbols, ...more },
})
const nested = (...fields: readonly AvroField[]): AvroField => ({
  name: 'maker',
  type: ['null', { type: 'record', name: 'Maker', fields }],
  default: null,
})

const rulesBroken = (
  before: AvroRecord,
  after: AvroRecord,
  compatibility: 'FULL_TRANSITIVE' | 'BACKWARD_TRANSITIVE' = 'FULL_TRANSITIVE',
): readonly string[] =>
  breaksOf('things-value', after, [{ subject: 'things-value', version: 1, schema: before }], compatibility).map((broken) =>
    `${broken.rule} ${broken.path}`.trim(),
  )

describe('a change both ways is allowed when it', () => {
  test.each<[string, AvroRecord, AvroRecord]>([
    ['changes nothing', record(id), record(id)],
    ['adds a field with a default', record(id), record(id, { name: 'note', type: ['null', 'string'], default: null })],
    ['adds a field with an empty default', record(id), record(id, { name: 'note', type: 'string', default: '' })],
    ['removes a field that had a default', record(id, { name: 'note', type: ['null', 'string'], default: null }), record(id)],
    ['moves fields about', record(id, { name: 'n', type: 'int' }), record({ name: 'n', type: 'int' }, id)],
    ['documents a field', record(id), record({ ...id, doc: 'ULID' })],
    [
      'adds a symbol to an enum with a default',
      record(colour(['red', 'other'], { default: 'other' })),
      record(colour(['red', 'other', 'blue'], { default: 'other' })),
    ],
    ['adds a default to a field', record(id), record({ ...id, default: '' })],
    ['swaps bytes and string', record({ name: 'n', type: 'bytes' }), record({ name: 'n', type: 'string' })],
    [
      'adds a field with a default deep inside',
      record(nested(id)),
      record(nested(id, { name: 'since', type: ['null', 'int'], default: null })),
    ],
  ])('%s', (_, before, after) => {
    expect(rulesBroken(before, after)).toEqual([])
  })
})

describe('a change both ways is refused when it', () => {
  test.each<[string, AvroRecord, AvroRecord, readonly string[]]>([
    ['adds a field without a default', record(id), record(id, { name: 'note', type: 'string' }), ['default-missing note']],
    [
      'adds a nullable field without a default',
      record(id),
      record(id, { name: 'note', type: ['null', 'string'] }),
      ['default-missing note'],
    ],
    ['removes a field that has no default', record(id, { name: 'n', type: 'int' }), record(id), ['field-removed n']],
    ['renames a field', record(id), record({ name: 'key', type: 'string' }), ['default-missing key', 'field-removed id']],
    [
      'renames a field with an alias, since old readers know none',
      record(id),
      record({ name: 'key', type: 'string', aliases: ['id'] }),
      ['field-removed id'],
    ],
    ['changes a type', record({ name: 'n', type: 'int' }), record({ name: 'n', type: 'string' }), ['type-changed n']],
    [
      'widens a type, since old readers cannot follow',
      record({ name: 'n', type: 'int' }),
      record({ name: 'n', type: 'long' }),
      ['type-changed n'],
    ],
    [
      'takes away null',
      record({ name: 'n', type: ['null', 'int'], default: null }),
      record({ name: 'n', type: 'int' }),
      ['branch-removed n'],
    ],
    ['takes null', record({ name: 'n', type: 'int' }), record({ name: 'n', type: ['null', 'int'], default: null }), ['branch-added n']],
    ['removes a symbol', record(colour(['red', 'blue'])), record(colour(['red'])), ['symbol-removed colour']],
    ['adds a symbol to an enum without a default', record(colour(['red'])), record(colour(['red', 'blue'])), ['symbol-added colour']],
    ['renames the record', record(id), { ...record(id), name: 'Item' }, ['record-renamed']],
    [
      'renames an inner record',
      record({ name: 'm', type: { type: 'record', name: 'A', fields: [id] } }),
      record({ name: 'm', type: { type: 'record', name: 'B', fields: [id] } }),
      ['record-renamed m'],
    ],
    ['moves the record to another namespace', record(id), { ...record(id), namespace: 'other' }, ['record-renamed']],
    [
      'changes the size of a fixed',
      record({ name: 'hash', type: { type: 'fixed', name: 'Hash', size: 16 } }),
      record({ name: 'hash', type: { type: 'fixed', name: 'Hash', size: 32 } }),
      ['size-changed hash'],
    ],
    [
      'changes the unit of an instant',
      record({ name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } }),
      record({ name: 'at', type: { type: 'long', logicalType: 'timestamp-micros' } }),
      ['unit-changed at'],
    ],
    [
      'makes an array a map',
      record({ name: 'all', type: { type: 'array', items: 'int' } }),
      record({ name: 'all', type: { type: 'map', values: 'int' } }),
      ['type-changed all'],
    ],
    [
      'changes what an array holds',
      record({ name: 'all', type: { type: 'array', items: 'int' } }),
      record({ name: 'all', type: { type: 'array', items: 'string' } }),
      ['type-changed all.[]'],
    ],
    ['breaks a rule deep inside', record(nested(id)), record(nested({ name: 'id', type: 'int' })), ['type-changed maker.id']],
    ['is no schema at all', record(id), record({ name: 'n', type: 'integer' }), ['invalid-schema']],
    ['has a default that its type does not take', record(id), record(id, { name: 'n', type: 'int', default: 'none' }), ['invalid-schema']],
  ])('%s', (_, before, after, rules) => {
    expect(rulesBroken(before, after)).toEqual(rules)
  })
})

describe('where only old records must stay readable', () => {
  test.each<[string, AvroRecord, AvroRecord, readonly string[]]>([
    ['a column may go', record(id, { name: 'n', type: 'int' }), record(id), []],
    ['a column may widen', record({ name: 'n', type: 'int' }), record({ name: 'n', type: 'long' }), []],
    ['a column may become nullable', record({ name: 'n', type: 'int' }), record({ name: 'n', type: ['null', 'int'], default: null }), []],
    ['a column may not narrow', record({ name: 'n', type: 'long' }), record({ name: 'n', type: 'int' }), ['type-changed n']],
    ['a column may not be added without a default', record(id), record(id, { name: 'n', type: 'int' }), ['default-missing n']],
    [
      'DATETIME(3) may not become DATETIME(6), which counts µs in the same long',
      record({ name: 'at', type: { type: 'long', 'connect.name': 'io.debezium.time.Timestamp' } }),
      record({ name: 'at', type: { type: 'long', 'connect.name': 'io.debezium.time.MicroTimestamp' } }),
      ['unit-changed at'],
    ],
  ])('%s', (_, before, after, rules) => {
    expect(rulesBroken(before, after, 'BACKWARD_TRANSITIVE')).toEqual(rules)
  })
})

test('a break names the version, the field, the rule and the cure', () => {
  const history = [record(id), record(id, { name: 'n', type: 'int', default: 0 })].map((schema, index) => ({
    subject: 'things-value',
    version: index + 1,
    schema,
  }))
  expect(breaksOf('things-value', record(id, { name: 'n', type: 'string', default: '' }), history, 'FULL_TRANSITIVE')).toEqual([
    {
      subject: 'things-value',
      version: 2,
      path: 'n',
      rule: 'type-changed',
      message: "field 'n' changed from int to string, which cannot be read from records of version 2; add a field of another name",
    },
  ])
})

test('every version counts, not the newest alone', () => {
  const history = [record({ name: 'n', type: 'int' }), record()].map((schema, index) => ({
    subject: 'things-value',
    version: index + 1,
    schema,
  }))
  const current = record({ name: 'n', type: 'string', default: '' })
  expect(breaksOf('things-value', current, history, 'BACKWARD_TRANSITIVE').map(({ version, rule }) => ({ version, rule }))).toEqual([
    { version: 1, rule: 'type-changed' },
  ])
})

test('a row that an envelope holds twice is told once', () => {
  const before = schemaOf('cdc.user.ratings')
  const after = JSON.parse(
    JSON.stringify(before).replace('{"name":"version","type":"long"}', '{"name":"version","type":"string"}'),
  ) as AvroRecord
  expect(rulesBroken(before, after, 'BACKWARD_TRANSITIVE')).toEqual(['type-changed before.version'])
})
