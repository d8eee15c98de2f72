/** Puts the tables of access.ts into a schema: each field is resolved only where its rule admits, and answers only what its type's door lets out. */
import { getNamedType, isInterfaceType, isObjectType, type GraphQLFieldResolver, type GraphQLSchema } from 'graphql/index.js'
import { admits, doors, ruleOf, shows, type Rule } from './access.ts'
import type { Graph } from './context.ts'

type Resolve = GraphQLFieldResolver<unknown, Graph>
const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
/** Rows have the field's name in snake_case. */
const column = (name: string): Resolve => {
  const key = snake(name)
  return (parent) => (parent as Readonly<Record<string, unknown>>)[key] ?? (parent as Readonly<Record<string, unknown>>)[name]
}

function guarded(resolve: Resolve, rule: Rule, type: string, isGuarded: boolean): Resolve {
  if (rule === 'open' && !isGuarded) return resolve
  return async (parent, args, graph, info) => {
    if (!(await admits(graph, rule, parent))) return null
    const found: unknown = await resolve(parent, args, graph, info)
    if (!isGuarded || found === null || found === undefined) return found
    if (!Array.isArray(found)) return (await shows(graph, type, found)) ? found : null
    const shown = await Promise.all(found.map((one) => shows(graph, type, one)))
    return found.filter((_, index) => shown[index])
  }
}

/** Types and fields that no table of access.ts knows, as `Type` or `Type.field`. */
export const unruled = (schema: GraphQLSchema): readonly string[] =>
  Object.values(schema.getTypeMap()).filter(isObjectType).filter(({ name }) => !name.startsWith('__')).flatMap((type) => [
    ...(type.name in doors ? [] : [type.name]),
    ...Object.keys(type.getFields()).filter((field) => ruleOf(type.name, field) === undefined).map((field) => `${type.name}.${field}`),
  ])

/** Changes the schema's resolvers, which are there already; throws where a type or field has no rule. */
export function guardSchema(schema: GraphQLSchema): void {
  const missing = unruled(schema)
  if (missing.length > 0) throw new Error(`guarding the graph: nothing says who sees ${missing.join(', ')}; add them to services/graph/access.ts`)
  for (const type of Object.values(schema.getTypeMap()).filter(isObjectType)) {
    if (type.name.startsWith('__')) continue
    for (const [name, field] of Object.entries(type.getFields())) {
      const target = getNamedType(field.type)
      const isGuarded = isInterfaceType(target) || (isObjectType(target) && typeof doors[target.name as keyof typeof doors] === 'function')
      field.resolve = guarded((field.resolve as Resolve | undefined) ?? column(name), ruleOf(type.name, name) ?? 'own', target.name, isGuarded)
    }
  }
}
