import { expect, test } from 'vitest'
import { Kind, OperationTypeNode, parse, validate, type OperationDefinitionNode } from 'graphql/index.js'
import { limits, measure, tooMuch } from './limits.ts'
import { hashOf, readQueries } from './queries.ts'
import { bareSchema } from './schema.ts'

test.each([...readQueries()])('known query %# is of the schema, and within the limits', (hash, text) => {
  const [schema, document] = [bareSchema(), parse(text)]
  const operations = document.definitions.filter((one): one is OperationDefinitionNode => one.kind === Kind.OPERATION_DEFINITION)
  expect([hashOf(text), validate(schema, document), operations.length]).toEqual([hash, [], 1])
  for (const operation of operations) expect(tooMuch(measure(schema, document, operation, {}), operation.operation === OperationTypeNode.SUBSCRIPTION ? limits.news : limits.cost)).toBeUndefined()
})
