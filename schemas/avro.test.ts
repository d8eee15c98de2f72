import { describe, expect, test } from 'vitest'
import { carriesTrace, eventProjection, projection, rowSchema, schemaOf } from './avro.ts'
import { formatJson } from './format.ts'
import { generate, typeScriptOf } from './generate.ts'
import { avroType } from './long.ts'
import { contracts } from './topics.ts'

describe('a projection', () => {
  test('has before, after and op, and of a row the columns asked for, in the order asked', () => {
    expect(projection('cdc.user.ratings', ['half_stars', 'title_id'])).toEqual({
      type: 'record',
      name: 'Envelope',
      namespace: 'cdc.user.user.ratings',
      fields: [
        {
          name: 'before',
          type: [
            'null',
            {
              type: 'record',
              name: 'Value',
              fields: [
                { name: 'half_stars', type: { type: 'int', 'connect.type': 'int16' } },
                { name: 'title_id', type: 'string' },
              ],
            },
          ],
          default: null,
        },
        { name: 'after', type: ['null', 'Value'], default: null },
        { name: 'op', type: 'string' },
      ],
    })
  })

  test.each(contracts.filter((spec) => spec.kind === 'cdc'))(
    'of any columns of $name resolves against what Debezium writes',
    ({ name }) => {
      const writer = avroType(schemaOf(name))
      const columns = rowSchema(name).fields.map((field) => field.name)
      for (const chosen of [[], columns.slice(0, 1), columns, columns.toReversed()])
        expect(() => avroType(projection(name, chosen)).createResolver(writer)).not.toThrow()
    },
  )

  test('of a column that is not there says which are', () => {
    expect(() => projection('cdc.content.genres', ['slug'])).toThrow(
      "projecting topic 'cdc.content.genres': no column 'slug'; it has genre, name",
    )
  })

  test('of an event has the fields asked for, and says which there are where one is not', () => {
    const { name, namespace, fields } = eventProjection('content.title-events', ['version', 'title_id'])
    expect([namespace, name, fields.map((field) => field.name)]).toEqual(['content', 'TitleEvent', ['version', 'title_id']])
    expect(() => eventProjection('content.title-events', ['slug'])).toThrow("no column 'slug'; it has event_id, title_id")
  })

  test('of a topic without rows says so', () => {
    expect(() => projection('content.title-events', [])).toThrow("no 'before', so it is no change envelope")
    expect(() => projection('_connect_configs', [])).toThrow('its values are no contract of ours')
  })
})

describe('a type in TypeScript', () => {
  test.each([
    ['string', 'string'],
    ['long', 'number'],
    ['bytes', 'Uint8Array'],
    [['null', 'string'], 'string | null'],
    [{ type: 'int', 'connect.name': 'io.debezium.time.Date' }, 'number'],
    [{ type: 'enum', name: 'E', symbols: ['a', 'b'] }, "'a' | 'b'"],
    [{ type: 'array', items: ['null', 'int'] }, 'readonly (number | null)[]'],
    [{ type: 'map', values: 'boolean' }, 'Readonly<Record<string, boolean>>'],
    [{ type: 'record', name: 'R', fields: [{ name: 'a', type: 'int' }] }, '{ readonly a: number }'],
  ])('%j is %s', (type, text) => {
    expect(typeScriptOf(type)).toBe(text)
  })

  test('of a name alone is refused', () => {
    expect(() => typeScriptOf('content.Person')).toThrow("Avro type 'content.Person' is named before it is defined")
  })
})

test('the generated types have every contract, with a nullable column as such', () => {
  const text = generate()
  for (const { name } of contracts) expect(text).toContain(`'${name}': {`)
  expect(text).toContain('readonly original_name: string | null\n')
  expect(text).toContain("readonly type: 'Unknown' | 'TitleAdded' | 'TitleRevised' | 'TitleRemoved'\n")
})

test('trace context travels with a row and is no part of its type', () => {
  expect(contracts.filter(({ kind, name }) => kind === 'cdc' && carriesTrace(name)).map(({ name }) => name)).toEqual(['cdc.content.titles', 'cdc.user.ratings'])
  expect(generate()).not.toContain('traceparent')
})

describe('a formatted schema', () => {
  test.each(contracts)('of $name means what it meant, key order and all', ({ name }) => {
    expect(JSON.stringify(JSON.parse(formatJson(schemaOf(name))))).toBe(JSON.stringify(schemaOf(name)))
  })

  test('has a line per field', () => {
    expect(
      formatJson({
        type: 'record',
        name: 'R',
        fields: [
          { name: 'a', type: 'int' },
          { name: 'b', type: ['null', 'int'], default: null },
        ],
      }),
    ).toBe(
      [
        '{',
        '  "type": "record",',
        '  "name": "R",',
        '  "fields": [',
        '    { "name": "a", "type": "int" },',
        '    { "name": "b", "type": ["null", "int"], "default": null }',
        '  ]',
        '}',
        '',
      ].join('\n'),
    )
  })
})
