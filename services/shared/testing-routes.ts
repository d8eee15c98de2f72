/** The routes of a component as its OpenAPI tells them, and requests that fit them: what tests that must forget no route go by. */
import type { FastifyInstance, InjectOptions } from 'fastify'

/** As much of JSON Schema as our routes use. */
export interface Schema {
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly examples?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly pattern?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly minProperties?: number
  readonly items?: Schema
  readonly minItems?: number
  readonly minimum?: number
}
interface Parameter { readonly in: string; readonly name: string; readonly required?: boolean; readonly schema: Schema }
interface Operation {
  readonly parameters?: readonly Parameter[]
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
}

export interface Route {
  /** `PUT /v1/members/{profile_id}/card`. */
  readonly name: string
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  /** Names of its path parameters, in their order. */
  readonly params: readonly string[]
  readonly query: ReadonlyMap<string, Omit<Parameter, 'in' | 'name'>>
  /** Whether it answers without a token. */
  readonly isPublic: boolean
  /** What an application must have been allowed; undefined: nothing. */
  readonly scope: string | undefined
  /** Of its body, and of its path parameters by name. */
  readonly body: Schema | undefined
  readonly schemas: ReadonlyMap<string, Schema>
}

const methods = ['GET', 'PUT', 'POST', 'PATCH', 'DELETE'] as const

/** All routes under /v1/. */
export async function routesOf(app: FastifyInstance): Promise<readonly Route[]> {
  const { paths } = (await app.inject({ url: '/openapi.json' })).json<{ readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> }>()
  return Object.entries(paths).filter(([path]) => path.startsWith('/v1/')).flatMap(([path, operations]) => methods.flatMap((method): Route[] => {
    const operation = operations[method.toLowerCase()]
    if (operation === undefined) return []
    const { parameters = [], security, requestBody } = operation
    return [{
      name: `${method} ${path}`, method, path, params: [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name),
      query: new Map(parameters.filter((one) => one.in === 'query').map(({ name, ...rest }) => [name, rest])),
      isPublic: security === undefined, scope: security?.flatMap((one) => Object.values(one)).flat()[0],
      body: requestBody?.content['application/json']?.schema,
      schemas: new Map(parameters.filter((one) => one.in === 'path').map(({ name, schema }) => [name, schema])),
    }]
  }))
}

type Given = Readonly<Record<string, string | undefined>>
const words = ['words', '01JD0Z3V9Q4T6M2X8B7C5N1K0A']

/** The least that a schema takes; `given` are values of fields that have these names, however deep. */
export function exampleOf(schema: Schema, given: Given = {}): unknown {
  if (schema.const !== undefined) return schema.const
  const [first] = schema.enum ?? schema.examples ?? []
  if (first !== undefined) return first
  if (schema.anyOf?.[0] !== undefined) return exampleOf(schema.anyOf[0], given)
  const [type] = [schema.type].flat()
  if (type === 'object') {
    const { properties = {}, required = [], minProperties = 0 } = schema
    const names = required.length >= minProperties ? required : Object.keys(properties).slice(0, minProperties)
    return Object.fromEntries(names.map((name) => [name, given[name] ?? exampleOf(properties[name] ?? {}, given)]))
  }
  if (type === 'array') return Array.from({ length: schema.minItems ?? 0 }, () => exampleOf(schema.items ?? {}, given))
  if (type === 'string') return words.find((word) => new RegExp(schema.pattern ?? '', 'u').test(word))
  return type === 'boolean' ? false : (schema.minimum ?? 0)
}

/** A request that the route takes: with these values in its path, query and body, and the least wherever it needs another. */
export function requestTo({ method, path, query, body, schemas }: Route, given: Given = {}): InjectOptions {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => given[name] ?? String(exampleOf(schemas.get(name) ?? {})))
  const asked = [...query].flatMap(([name, { required = false, schema }]) => {
    const value = given[name] ?? (required ? String(exampleOf(schema)) : undefined)
    return value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`]
  })
  return { method, url: `${filled}${asked.length === 0 ? '' : '?'}${asked.join('&')}`, ...(body === undefined ? {} : { payload: exampleOf(body, given) as object }) }
}
