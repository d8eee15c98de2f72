/** Avro `long` without loss: a number where a number holds it exactly, a bigint beyond (Debezium's `ts_ns`). */
import avsc from 'avsc'

/** The part of avsc's reader and writer of bytes that a custom type needs. */
interface Tap {
  pos: number
  readLong(): number
  writeLong(value: number): void
}
interface Primitive {
  _read(tap: Tap): unknown
  _write(tap: Tap, value: unknown): void
}

/**
 * avsc reads varints with doubles. A zigzag-coded value from 2^53 on may lose its lowest bit, which is the sign: -(2^52 + 2)
 * came back as 2^52 + 2. Below 2^52 every step is exact, so only there its fast path is believed; a check for a safe integer is not enough.
 */
const exactBelow = 2 ** 52

const narrow = (value: bigint): number | bigint => {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

const exact = avsc.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => narrow(bytes.readBigInt64LE()),
  toBuffer: (value: number | bigint) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(BigInt(value))
    return bytes
  },
  fromJSON: (value: unknown) => (typeof value === 'string' ? narrow(BigInt(value)) : value),
  toJSON: (value: number | bigint) => (typeof value === 'bigint' ? value.toString() : value),
  isValid: (value: unknown) => (typeof value === 'bigint' ? BigInt.asIntN(64, value) === value : Number.isSafeInteger(value)),
  compare: (a: number | bigint, b: number | bigint) => (a < b ? -1 : a > b ? 1 : 0),
})
const slow = exact as unknown as Primitive

const longType = Object.freeze(
  Object.create(exact, {
    _read: {
      value(tap: Tap): unknown {
        const start = tap.pos
        const value = tap.readLong()
        if (value < exactBelow && value > -exactBelow) return value
        tap.pos = start
        return slow._read.call(exact, tap)
      },
    },
    _write: {
      value(tap: Tap, value: unknown): void {
        if (typeof value === 'number' && Number.isInteger(value) && value < exactBelow && value > -exactBelow) tap.writeLong(value)
        else slow._write.call(exact, tap, value)
      },
    },
  }),
) as avsc.types.LongType

/** avsc's `typeHook` that puts our long in place of its own, whatever attributes the schema hangs on it. */
export const longHook = (schema: unknown): avsc.Type | undefined =>
  schema === 'long' || (typeof schema === 'object' && schema !== null && 'type' in schema && schema.type === 'long') ? longType : undefined

/** Options of every avsc type here: exact longs, plain values for union branches, records free of avsc's methods. avsc writes into them. */
export const avroOptions = () => ({ typeHook: longHook, wrapUnions: false, omitRecordMethods: true })

/** The avsc type of a schema. */
export const avroType = (schema: unknown): avsc.Type => avsc.Type.forSchema(schema as avsc.Schema, avroOptions())
