/** Reads ClickHouse's RowBinary back, by the types that an insert declares. */
import type { AnyRow } from '../../runtime/store.ts'

interface Cursor { readonly bytes: Buffer; at: number }
type Read = (cursor: Cursor) => unknown

function varint(cursor: Cursor): number {
  let value = 0
  for (let shift = 0; ; shift += 7) {
    const byte = cursor.bytes.readUInt8(cursor.at++)
    value += (byte & 127) * 2 ** shift
    if (byte < 128) return value
  }
}
const fixed = (size: number, read: (bytes: Buffer, at: number) => number): Read => (cursor) => {
  const value = read(cursor.bytes, cursor.at)
  cursor.at += size
  return value
}
const scalars: Readonly<Record<string, Read>> = {
  String: (cursor) => {
    const length = varint(cursor)
    cursor.at += length
    return cursor.bytes.toString('utf8', cursor.at - length, cursor.at)
  },
  Int32: fixed(4, (bytes, at) => bytes.readInt32LE(at)), Int64: fixed(8, (bytes, at) => Number(bytes.readBigInt64LE(at))),
  'DateTime64(3)': fixed(8, (bytes, at) => Number(bytes.readBigInt64LE(at))), Float64: fixed(8, (bytes, at) => bytes.readDoubleLE(at)),
  UInt16: fixed(2, (bytes, at) => bytes.readUInt16LE(at)), UInt8: fixed(1, (bytes, at) => bytes.readUInt8(at)),
  Bool: (cursor) => cursor.bytes.readUInt8(cursor.at++) === 1,
}

function readerOf(type: string): Read {
  const [, outer, inner = ''] = /^(Nullable|Array)\((.*)\)$/.exec(type) ?? []
  const read = outer === undefined ? scalars[type] : readerOf(inner)
  if (read === undefined) throw new Error(`simulated clickhouse: no type '${type}'`)
  if (outer === 'Nullable') return (cursor) => (cursor.bytes.readUInt8(cursor.at++) === 1 ? null : read(cursor))
  return outer === 'Array' ? (cursor) => Array.from({ length: varint(cursor) }, () => read(cursor)) : read
}

export interface Column { readonly name: string; readonly type: string }

/** Columns as a table's definition lists them: `` `name` Type, … ``. */
export const columnsIn = (definition: string): readonly Column[] =>
  [...definition.matchAll(/`([^`]+)` ((?:Nullable|Array)\([^)]*\)|DateTime64\(3\)|\w+)/g)].map(([, name = '', type = '']) => ({ name, type }))

export function rowsIn(columns: readonly Column[], bytes: Buffer): readonly AnyRow[] {
  const readers = columns.map(({ name, type }) => ({ name, read: readerOf(type) }))
  const cursor: Cursor = { bytes, at: 0 }
  const rows: AnyRow[] = []
  while (cursor.at < bytes.length) rows.push(Object.fromEntries(readers.map(({ name, read }) => [name, read(cursor)])))
  return rows
}
