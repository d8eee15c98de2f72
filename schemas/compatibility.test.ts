import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { schemaOf, type AvroField, type AvroRecord, type AvroType } from './avro.ts'
import { breaksOf, checkContracts } from './compatibility.ts'
import { freeze, frozenVersions } from './history.ts'
import { avroType } from './long.ts'
import { resolve } from './model.ts'
import { misfits } from './resolution.ts'
import { compatibilityOf, contracts, subjectOf } from './topics.ts'

const record = (...fields: readonly AvroField[]): AvroRecord => ({ type: 'record', name: 'Thing', namespace: 'test', fields })
const id: AvroField = { name: 'id', type: 'string' }
const colour = (symbols: readonly string[], more: object = {}): AvroField => ({ name: 'colour', type: { type: 'enum', name: 'Colour', symbols, ...more } })
const nested = (...fields: readonly AvroField[]): AvroField => ({ name: 'maker', type: ['null', { type: 'record', name: 'Maker', fields }], default: null })

const rulesBroken = (before: AvroRecord, after: AvroRecord, compatibility: 'FULL_TRANSITIVE' | 'BACKWARD_TRANSITIVE' = 'FULL_TRANSITIVE'): readonly string[] =>
  breaksOf('things-value', after, [{ subject: 'things-value', version: 1, schema: before }], compatibility).map((broken) => `${broken.rule} ${broken.path}`.trim())

describe('a change both ways is allowed when it', () => {
  test.each<[string, AvroRecord, AvroRecord]>([
    ['changes nothing', record(id), record(id)],
    ['adds a field with a default', record(id), record(id, { name: 'note', type: ['null', 'string'], default: null })],
    ['adds a field with an empty default', record(id), record(id, { name: 'note', type: 'string', default: '' })],
    ['removes a field that had a default', record(id, { name: 'note', type: ['null', 'string'], default: null }), record(id)],
    ['moves fields about', record(id, { name: 'n', type: 'int' }), record({ name: 'n', type: 'int' }, id)],
    ['documents a field', record(id), record({ ...id, doc: 'ULID' })],
    ['adds a symbol to an enum with a default', record(colour(['red', 'other'], { default: 'other' })), record(colour(['red', 'other', 'blue'], { default: 'other' }))],
    ['adds a default to a field', record(id), record({ ...id, default: '' })],
    ['swaps bytes and string', record({ name: 'n', type: 'bytes' }), record({ name: 'n', type: 'string' })],
    ['adds a field with a default deep inside', record(nested(id)), record(nested(id, { name: 'since', type: ['null', 'int'], default: null }))],
  ])('%s', (_, before, after) => {
    expect(rulesBroken(before, after)).toEqual([])
  })
})

describe('a change both ways is refused when it', () => {
  test.each<[string, AvroRecord, AvroRecord, readonly string[]]>([
    ['adds a field without a default', record(id), record(id, { name: 'note', type: 'string' }), ['default-missing note']],
    ['adds a nullable field without a default', record(id), record(id, { name: 'note', type: ['null', 'string'] }), ['default-missing note']],
    ['removes a field that has no default', record(id, { name: 'n', type: 'int' }), record(id), ['field-removed n']],
    ['renames a field', record(id), record({ name: 'key', type: 'string' }), ['default-missing key', 'field-removed id']],
    ['renames a field with an alias, since old readers know none', record(id), record({ name: 'key', type: 'string', aliases: ['id'] }), ['field-removed id']],
    ['changes a type', record({ name: 'n', type: 'int' }), record({ name: 'n', type: 'string' }), ['type-changed n']],
    ['widens a type, since old readers cannot follow', record({ name: 'n', type: 'int' }), record({ name: 'n', type: 'long' }), ['type-changed n']],
    ['takes away null', record({ name: 'n', type: ['null', 'int'], default: null }), record({ name: 'n', type: 'int' }), ['branch-removed n']],
    ['takes null', record({ name: 'n', type: 'int' }), record({ name: 'n', type: ['null', 'int'], default: null }), ['branch-added n']],
    ['removes a symbol', record(colour(['red', 'blue'])), record(colour(['red'])), ['symbol-removed colour']],
    ['adds a symbol to an enum without a default', record(colour(['red'])), record(colour(['red', 'blue'])), ['symbol-added colour']],
    ['renames the record', record(id), { ...record(id), name: 'Item' }, ['record-renamed']],
    ['renames an inner record', record({ name: 'm', type: { type: 'record', name: 'A', fields: [id] } }), record({ name: 'm', type: { type: 'record', name: 'B', fields: [id] } }), ['record-renamed m']],
    ['moves the record to another namespace', record(id), { ...record(id), namespace: 'other' }, ['record-renamed']],
    ['changes the size of a fixed', record({ name: 'hash', type: { type: 'fixed', name: 'Hash', size: 16 } }), record({ name: 'hash', type: { type: 'fixed', name: 'Hash', size: 32 } }), ['size-changed hash']],
    ['changes the unit of an instant', record({ name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } }), record({ name: 'at', type: { type: 'long', logicalType: 'timestamp-micros' } }), ['unit-changed at']],
    ['makes an array a map', record({ name: 'all', type: { type: 'array', items: 'int' } }), record({ name: 'all', type: { type: 'map', values: 'int' } }), ['type-changed all']],
    ['changes what an array holds', record({ name: 'all', type: { type: 'array', items: 'int' } }), record({ name: 'all', type: { type: 'array', items: 'string' } }), ['type-changed all.[]']],
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
    ['DATETIME(3) may not become DATETIME(6), which counts µs in the same long', record({ name: 'at', type: { type: 'long', 'connect.name': 'io.debezium.time.Timestamp' } }), record({ name: 'at', type: { type: 'long', 'connect.name': 'io.debezium.time.MicroTimestamp' } }), ['unit-changed at']],
  ])('%s', (_, before, after, rules) => {
    expect(rulesBroken(before, after, 'BACKWARD_TRANSITIVE')).toEqual(rules)
  })
})

test('a break names the version, the field, the rule and the cure', () => {
  const history = [record(id), record(id, { name: 'n', type: 'int', default: 0 })].map((schema, index) => ({ subject: 'things-value', version: index + 1, schema }))
  expect(breaksOf('things-value', record(id, { name: 'n', type: 'string', default: '' }), history, 'FULL_TRANSITIVE')).toEqual([
    { subject: 'things-value', version: 2, path: 'n', rule: 'type-changed', message: "field 'n' changed from int to string, which cannot be read from records of version 2; add a field of another name" },
  ])
})

test('every version counts, not the newest alone', () => {
  const history = [record({ name: 'n', type: 'int' }), record()].map((schema, index) => ({ subject: 'things-value', version: index + 1, schema }))
  const current = record({ name: 'n', type: 'string', default: '' })
  expect(breaksOf('things-value', current, history, 'BACKWARD_TRANSITIVE').map(({ version, rule }) => ({ version, rule }))).toEqual([{ version: 1, rule: 'type-changed' }])
})

test('a row that an envelope holds twice is told once', () => {
  const before = schemaOf('cdc.user.ratings')
  const after = JSON.parse(JSON.stringify(before).replace('{"name":"version","type":"long"}', '{"name":"version","type":"string"}')) as AvroRecord
  expect(rulesBroken(before, after, 'BACKWARD_TRANSITIVE')).toEqual(['type-changed before.version'])
})

const type: fc.Arbitrary<{ readonly type: AvroType; readonly example: unknown }> = fc.oneof(
  fc.constantFrom<readonly [AvroType, unknown]>(['int', 1], ['long', 1], ['float', 1], ['double', 1], ['string', ''], ['bytes', ''], ['boolean', true], ['null', null])
    .map(([name, example]) => ({ type: name, example })),
  fc.constantFrom<readonly AvroType[]>(['null', 'int'], ['null', 'string'], ['null', 'long', 'string'], ['null'], ['null', { type: 'array', items: 'int' }])
    .map((branches) => ({ type: branches, example: null })),
  fc.tuple(fc.uniqueArray(fc.constantFrom('A', 'B', 'C'), { minLength: 1 }), fc.boolean())
    .map(([symbols, open]) => ({ type: { type: 'enum', name: 'E', symbols, ...(open ? { default: symbols[0] } : {}) }, example: symbols[0] })),
  fc.constantFrom<readonly [AvroType, unknown]>([{ type: 'fixed', name: 'F', size: 1 }, '\u0000'], [{ type: 'fixed', name: 'F', size: 2 }, '\u0000\u0000'])
    .map(([fixed, example]) => ({ type: fixed, example })),
  fc.constantFrom('int', 'string').chain((items) => fc.constantFrom<readonly [AvroType, unknown]>([{ type: 'array', items }, []], [{ type: 'map', values: items }, {}]))
    .map(([container, example]) => ({ type: container, example })),
)
const field = (name: string): fc.Arbitrary<AvroField> => fc.tuple(type, fc.boolean())
  .map(([{ type: chosen, example }, has]) => ({ name, type: chosen, ...(has ? { default: example } : {}) }))
const schema: fc.Arbitrary<AvroRecord> = fc.tuple(fc.constantFrom('R', 'R', 'R', 'S'), fc.option(field('a')), fc.option(field('b')), fc.constantFrom('x', 'y'))
  .map(([name, ...parts]) => {
    // one of each named type at most: a schema may not define a name twice
    const seen = new Set<string>()
    const fields = parts.flatMap((part) => {
      if (part === null || typeof part === 'string') return []
      const text = /"name":"([EF])"/.exec(JSON.stringify(part.type))?.[1]
      if (text !== undefined && seen.has(text)) return []
      if (text !== undefined) seen.add(text)
      return [part]
    })
    return { type: 'record', name, fields: [...fields, { name: parts[2], type: 'int', aliases: parts[2] === 'y' ? ['x'] : [] }] }
  })

test('the rules agree with what avsc can resolve', () => {
  let resolvable = 0
  fc.assert(fc.property(schema, schema, (reader, writer) => {
    const agreed = misfits(resolve(reader), resolve(writer)).length === 0
    let resolves = true
    try {
      avroType(reader).createResolver(avroType(writer))
    } catch {
      resolves = false
    }
    if (resolves) resolvable++
    expect(agreed).toBe(resolves)
  }), { numRuns: 3_000 })
  expect(resolvable).toBeGreaterThan(100)
})

describe('the catalogue', () => {
  test('follows its frozen history', () => {
    expect(checkContracts()).toEqual([])
  })

  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(`${tmpdir()}/cdlc-history-`)
    for (const spec of contracts) freeze(subjectOf(spec.name), schemaOf(spec.name), folder)
  })
  afterEach(() => rmSync(folder, { recursive: true }))
  const edit = (file: string, change: (text: string) => string): void => writeFileSync(`${folder}/${file}`, change(readFileSync(`${folder}/${file}`, 'utf8')))
  const rules = (): readonly string[] => checkContracts(folder).map(({ subject, version, rule }) => `${rule} ${subject}/${version}`)

  test('is clean when all of it is frozen', () => {
    expect(rules()).toEqual([])
  })

  test('is broken by an edited frozen file, even where the edit means nothing', () => {
    edit('cdc.user.ratings-value/1.avsc', (text) => `${text}\n`)
    expect(rules()).toEqual(['frozen-edited cdc.user.ratings-value/1'])
  })

  test('is broken by a frozen file that is gone', () => {
    rmSync(`${folder}/content.title-events-value/1.avsc`)
    expect(rules()).toEqual(['frozen-missing content.title-events-value/1', 'not-frozen content.title-events-value/0'])
  })

  test('is broken by a frozen file that was put there by hand', () => {
    writeFileSync(`${folder}/content.title-events-value/2.avsc`, readFileSync(`${folder}/content.title-events-value/1.avsc`))
    expect(rules()).toEqual(['frozen-unlisted content.title-events-value/2'])
  })

  test('is broken by a history whose topic left the catalogue', () => {
    freeze('cdc.user.diaries-value', schemaOf('cdc.user.ratings'), folder)
    expect(rules()).toEqual(['subject-removed cdc.user.diaries-value/0'])
  })

  test('asks for a freeze where a schema is allowed and new', () => {
    freeze('content.title-events-value', { ...schemaOf('content.title-events'), fields: [...schemaOf('content.title-events').fields, { name: 'note', type: ['null', 'string'], default: null }] }, folder)
    expect(rules()).toEqual(['not-frozen content.title-events-value/2'])
  })

  test('never freezes over a version', () => {
    expect(freeze('cdc.user.ratings-value', schemaOf('cdc.user.ratings'), folder)).toBe(2)
    expect(frozenVersions('cdc.user.ratings-value', folder).map(({ version }) => version)).toEqual([1, 2])
  })

  test('holds CDC to old records and events to both ways', () => {
    expect(contracts.map((spec) => `${spec.kind} ${compatibilityOf(spec)}`).filter((line, place, all) => all.indexOf(line) === place))
      .toEqual(['cdc BACKWARD_TRANSITIVE', 'event FULL_TRANSITIVE'])
  })
})
