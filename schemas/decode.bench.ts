/** Times our decode against the registry library's own on a rating's change envelope. Run as `node schemas/decode.bench.ts`. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry'
import avsc from 'avsc'
import { projection, schemaOf } from './avro.ts'
import { createCodec } from './codec.ts'
import { examplesOf } from './examples.ts'
import { avroType } from './long.ts'

const topic = 'cdc.user.ratings'
const rounds = 7
const decodes = 60_000

// a registry that knows one schema, so that both sides are measured as they are really used
const registry = createServer((_, response) => {
  response
    .setHeader('content-type', 'application/vnd.schemaregistry.v1+json')
    .end(JSON.stringify({ schema: JSON.stringify(schemaOf(topic)) }))
}).listen(0, '127.0.0.1')
await new Promise((resolve) => registry.once('listening', resolve))
const url = `http://127.0.0.1:${(registry.address() as AddressInfo).port}`

/** The library throws on longs past 2^53, as `ts_ns` is; the way its README gives out of it is a long type over BigInt. */
const bigLong = avsc.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => {
    const value = bytes.readBigInt64LE()
    return Number.isSafeInteger(Number(value)) ? Number(value) : value
  },
  toBuffer: (value: number | bigint) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(BigInt(value))
    return bytes
  },
  fromJSON: Number,
  toJSON: String,
  isValid: (value: unknown) => typeof value === 'bigint' || Number.isSafeInteger(value),
  compare: (a: number, b: number) => a - b,
})
const library = new SchemaRegistry(
  { host: url },
  {
    [SchemaType.AVRO]: {
      typeHook: (schema: unknown) => (schema === 'long' || (schema as { type?: unknown }).type === 'long' ? bigLong : undefined),
    },
  },
)

const type = avroType(schemaOf(topic))
const values = (await examplesOf(topic)).map(({ value }) => Buffer.concat([Buffer.from([0, 0, 0, 0, 1]), type.toBuffer(value)]))
const codec = createCodec({ url })
const whole = codec.reader(schemaOf(topic))
const projected = codec.reader(projection(topic, ['profile_id', 'title_id', 'half_stars', 'version']))
await Promise.all([whole.prepare(values), projected.prepare(values)])

const contenders: Readonly<Record<string, (value: Buffer) => unknown>> = {
  'library, awaited': (value) => library.decode(value),
  'codec, whole record': (value) => whole.decode(value),
  'codec, projection': (value) => projected.decode(value),
}

/** µs of CPU per decode; only the library gives promises, and only those are awaited. */
async function measure(decode: (value: Buffer) => unknown): Promise<number> {
  const before = process.cpuUsage()
  for (let n = 0; n < decodes; n++) {
    const decoded = decode(values[n % values.length] as Buffer)
    if (decoded instanceof Promise) await decoded
  }
  const used = process.cpuUsage(before)
  return (used.user + used.system) / decodes
}

const taken = new Map(Object.keys(contenders).map((name) => [name, [] as number[]]))
for (let round = 0; round < rounds; round++)
  for (const [name, decode] of Object.entries(contenders)) taken.get(name)?.push(await measure(decode))
const median = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN
const base = median(taken.get('library, awaited') ?? [])
for (const [name, numbers] of taken)
  process.stdout.write(`${name.padEnd(22)} ${median(numbers).toFixed(2)} µs of CPU per decode  ${(base / median(numbers)).toFixed(1)}×\n`)
registry.close()
