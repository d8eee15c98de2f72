/** The schema of schemas/graphql with resolvers, guarded. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildSchema, GraphQLScalarType, isInterfaceType, isObjectType, type GraphQLFieldResolver, type GraphQLSchema } from 'graphql/index.js'
import type { NodeModel } from '@cdlc/schemas/graphql/models.ts'
import type { Graph } from './context.ts'
import { guardSchema } from './guard.ts'
import { catalogueResolvers } from './resolvers/catalogue.ts'
import { eventResolvers } from './resolvers/events.ts'
import { memberResolvers } from './resolvers/member.ts'
import { queryResolvers } from './resolvers/query.ts'
import { searchResolvers } from './resolvers/search.ts'
import { writtenResolvers } from './resolvers/written.ts'

const text = readFileSync(fileURLToPath(import.meta.resolve('@cdlc/schemas/graphql/schema.graphql')), 'utf8')
const day_ms = 86_400_000
type Resolved = Readonly<Record<string, Readonly<Record<string, GraphQLFieldResolver<unknown, Graph>>>>>

/** Instants are ms since the epoch in rows, days are days since it; what is text already stays. */
const scalars: Readonly<Record<string, (value: unknown) => unknown>> = {
  DateTime: (value) => (typeof value === 'number' ? new Date(value).toISOString() : value),
  Date: (value) => (typeof value === 'number' ? new Date(value * day_ms).toISOString().slice(0, 10) : value),
}

/** The schema as it is told, with nothing behind it. */
export const bareSchema = (): GraphQLSchema => buildSchema(text)

/** One that answers. Throws where a type or field has no rule in access.ts, or a resolver has no field. */
export function graphSchema(): GraphQLSchema {
  const schema = bareSchema()
  for (const [name, serialize] of Object.entries(scalars)) {
    const scalar = schema.getType(name)
    if (scalar instanceof GraphQLScalarType) scalar.serialize = serialize
  }
  const node = schema.getType('Node')
  if (isInterfaceType(node)) node.resolveType = (value: NodeModel) => value.__typename
  for (const part of [queryResolvers, searchResolvers, memberResolvers, catalogueResolvers, writtenResolvers, eventResolvers]) {
    for (const [name, fields] of Object.entries(part as Resolved)) {
      const type = schema.getType(name)
      for (const [field, resolve] of Object.entries(fields)) {
        const known = isObjectType(type) ? type.getFields()[field] : undefined
        if (known === undefined) throw new Error(`making the graph: there is no field '${name}.${field}' to resolve`)
        known.resolve = resolve
      }
    }
  }
  guardSchema(schema)
  return schema
}
