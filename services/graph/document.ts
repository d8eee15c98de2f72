/** What is asked, as text or by its hash, and what of it may be answered: read alike for queries and subscriptions. */
import { Kind, OperationTypeNode, parse, type DocumentNode, type GraphQLSchema, type OperationDefinitionNode } from 'graphql/index.js'
import { Refused } from '../shared/errors.ts'
import { limits, measure, tooMuch } from './limits.ts'
import type { GraphPorts } from './ports.ts'

export const longestQuery = 20_000
/** Parsed texts to keep; mercurius keeps as many that it has found valid. */
const remembered = 1_000

export interface Asking {
  readonly query?: string
  readonly documentId?: string
  readonly variables?: Readonly<Record<string, unknown>> | null
}
export interface Read {
  readonly text: string
  readonly document: DocumentNode
  readonly operation: OperationDefinitionNode
  readonly variables: Readonly<Record<string, unknown>>
}

/** The text that is asked: given, or known by its hash. */
function textOf({ queries, closed }: Pick<GraphPorts, 'queries' | 'closed'>, { query, documentId }: Asking): string {
  if (documentId !== undefined && query !== undefined) throw new Refused({ code: 'invalid_request', message: "give one of 'query' and 'documentId'", field: 'query' })
  if (documentId !== undefined) {
    const known = queries.get(documentId.slice('sha256:'.length))
    if (known === undefined) throw new Refused({ code: 'unknown_query', message: 'no query has this hash; services/graph/queries holds those that are known', field: 'documentId' })
    return known
  }
  if (query === undefined) throw new Refused({ code: 'invalid_request', message: "'query' is missing", field: 'query' })
  if (closed) throw new Refused({ code: 'unknown_query', message: "this service answers known queries alone: send 'documentId'", field: 'query' })
  return query
}

const elsewhere: Readonly<Record<OperationTypeNode, string>> = {
  [OperationTypeNode.QUERY]: 'a WebSocket is for subscriptions; ask queries by POST',
  [OperationTypeNode.SUBSCRIPTION]: 'subscriptions are told over a WebSocket at this same address, by the protocol graphql-transport-ws',
  [OperationTypeNode.MUTATION]: 'the graph is read; write by the REST API, with the same token',
}

/** The only operation of a document: what is remembered of a text must not depend on an operation's name. */
function operationOf({ definitions }: DocumentNode, wanted: OperationTypeNode): OperationDefinitionNode {
  const [operation, ...others] = definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION)
  if (operation === undefined || others.length > 0) throw new Refused({ code: 'invalid_request', message: 'a document must have one operation', field: 'query' })
  if (operation.operation !== wanted) throw new Refused({ code: 'invalid_request', message: elsewhere[operation.operation], field: 'query' })
  return operation
}

/**
 * Reads operations of one kind, and holds them to the limits. What it answers throws Refused, or a GraphQLError where the text is no GraphQL; whether it is of the
 * schema is for others to say.
 */
export function documentReader(ports: Pick<GraphPorts, 'queries' | 'closed'>, schema: GraphQLSchema, wanted: OperationTypeNode): (asking: Asking) => Read {
  const documents = new Map<string, DocumentNode>()
  const most = wanted === OperationTypeNode.SUBSCRIPTION ? limits.news : limits.cost
  const parsed = (text: string): DocumentNode => {
    const document = documents.get(text) ?? parse(text, { maxTokens: limits.tokens })
    documents.set(text, document)
    if (documents.size > remembered) documents.delete(documents.keys().next().value ?? '')
    return document
  }
  return (asking) => {
    const text = textOf(ports, asking)
    const document = parsed(text)
    const operation = operationOf(document, wanted)
    const variables = asking.variables ?? {}
    const refusal = tooMuch(measure(schema, document, operation, variables), most)
    if (refusal !== undefined) throw new Refused(refusal)
    return { text, document, operation, variables }
  }
}
