import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AvroField, AvroRecord, AvroType } from './avro.ts'
import { avroType } from './long.ts'
import { resolve } from './model.ts'
import { misfits } from './resolution.ts'

const type: fc.Arbitrary<{ readonly type: AvroType; readonly example: unknown }> = fc.oneof(
  fc
    .constantFrom<readonly [AvroType, unknown]>(
      ['int', 1],
      ['long', 1],
      ['float', 1],
      ['double', 1],
      ['string', ''],
      ['bytes', ''],
      ['boolean', true],
      ['null', null],
    )
    .map(([name, example]) => ({ type: name, example })),
  fc
    .constantFrom<readonly AvroType[]>(
      ['null', 'int'],
      ['null', 'string'],
      ['null', 'long', 'string'],
      ['null'],
      ['null', { type: 'array', items: 'int' }],
    )
    .map((branches) => ({ type: branches, example: null })),
  fc
    .tuple(fc.uniqueArray(fc.constantFrom('A', 'B', 'C'), { minLength: 1 }), fc.boolean())
    .map(([symbols, open]) => ({
      type: { type: 'enum', name: 'E', symbols, ...(open ? { default: symbols[0] } : {}) },
      example: symbols[0],
    })),
  fc
    .constantFrom<readonly [AvroType, unknown]>(
      [{ type: 'fixed', name: 'F', size: 1 }, '\u0000'],
      [{ type: 'fixed', name: 'F', size: 2 }, '\u0000\u0000'],
    )
    .map(([fixed, example]) => ({ type: fixed, example })),
  fc
    .constantFrom('int', 'string')
    .chain((items) => fc.constantFrom<readonly [AvroType, unknown]>([{ type: 'array', items }, []], [{ type: 'map', values: items }, {}]))
    .map(([container, example]) => ({ type: container, example })),
)
const field = (name: string): fc.Arbitrary<AvroField> =>
  fc.tuple(type, fc.boolean()).map(([{ type: chosen, example }, has]) => ({ name, type: chosen, ...(has ? { default: example } : {}) }))
const schema: fc.Arbitrary<AvroRecord> = fc
  .tuple(fc.constantFrom('R', 'R', 'R', 'S'), fc.option(field('a')), fc.option(field('b')), fc.constantFrom('x', 'y'))
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
  fc.assert(
    fc.property(schema, schema, (reader, writer) => {
      const agreed = misfits(resolve(reader), resolve(writer)).length === 0
      let resolves = true
      try {
        avroType(reader).createResolver(avroType(writer))
      } catch {
        resolves = false
      }
      if (resolves) resolvable++
      expect(agreed).toBe(resolves)
    }),
    { numRuns: 3_000 },
  )
  expect(resolvable).toBeGreaterThan(100)
})
