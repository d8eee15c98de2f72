/** Requests made up from a service's own OpenAPI: mostly right, so that they get deep, with one thing or another wrong. */
import fc from 'fast-check'
import type { InjectOptions } from 'fastify'

interface Schema {
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly pattern?: string
  readonly format?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly minimum?: number
  readonly maximum?: number
  readonly multipleOf?: number
  readonly maxLength?: number
  readonly maxItems?: number
}
interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly schema: Schema
  readonly required?: boolean
}
interface Operation {
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
}
export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

const wild = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.constantFrom(
    '\0',
    '\ud83c',
    '🎬',
    ' ',
    '%00',
    '../..',
    "' OR 1=1 --",
    '{"$gt":""}',
    '9'.repeat(400),
    '-1',
    '1e999',
    '__proto__',
    'NaN',
  ),
)
const junk: fc.Arbitrary<unknown> = fc.oneof(
  wild,
  fc.double(),
  fc.bigInt().map(Number),
  fc.constantFrom(null, true, [], {}, [[]], 2 ** 63, -0, 1e308),
  fc.jsonValue({ maxDepth: 2 }),
)

/** Identities that exist, by the name they have in paths and bodies. */
export type Ids = Readonly<Record<string, string>>

function textOf(name: string, { format, pattern = '', maxLength = 40 }: Schema, ids: Ids): fc.Arbitrary<unknown> {
  if (format === 'date')
    return fc
      .date({ min: new Date('1000-01-01'), max: new Date('2199-12-31'), noInvalidDate: true })
      .map((date) => date.toISOString().slice(0, 10))
  if (format === 'date-time')
    return fc.date({ min: new Date('1900-01-01'), max: new Date('2199-12-31'), noInvalidDate: true }).map((date) => date.toISOString())
  if (pattern.includes('{25}'))
    return fc.oneof(
      { weight: 9, arbitrary: fc.constant(ids[name] ?? '') },
      { weight: 1, arbitrary: fc.constantFrom(...Object.values(ids)) },
    )
  if (pattern.includes('@')) return fc.uuid().map((word) => `${word}@example.invalid`)
  if (pattern.includes('[a-z0-9]+(')) return fc.constantFrom('drama', 'war', 'no-such-genre')
  return fc.string({ unit: 'grapheme', minLength: 1, maxLength: Math.min(maxLength, 40) })
}

/** Values a schema allows, for the most part. */
function valueOf(name: string, schema: Schema, ids: Ids): fc.Arbitrary<unknown> {
  const types = [schema.type ?? 'string'].flat()
  const right =
    schema.enum !== undefined
      ? fc.constantFrom(...schema.enum)
      : types.includes('object')
        ? objectOf(schema, ids)
        : types.includes('array')
          ? fc.array(valueOf(name, schema.items ?? {}, ids), { maxLength: 5 })
          : types.includes('boolean')
            ? fc.boolean()
            : types.includes('integer')
              ? fc.integer({ min: schema.minimum ?? 0, max: schema.maximum ?? 10_000 })
              : types.includes('number')
                ? fc.integer({ min: 1, max: 10 }).map((half) => half * (schema.multipleOf ?? 1))
                : textOf(name, schema, ids)
  return fc.oneof(
    { weight: 30, arbitrary: right },
    { weight: types.includes('null') ? 2 : 0, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: junk },
  )
}

function objectOf({ properties = {}, required = [] }: Schema, ids: Ids): fc.Arbitrary<unknown> {
  const fields = Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, valueOf(name, schema, ids)]))
  return fc
    .tuple(
      fc.record(fields, { requiredKeys: [...required] }),
      fc.oneof({ weight: 20, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: fc.dictionary(wild, junk, { maxKeys: 1 }) }),
    )
    .map(([right, more]) => ({ ...right, ...more }))
}

const written = (value: unknown): string =>
  encodeURIComponent((typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).toWellFormed())

/** One operation's requests. */
function requestsOf(path: string, method: string, { parameters = [], requestBody }: Operation, ids: Ids): fc.Arbitrary<InjectOptions> {
  const part = (where: Parameter['in']) => {
    const of = parameters.filter((parameter) => parameter.in === where)
    return fc.record(Object.fromEntries(of.map(({ name, schema }) => [name, valueOf(name, schema, ids)])), {
      requiredKeys: of.filter(({ required }) => required === true).map(({ name }) => name),
    })
  }
  const schema = requestBody?.content['application/json']?.schema
  const payload =
    schema === undefined
      ? fc.constant(undefined)
      : fc.oneof(
          { weight: 30, arbitrary: valueOf('', schema, ids).map((value) => JSON.stringify(value) ?? '') },
          { weight: 1, arbitrary: wild },
        )
  const tags = fc.option(
    fc
      .constantFrom(...Object.values(ids))
      .chain((id) => fc.constantFrom(`"${id}.1"`, `"${id}.1.gone"`, `"${id}.${id}.99"`, '*', '"', `W/"${id}.9999999999999999"`)),
    { nil: undefined },
  )
  return fc.record({ inPath: part('path'), query: part('query'), payload, tag: tags }).map(({ inPath, query, payload: body, tag }) => {
    const url = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => written((inPath as Record<string, unknown>)[name]) || '%20')
    const search = Object.entries(query)
      .map(([name, value]) => `${encodeURIComponent(name)}=${written(value)}`)
      .join('&')
    return {
      method: method.toUpperCase() as 'GET',
      url: search === '' ? url : `${url}?${search}`,
      ...(body === undefined ? {} : { payload: body }),
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(tag === undefined ? {} : { 'if-match': tag, 'if-none-match': tag }),
      },
    }
  })
}

/** Requests to any of a service's operations. */
export function anyRequest({ paths }: OpenApi, ids: Ids): fc.Arbitrary<InjectOptions> {
  const all = Object.entries(paths)
    .filter(([path]) => path.startsWith('/v1/'))
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        weight: method === 'delete' ? 1 : 10,
        arbitrary: requestsOf(path, method, operation, ids),
      })),
    )
  return fc.oneof(...all)
}
