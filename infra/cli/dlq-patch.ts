/** What a dead letter holds, and a module of the operator's that mends it. */
import { isAbsolute, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { schemaOf } from '@cdlc/schemas/avro.ts'
import { type Codec, createCodec } from '@cdlc/schemas/codec.ts'
import { subjectOf, topicSpec } from '@cdlc/schemas/topics.ts'
import type { DeadLetter } from '@cdlc/streams/runtime/dead-letter.ts'
import type { Answer, Entry } from '@cdlc/streams/runtime/redrive.ts'
import { stackFrom } from '../local/stack.ts'

/** What a patch is given: the decoded value (undefined where it does not decode), its bytes, and what is known of the record. */
export interface Patchable { readonly value: unknown; readonly bytes: Buffer | null; readonly letter: DeadLetter }
/** A value to encode, bytes as they are, null to discard the record, undefined to leave it pending. */
export type Patch = (given: Patchable) => unknown

const codec = (): Codec => createCodec({ url: stackFrom(process.env).endpoints.registry.url })

/** The value by the topic's contract as it is now; undefined where it cannot be read so. */
export async function describe(letter: DeadLetter, of: Codec = codec()): Promise<unknown> {
  if (letter.value === null) return undefined
  try {
    const reader = of.reader(schemaOf(letter.origin.topic))
    await reader.prepare([letter.value])
    return reader.decode(letter.value)
  } catch {
    return undefined
  }
}

/** Answers each entry by the module's default export; without a module, with its own bytes. */
export function createPatcher(module: string | undefined): (entry: Entry) => Promise<Answer> {
  const of = codec()
  if (module === undefined) return async ({ letter }) => ({ redrive: letter.value, key: letter.key ?? keyIn(letter, await describe(letter, of)) })
  let loading: Promise<Patch> | undefined
  return async ({ letter }) => {
    loading ??= load(module)
    const patch = await loading
    const patched = await patch({ value: await describe(letter, of), bytes: letter.value, letter })
    if (patched === undefined) return 'leave'
    if (patched === null) return 'discard'
    if (Buffer.isBuffer(patched)) return { redrive: patched, key: keyIn(letter, await describe({ ...letter, value: patched }, of)) }
    const encode = await of.encoder(subjectOf(letter.origin.topic), schemaOf(letter.origin.topic))
    return { redrive: encode(patched), key: keyIn(letter, patched) }
  }
}

/** The key that the topic's records have by contract; the record's own where its value does not tell. */
function keyIn({ origin, key }: DeadLetter, value: unknown): string | null {
  const column = topicSpec(origin.topic).key
  const { before = null, after = null } = (value ?? {}) as { readonly before?: object | null; readonly after?: object | null }
  const row = (after ?? before ?? {}) as Readonly<Record<string, unknown>>
  return column !== null && typeof row[column] === 'string' ? row[column] : key
}

async function load(module: string): Promise<Patch> {
  const path = isAbsolute(module) ? module : resolve(process.cwd(), module)
  const loaded = await import(pathToFileURL(path).href).catch((cause: unknown) => { throw new Error(`loading the patch '${path}'`, { cause }) }) as { readonly default?: unknown }
  if (typeof loaded.default !== 'function') throw new Error(`loading the patch '${path}': it has no default export that is a function`)
  return loaded.default as Patch
}
