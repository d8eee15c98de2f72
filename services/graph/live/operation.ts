/** A subscription that was asked for, ready to be answered whenever something happens. A subscription has one field, by the rules of the language. */
import {
  execute, getVariableValues, GraphQLError, Kind, NoSchemaIntrospectionCustomRule, OperationTypeNode, specifiedRules, validate,
  type DocumentNode, type GraphQLFormattedError, type GraphQLSchema, type SelectionSetNode,
} from 'graphql/index.js'
import { Refused } from '../../shared/errors.ts'
import type { Graph } from '../context.ts'
import { documentReader, type Asking } from '../document.ts'
import { formatted } from '../failures.ts'
import type { GraphPorts } from '../ports.ts'
import type { News } from './hub.ts'

export interface Operation {
  /** Of the schema's type Subscription. */
  readonly field: string
  /** What is told of the news, as who looks in this graph sees it. Never throws. */
  answer(graph: Graph, news: News): Promise<object>
}
export type Prepare = (asking: Asking) => Operation | readonly GraphQLFormattedError[]

/** The field of a valid subscription; a fragment may hold it. */
function fieldIn({ definitions }: DocumentNode, { selections }: SelectionSetNode): string {
  const [first] = selections
  if (first === undefined || first.kind === Kind.FIELD) return first?.name.value ?? ''
  const held = first.kind === Kind.INLINE_FRAGMENT ? first : definitions.find((one) => one.kind === Kind.FRAGMENT_DEFINITION && one.name.value === first.name.value)
  return held?.kind === Kind.INLINE_FRAGMENT || held?.kind === Kind.FRAGMENT_DEFINITION ? fieldIn({ kind: Kind.DOCUMENT, definitions }, held.selectionSet) : ''
}

/** Enough to mend a document by. */
const mostErrors = 10

/** Answers an operation, or what is wrong with it; nothing is asked of anybody. */
export function preparer(ports: Pick<GraphPorts, 'queries' | 'closed'>, schema: GraphQLSchema, unforeseen: (cause: unknown) => void): Prepare {
  const read = documentReader(ports, schema, OperationTypeNode.SUBSCRIPTION)
  const rules = [...specifiedRules, ...(ports.closed ? [NoSchemaIntrospectionCustomRule] : [])]
  const format = (error: GraphQLError): GraphQLFormattedError => formatted(error, unforeseen)
  return (asking) => {
    try {
      const { document, operation, variables } = read(asking)
      const wrong = validate(schema, document, rules, { maxErrors: mostErrors })
      if (wrong.length > 0) return wrong.map(format)
      const { errors = [] } = getVariableValues(schema, operation.variableDefinitions ?? [], variables, { maxErrors: mostErrors })
      if (errors.length > 0) return errors.map(format)
      return {
        field: fieldIn(document, operation.selectionSet),
        async answer(graph, news) {
          const { data, errors: met } = await execute({ schema, document, rootValue: news, contextValue: graph, variableValues: variables })
          return { data: data ?? null, ...(met === undefined ? {} : { errors: met.map(format) }) }
        },
      }
    } catch (error) {
      if (error instanceof GraphQLError) return [format(error)]
      if (error instanceof Refused) return [format(new GraphQLError(error.message, { originalError: error }))]
      throw error
    }
  }
}
