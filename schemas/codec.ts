/** Values of topics to bytes and back: Avro in the registry's wire format (0, schema id as u32be, body). */
import avsc from 'avsc'
import type { AvroRecord } from './avro.ts'
import { avroType } from './long.ts'
import { openRegistry, type Registry } from './registry.ts'

export interface Codec {
  /** Registers the schema under the subject (again, if need be) and returns an encoder; it throws an EncodeError that names the fields. */
  encoder<T = unknown>(subject: string, schema: AvroRecord): Promise<(value: T) => Buffer>
  /** A reader that gives values in the shape of `schema`, whatever version they were written in. */
  reader<T = unknown>(schema: AvroRecord): Reader<T>
}

/** Reads one topic's values; keep one per source, as it remembers a resolver per schema id. */
export interface Reader<T> {
  /**
   * Loads the schemas that these values name and this reader has not seen. Throws a RegistryError, and only that: bad values are
   * `decode`'s to report.
   */
  prepare(values: readonly (Buffer | null)[]): Promise<void>
  /** Synchronous; throws a DecodeError. The value must have been through `prepare`. */
  decode(value: Buffer): T
}

/** A value that will never decode, however often it is tried. */
export class DecodeError extends Error {
  readonly code: 'undecodable' | 'unknown_schema'
  constructor(code: 'undecodable' | 'unknown_schema', message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** A value that its schema does not allow. */
export class EncodeError extends Error {
  readonly code = 'unencodable'
}

const magic = 0
const headerBytes = 5

/** Opens nothing; the registry is asked when an encoder is made or a reader meets a new schema id. */
export const createCodec = ({ url }: { readonly url: string }): Codec => codecOver(openRegistry({ url }))

/** A codec over any registry; tests have one in memory. */
export function codecOver(registry: Registry): Codec {
  return {
    async encoder(subject, schema) {
      return encoderOf(subject, avroType(schema), await registry.register(subject, schema))
    },
    reader: (schema) => readerOf(avroType(schema), (id) => registry.writerType(id)),
  }
}

function encoderOf<T>(subject: string, type: avsc.Type, id: number): (value: T) => Buffer {
  let scratch = Buffer.allocUnsafe(1024)
  return (value) => {
    try {
      let end = type.encode(value, scratch, headerBytes)
      if (end < 0) {
        scratch = Buffer.allocUnsafe(2 * (scratch.length - end))
        end = type.encode(value, scratch, headerBytes)
      }
      scratch[0] = magic
      scratch.writeUInt32BE(id, 1)
      return Buffer.from(scratch.subarray(0, end))
    } catch (cause) {
      throw new EncodeError(`encoding a value for subject '${subject}': ${problemsOf(type, value).join('; ')}`, { cause })
    }
  }
}

/** What a type finds wrong with a value: path, the value there, and the type it should have; empty for a valid one. */
export function problemsOf(type: avsc.Type, value: unknown): readonly string[] {
  const problems: string[] = []
  type.isValid(value, {
    noUndeclaredFields: true,
    errorHook: (path, found, expected) => {
      problems.push(`'${path.join('.')}' is ${show(found)}, not ${nameOf(expected)}`)
    },
  })
  return problems
}

const nameOf = (type: avsc.Type): string =>
  type instanceof avsc.types.UnwrappedUnionType ? type.types.map(nameOf).join(' or ') : (type.branchName ?? type.typeName)

function show(value: unknown): string {
  const text = JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? item.toString() : item)) ?? 'undefined'
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

function readerOf<T>(type: avsc.Type, writerType: (id: number) => Promise<avsc.Type | undefined>): Reader<T> {
  const resolvers = new Map<number, avsc.Resolver | DecodeError>()
  const loading = new Map<number, Promise<void>>()

  async function load(id: number): Promise<void> {
    const writer = await writerType(id)
    if (writer === undefined) return
    try {
      resolvers.set(id, type.createResolver(writer))
    } catch (cause) {
      resolvers.set(
        id,
        new DecodeError('undecodable', `decoding with schema ${id}: it does not resolve to '${type.name}': ${messageOf(cause)}`, { cause }),
      )
    }
  }

  return {
    async prepare(values) {
      const missing = new Set<number>()
      let last = -1
      for (const value of values) {
        if (value === null || value.length < headerBytes || value[0] !== magic) continue
        const id = value.readUInt32BE(1)
        if (id === last) continue
        last = id
        if (!resolvers.has(id)) missing.add(id)
      }
      await Promise.all(
        [...missing].map((id) => {
          const started = loading.get(id) ?? load(id).finally(() => loading.delete(id))
          loading.set(id, started)
          return started
        }),
      )
    },

    decode(value) {
      if (value.length < headerBytes || value[0] !== magic) {
        throw new DecodeError(
          'undecodable',
          `decoding ${value.length} bytes that begin '${value.subarray(0, headerBytes).toString('hex')}': no magic byte and schema id`,
        )
      }
      const id = value.readUInt32BE(1)
      const resolver = resolvers.get(id)
      if (resolver === undefined) throw new DecodeError('unknown_schema', `decoding with schema ${id}: the registry has none of that id`)
      if (resolver instanceof DecodeError) throw resolver
      let decoded: { value: unknown; offset: number }
      try {
        decoded = type.decode(value, headerBytes, resolver)
      } catch (cause) {
        throw new DecodeError('undecodable', `decoding with schema ${id}: ${messageOf(cause)}`, { cause })
      }
      if (decoded.offset === value.length) return decoded.value as T
      const rest = decoded.offset < 0 ? 'the value is cut short' : `${value.length - decoded.offset} bytes are left over`
      throw new DecodeError('undecodable', `decoding with schema ${id}: ${rest}`)
    },
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
