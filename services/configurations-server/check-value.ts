/** Whether a value may be an entry's: held against the JSON Schema it comes with; a flag against the one that all flags share. */
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { Refused } from '../shared/errors.ts'
import { Flag, flagProblem, flagsNamespace } from '../shared/flag-rules.ts'
import { fieldErrors } from '../shared/validation.ts'
import type { Json } from './json-patch.ts'

export const longestValue = 32_768
export const longestSchema = 16_384
const deepest = 32

const refuse = (field: string, message: string): Refused => new Refused({ code: 'configuration_invalid', field, message })
const isDeep = (value: Json, left: number): boolean =>
  typeof value === 'object' && value !== null && (left === 0 || Object.values(value).some((inner: Json) => isDeep(inner, left - 1)))

/** JSON text of a value out of a request; refuses what is too long or too deep. */
export function textOf(field: 'value' | 'schema', value: Json): string {
  if (isDeep(value, deepest)) throw refuse(field, `must not be nested more than ${deepest} deep`)
  const text = JSON.stringify(value)
  const longest = field === 'value' ? longestValue : longestSchema
  if (Buffer.byteLength(text) > longest) throw refuse(field, `must not have more than ${longest} bytes`)
  return text
}

/** The schema of flags, as their entries have it. */
export const flagSchema = JSON.stringify(Flag)

/** Throws Refused where the schema is none, or the value does not keep it. A compiler lives for one check, so that none remembers schemas. */
export function assertFits(namespace: string, value: string, schema: string): void {
  const ajv = new Ajv2020({ strict: true, strictTypes: false, allowUnionTypes: true, allErrors: false, logger: false })
  formats.default(ajv)
  const document = JSON.parse(schema) as Json
  if (typeof document !== 'object' || document === null || Array.isArray(document)) throw refuse('schema', 'must be a JSON Schema, an object')
  let validate: ReturnType<typeof ajv.compile>
  try {
    validate = ajv.compile(document)
  } catch {
    throw refuse('schema', 'is no JSON Schema (2020-12): a keyword is not known or not well-formed, or a reference leads nowhere')
  }
  const held = JSON.parse(value) as Json
  if (!validate(held)) {
    const [first] = fieldErrors((validate.errors ?? []) as never, undefined)
    throw refuse(first === undefined || first.field === 'body' ? 'value' : `value.${first.field}`, first?.message ?? 'does not keep its schema')
  }
  const problem = namespace === flagsNamespace ? flagProblem(held as unknown as Flag) : undefined
  if (problem !== undefined) throw refuse(`value.${problem.field}`, problem.message)
}
