import avsc from 'avsc'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { projection, schemaOf, type AvroRecord } from './avro.ts'
import { codecOver, DecodeError, problemsOf, type Codec } from './codec.ts'
import { avroType } from './long.ts'
import { RegistryError, type Registry } from './registry.ts'

/** A registry in memory that counts what it is asked, and can be away. */
function memoryRegistry(): Registry & { asked: number; away: boolean; schemas: AvroRecord[] } {
  const registry = {
    asked: 0,
    away: false,
    schemas: [] as AvroRecord[],
    async register(_subject: string, schema: AvroRecord) {
      const known = registry.schemas.findIndex((candidate) => JSON.stringify(candidate) === JSON.stringify(schema))
      return known >= 0 ? known + 1 : registry.schemas.push(schema)
    },
    async writerType(id: number) {
      registry.asked++
      await Promise.resolve()
      if (registry.away) throw new RegistryError('registry_unavailable', 'away')
      const schema = registry.schemas[id - 1]
      return schema === undefined ? undefined : avroType(schema)
    },
  }
  return registry
}

const record = (...fields: AvroRecord['fields']): AvroRecord => ({ type: 'record', name: 'Thing', fields })
const long = avroType('long')
const min = -(2n ** 63n)
const max = 2n ** 63n - 1n
const safe = (value: bigint): number | bigint => (Number.isSafeInteger(Number(value)) ? Number(value) : value)

const rating = { profile_id: 'p', title_id: 't', half_stars: 9, rated_at: 1_760_000_000_000, version: 1_760_000_000_000_001, traceparent: null }
const envelope = {
  before: null,
  after: rating,
  op: 'c',
  transaction: null,
  source: {
    version: '3.6.1.Final',
    connector: 'mysql',
    name: 'cdc.user',
    ts_ms: 1,
    snapshot: 'false',
    db: 'user',
    sequence: null,
    ts_us: 1_000,
    ts_ns: 1_760_000_000_123_456_789n,
    table: 'ratings',
    server_id: 1,
    gtid: null,
    file: 'binlog.000001',
    pos: 4,
    row: 0,
    thread: null,
    query: null,
  },
  ts_ms: 1,
  ts_us: 1_000,
  ts_ns: 1_760_000_000_123_456_789n,
}

async function decodeError(codec: Codec, schema: AvroRecord, bytes: Buffer): Promise<DecodeError> {
  const reader = codec.reader(schema)
  await reader.prepare([bytes])
  try {
    reader.decode(bytes)
  } catch (error) {
    if (error instanceof DecodeError) return error
    throw error
  }
  throw new Error('it decoded')
}

describe('a long', () => {
  test('comes back as it went, as a number where a number holds it', () => {
    fc.assert(
      fc.property(fc.bigInt({ min, max }), (value) => {
        expect(long.fromBuffer(long.toBuffer(value))).toBe(safe(value))
      }),
      { numRuns: 2_000 },
    )
  })

  test.each([0n, 2n ** 31n, 2n ** 52n, 2n ** 53n, 2n ** 62n, max, min])(
    'comes back exactly around ±%s, where doubles lose bits',
    (edge) => {
      for (let distance = -5n; distance <= 5n; distance++) {
        for (const value of [edge + distance, -edge + distance]) {
          if (value < min || value > max) continue
          expect(long.fromBuffer(long.toBuffer(value))).toBe(safe(value))
          expect(long.toBuffer(safe(value))).toEqual(long.toBuffer(value))
        }
      }
    },
  )

  test('is written as avsc writes it', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 52) + 1, max: 2 ** 52 - 1 }), (value) => {
        expect(long.toBuffer(value)).toEqual(avsc.Type.forSchema('long').toBuffer(value))
      }),
    )
  })

  test.each([1.5, Number.NaN, 2 ** 53, 2n ** 63n, '1', null])('is not %s', (value) => {
    expect(long.isValid(value)).toBe(false)
    expect(() => long.toBuffer(value)).toThrow()
  })

  test('takes what an int wrote', () => {
    const int = avsc.Type.forSchema('int')
    expect(long.fromBuffer(int.toBuffer(-7), long.createResolver(int))).toBe(-7)
  })
})

describe('a codec', () => {
  test("gives back what it was given, in the registry's wire format", async () => {
    const codec = codecOver(memoryRegistry())
    const schema = schemaOf('cdc.user.ratings')
    const encode = await codec.encoder('cdc.user.ratings-value', schema)
    const bytes = encode(envelope)
    expect(bytes.subarray(0, 5)).toEqual(Buffer.from([0, 0, 0, 0, 1]))
    const reader = codec.reader(schema)
    await reader.prepare([bytes])
    expect(reader.decode(bytes)).toEqual(envelope)
  })

  test('reads through a projection only the columns it names', async () => {
    const codec = codecOver(memoryRegistry())
    const encode = await codec.encoder('cdc.user.ratings-value', schemaOf('cdc.user.ratings'))
    const reader = codec.reader(projection('cdc.user.ratings', ['version', 'title_id']))
    const bytes = encode({ ...envelope, before: { ...rating, half_stars: 2 }, op: 'u' })
    await reader.prepare([bytes])
    expect(reader.decode(bytes)).toEqual({
      before: { title_id: 't', version: rating.version },
      after: { title_id: 't', version: rating.version },
      op: 'u',
    })
  })

  test('encodes values larger than its scratch, and keeps earlier results', async () => {
    const codec = codecOver(memoryRegistry())
    const schema = record({ name: 'text', type: 'string' })
    const encode = await codec.encoder('things-value', schema)
    const values = [{ text: 'a' }, { text: 'b'.repeat(100_000) }, { text: 'c' }]
    const all = values.map(encode)
    const reader = codec.reader(schema)
    await reader.prepare(all)
    expect(all.map((bytes) => reader.decode(bytes))).toEqual(values)
  })

  test('says which field of a value is wrong', async () => {
    const encode = await codecOver(memoryRegistry()).encoder('cdc.user.ratings-value', schemaOf('cdc.user.ratings'))
    expect(() => encode({ ...envelope, after: { ...rating, half_stars: 'nine' } })).toThrow(
      "encoding a value for subject 'cdc.user.ratings-value': 'after.half_stars' is \"nine\", not int",
    )
  })

  test('names every branch a union would take', () => {
    expect(problemsOf(avroType(record({ name: 'note', type: ['null', 'string'] })), { note: 4 })).toEqual([
      "'note' is 4, not null or string",
    ])
  })

  test('asks the registry once for a schema id, however many wait for it', async () => {
    const registry = memoryRegistry()
    const codec = codecOver(registry)
    const schema = record({ name: 'n', type: 'int' })
    const bytes = (await codec.encoder('things-value', schema))({ n: 1 })
    const reader = codec.reader(schema)
    await Promise.all([reader.prepare([bytes, bytes]), reader.prepare([bytes])])
    await reader.prepare([bytes])
    expect(registry.asked).toBe(1)
  })

  test('tells a registry that is away from a bad value, and goes on when it is back', async () => {
    const registry = memoryRegistry()
    const codec = codecOver(registry)
    const schema = record({ name: 'n', type: 'int' })
    const bytes = (await codec.encoder('things-value', schema))({ n: 1 })
    const reader = codec.reader(schema)
    registry.away = true
    await expect(reader.prepare([bytes])).rejects.toBeInstanceOf(RegistryError)
    registry.away = false
    await reader.prepare([bytes])
    expect(reader.decode(bytes)).toEqual({ n: 1 })
  })

  test('leaves bad values to decode, and tombstones to nobody', async () => {
    const registry = memoryRegistry()
    await codecOver(registry)
      .reader(record())
      .prepare([null, Buffer.alloc(0), Buffer.from('{"json":1}')])
    expect(registry.asked).toBe(0)
  })

  test.each([
    ['nothing', Buffer.alloc(0), 'undecodable', 'no magic byte'],
    ['json', Buffer.from('{"n":1}'), 'undecodable', "begin '7b226e223a'"],
    ['an id the registry does not know', Buffer.from([0, 0, 0, 0, 9, 2]), 'unknown_schema', 'schema 9'],
    ['a value cut short', Buffer.from([0, 0, 0, 0, 1, 6, 97]), 'undecodable', 'cut short'],
    ['bytes left over', Buffer.from([0, 0, 0, 0, 1, 2, 97, 0]), 'undecodable', '1 bytes are left over'],
  ])('refuses %s', async (_, bytes, code, words) => {
    const codec = codecOver(memoryRegistry())
    const schema = record({ name: 'text', type: 'string' })
    await codec.encoder('things-value', schema)
    expect(await decodeError(codec, schema, bytes)).toMatchObject({ code, message: expect.stringContaining(words) })
  })

  test('refuses a writer its reader cannot resolve, with the reason', async () => {
    const codec = codecOver(memoryRegistry())
    const bytes = (await codec.encoder('things-value', record({ name: 'n', type: 'string' })))({ n: 'x' })
    expect(await decodeError(codec, record({ name: 'n', type: 'int' }), bytes)).toMatchObject({
      code: 'undecodable',
      message: expect.stringContaining('does not resolve'),
    })
  })

  test('never answers arbitrary bytes with anything but a value or a DecodeError', async () => {
    const codec = codecOver(memoryRegistry())
    await codec.encoder('cdc.user.ratings-value', schemaOf('cdc.user.ratings'))
    const reader = codec.reader(projection('cdc.user.ratings', ['title_id']))
    await reader.prepare([Buffer.from([0, 0, 0, 0, 1])])
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (body) => {
        try {
          reader.decode(Buffer.concat([Buffer.from([0, 0, 0, 0, 1]), body]))
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError)
        }
      }),
      { numRuns: 1_000 },
    )
  })
})
