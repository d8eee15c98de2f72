/** How much a query may ask for, told from its text and variables before anything is done for it. Pure. */
import {
  getNamedType, isListType, isNonNullType, isObjectType, Kind,
  type DocumentNode, type FieldNode, type FragmentDefinitionNode, type GraphQLField, type GraphQLNamedType, type GraphQLSchema, type OperationDefinitionNode, type SelectionSetNode,
} from 'graphql/index.js'
import type { Refusal } from '../shared/errors.ts'

/** `news`: cost of what a subscription tells each time. */
export const limits = { depth: 12, cost: 5_000, news: 1_000, aliases: 20, tokens: 2_000, steps: 20_000 } as const

/** What a field costs by itself where that is not usual: 1 for an object, 0 for a value that its object has with it. */
const costs: Readonly<Record<string, number>> = {
  'SearchResult.titles': 5, 'SearchResult.people': 5, 'SearchResult.members': 5, 'SearchResult.lists': 5, 'Member.isOnline': 1,
  'Query.feed': 20, 'Query.notifications': 5, 'Member.bio': 1, 'Member.followerCount': 1, 'Member.followingCount': 1, 'Title.viewerStars': 2, 'Title.likeCount': 1,
  'Review.body': 1, 'Review.likeCount': 1, 'Review.commentCount': 1, 'Comment.body': 1, 'Comment.likeCount': 1, 'List.description': 1, 'List.likeCount': 1,
  'List.commentCount': 1, 'ListEntry.note': 1, 'Credit.person': 5, 'Query.person': 5, 'NotificationConnection.unreadCount': 2,
  'Member.followers': 5, 'Member.following': 5, 'Member.reviews': 5, 'Member.lists': 5, 'Member.diary': 5, 'Member.activity': 10, 'Title.reviews': 5, 'Review.comments': 5,
  'List.comments': 5, 'List.entries': 5,
}
/** How many objects a list without pages is taken to have. */
const sizes: Readonly<Record<string, number>> = { 'FeedItem.activities': 3, 'Title.credits': 10, 'List.collaborators': 3 }

export interface Measure { readonly depth: number; readonly cost: number; readonly aliases: number }

class TooMuch extends Error {}

const isList = ({ type }: GraphQLField<unknown, unknown>): boolean => isListType(isNonNullType(type) ? type.ofType : type)

/** The `first` of a field: as given, out of the variables, or by default; undefined where it has none. */
function sizeOf(field: GraphQLField<unknown, unknown>, node: FieldNode, operation: OperationDefinitionNode, variables: Readonly<Record<string, unknown>>): number | undefined {
  const declared = field.args.find(({ name }) => name === 'first')
  if (declared === undefined) return undefined
  const given = node.arguments?.find(({ name }) => name.value === 'first')?.value
  const variable = given?.kind === Kind.VARIABLE ? given.name.value : undefined
  const byDefault = variable === undefined ? given : operation.variableDefinitions?.find((one) => one.variable.name.value === variable)?.defaultValue
  const value = (variable === undefined ? undefined : variables[variable]) ?? (byDefault?.kind === Kind.INT ? Number(byDefault.value) : declared.defaultValue)
  return typeof value === 'number' && value > 0 ? value : 0
}

/** What an operation asks for. Stops where it is beyond measure. */
export function measure(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, variables: Readonly<Record<string, unknown>>): Measure | 'beyond measure' {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions) if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  const aliased = new Map<string, number>()
  const found = { depth: 0, cost: 0 }
  let steps = 0

  function walk({ selections }: SelectionSetNode, type: GraphQLNamedType | undefined, depth: number, times: number, within: readonly string[]): void {
    found.depth = Math.max(found.depth, depth)
    for (const selection of selections) {
      steps += 1
      if (steps > limits.steps || found.depth > 10 * limits.depth) throw new TooMuch()
      if (selection.kind === Kind.FIELD) field(selection, type, depth, times, within)
      else if (selection.kind === Kind.INLINE_FRAGMENT) {
        walk(selection.selectionSet, selection.typeCondition === undefined ? type : schema.getType(selection.typeCondition.name.value), depth, times, within)
      } else {
        const name = selection.name.value
        const fragment = fragments.get(name)
        // one that holds itself is refused by the rules of the language
        if (fragment !== undefined && !within.includes(name)) walk(fragment.selectionSet, schema.getType(fragment.typeCondition.name.value), depth, times, [...within, name])
      }
    }
  }
  function field(node: FieldNode, type: GraphQLNamedType | undefined, depth: number, times: number, within: readonly string[]): void {
    const { name: { value: name }, alias, selectionSet } = node
    if (name.startsWith('__')) return // the schema and types' names: rules of the language bound them
    const path = `${type?.name ?? ''}.${name}`
    if (alias !== undefined) aliased.set(path, (aliased.get(path) ?? 0) + 1)
    const known = isObjectType(type) ? type.getFields()[name] : undefined
    found.cost += times * (costs[path] ?? (selectionSet === undefined ? 0 : 1))
    if (selectionSet === undefined) {
      found.depth = Math.max(found.depth, depth + 1)
      return
    }
    const paged = known === undefined ? undefined : sizeOf(known, node, operation, variables)
    const each = paged ?? (known !== undefined && isList(known) ? sizes[path] ?? 1 : 1)
    walk(selectionSet, known === undefined ? undefined : getNamedType(known.type), depth + 1, times * each, within)
  }

  try {
    walk(operation.selectionSet, schema.getRootType(operation.operation) ?? undefined, 0, 1, [])
  } catch (error) {
    if (error instanceof TooMuch) return 'beyond measure'
    throw error
  }
  return { ...found, aliases: Math.max(0, ...aliased.values()) }
}

/** Why a query may not be asked, that may cost so much; undefined where it may. */
export function tooMuch(measured: Measure | 'beyond measure', most: number = limits.cost): Refusal | undefined {
  const refusal = (message: string): Refusal => ({ code: 'query_too_costly', message, field: 'query' })
  if (measured === 'beyond measure') return refusal('measuring the query: it selects more than anybody could read; ask in several queries')
  const { depth, cost, aliases } = measured
  if (depth > limits.depth) return refusal(`the query is ${depth} fields deep, and ${limits.depth} are allowed; ask by \`node\` for what lies deeper`)
  if (aliases > limits.aliases) return refusal(`the query has ${aliases} aliases of one field, and ${limits.aliases} are allowed; ask in several queries`)
  if (cost > most) return refusal(`the query costs ${cost}, and ${most} are allowed; ask for smaller pages (\`first\`), or in several queries`)
  return undefined
}
