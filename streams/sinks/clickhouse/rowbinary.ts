/** ClickHouse's RowBinary, by hand: values one after another in the table's column order, little endian, no names. */

/** Bytes that grow; a row reserves what it needs at most, then writes unchecked. */
export interface Bytes { buffer: Buffer; at: number }
export type Encode = (bytes: Bytes, value: unknown) => void

export const openBytes = (size: number): Bytes => ({ buffer: Buffer.allocUnsafe(size), at: 0 })

function reserve(bytes: Bytes, size: number): void {
  if (bytes.at + size <= bytes.buffer.length) return
  const larger = Buffer.allocUnsafe(Math.max(bytes.buffer.length * 2, bytes.at + size))
  bytes.buffer.copy(larger, 0, 0, bytes.at)
  bytes.buffer = larger
}

export function byte(bytes: Bytes, value: number): void {
  reserve(bytes, 1)
  bytes.buffer[bytes.at++] = value
}

export function uint16(bytes: Bytes, value: number): void {
  reserve(bytes, 2)
  bytes.at = bytes.buffer.writeUInt16LE(value, bytes.at)
}

export function int64(bytes: Bytes, value: number): void {
  if (!Number.isSafeInteger(value)) throw new TypeError(`'${value}' is no safe integer`)
  reserve(bytes, 8)
  const { buffer, at } = bytes
  const low = value >>> 0
  const high = Math.floor(value / 0x1_0000_0000)
  buffer[at] = low
  buffer[at + 1] = low >>> 8
  buffer[at + 2] = low >>> 16
  buffer[at + 3] = low >>> 24
  buffer[at + 4] = high
  buffer[at + 5] = high >> 8
  buffer[at + 6] = high >> 16
  buffer[at + 7] = high >> 24
  bytes.at = at + 8
}

function varint(bytes: Bytes, value: number): void {
  reserve(bytes, 5)
  let left = value
  for (; left > 127; left >>>= 7) bytes.buffer[bytes.at++] = (left & 127) | 128
  bytes.buffer[bytes.at++] = left
}

const text: Encode = (bytes, value) => {
  if (typeof value !== 'string') throw new TypeError(`'${value}' is no text`)
  const { length } = value
  reserve(bytes, 5 + length * 3)
  if (length * 3 < 128) { // its length in bytes fits the one byte left for it
    const written = bytes.buffer.write(value, bytes.at + 1)
    bytes.buffer[bytes.at] = written
    bytes.at += 1 + written
  } else {
    varint(bytes, Buffer.byteLength(value))
    bytes.at += bytes.buffer.write(value, bytes.at)
  }
}

const int: Encode = (bytes, value) => {
  if (typeof value !== 'number' || (value | 0) !== value) throw new TypeError(`'${value}' is no 32-bit integer`)
  reserve(bytes, 4)
  bytes.at = bytes.buffer.writeInt32LE(value, bytes.at)
}

const long: Encode = (bytes, value) => int64(bytes, value as number)

const double: Encode = (bytes, value) => {
  if (typeof value !== 'number') throw new TypeError(`'${value}' is no number`)
  reserve(bytes, 8)
  bytes.at = bytes.buffer.writeDoubleLE(value, bytes.at)
}

const bool: Encode = (bytes, value) => {
  if (typeof value !== 'boolean') throw new TypeError(`'${value}' is no boolean`)
  byte(bytes, value ? 1 : 0)
}

const list = (item: Encode): Encode => (bytes, value) => {
  if (!Array.isArray(value)) throw new TypeError(`'${value}' is no list`)
  varint(bytes, value.length)
  for (const entry of value) item(bytes, entry)
}

/** Null as one byte, else a zero and the value. */
export const nullable = (encode: Encode): Encode => (bytes, value) => {
  if (value === null) return byte(bytes, 1)
  byte(bytes, 0)
  encode(bytes, value)
}

/** Encoders by column type. Each throws a TypeError that quotes what it cannot hold. */
export const encoders = { text, int, long, double, bool, timestamp: long, 'text[]': list(text), 'int[]': list(int) } as const

/** Bytes of the type's zero: what a removed row holds outside its key. */
export const zeroes = { text: '', int: 0, long: 0, double: 0, bool: false, timestamp: 0, 'text[]': [], 'int[]': [] } as const
