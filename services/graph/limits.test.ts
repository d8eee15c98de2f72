import { describe, expect, test } from 'vitest'
import { Kind, parse, type OperationDefinitionNode } from 'graphql/index.js'
import { limits, measure, tooMuch, type Measure } from './limits.ts'
import { bareSchema } from './schema.ts'

const schema = bareSchema()
const of = (query: string, variables: Readonly<Record<string, unknown>> = {}): Measure | 'beyond measure' => {
  const document = parse(query)
  return measure(schema, document, document.definitions.find((one): one is OperationDefinitionNode => one.kind === Kind.OPERATION_DEFINITION) as OperationDefinitionNode, variables)
}
const costOf = (query: string, variables?: Readonly<Record<string, unknown>>): number => (of(query, variables) as Measure).cost
const refusal = (query: string, variables?: Readonly<Record<string, unknown>>): string | undefined => tooMuch(of(query, variables))?.message

describe('cost', () => {
  test('is of objects, and of fields that ask somebody; values that an object has with it are free', () => {
    expect(costOf('{ title(id: "1") { name kind } }')).toBe(1)
    expect(costOf('{ title(id: "1") { name stats { count } likeCount } }')).toBe(3)
  })
  test('multiplies by the size of pages', () => {
    const query = (first: number): string => `{ title(id: "1") { reviews(first: ${first}) { edges { node { body } } } } }`
    // the title 1, the page 5, and of each review an edge, itself and its body
    expect(costOf(query(1))).toBe(9)
    expect(costOf(query(10))).toBe(6 + 10 * 3)
  })
  test('multiplies again within', () => {
    expect(costOf('{ title(id: "1") { reviews(first: 10) { edges { node { comments(first: 5) { edges { node { body } } } } } } } }')).toBe(6 + 10 * (2 + 5 + 5 * 3))
  })
  test('takes sizes out of variables, their defaults, and the schema', () => {
    const query = 'query Q($n: Int! = 3) { title(id: "1") { reviews(first: $n) { edges { cursor } } } }'
    expect([costOf(query, { n: 10 }), costOf(query), costOf('{ title(id: "1") { reviews { edges { cursor } } } }')]).toEqual([16, 9, 26])
  })
  test('follows fragments', () => {
    const plain = '{ title(id: "1") { reviews(first: 10) { edges { node { body } } } } }'
    const parts = 'fragment R on Title { reviews(first: 10) { edges { ... on ReviewEdge { node { ...B } } } } } fragment B on Review { body }'
    expect(costOf(`query Q { title(id: "1") { ...R } } ${parts}`)).toBe(costOf(plain))
  })
  test('of too much is refused', () => {
    const query = (first: number): string => `{ title(id: "1") { reviews(first: 50) { edges { node { comments(first: ${first}) { edges { node { body } } } } } } } }`
    expect(refusal(query(20))).toBeUndefined()
    expect(refusal(query(40))).toMatch(/^the query costs \d+, and 5000 are allowed/)
  })
  test('of a page beyond all bounds is too much, and not a number that wraps', () => {
    expect(refusal('{ title(id: "1") { reviews(first: 2147483647) { edges { node { comments(first: 2147483647) { edges { cursor } } } } } } }')).toMatch(/costs/)
  })
})

describe('depth', () => {
  const nested = (times: number): string => `{ member(id: "1") { ${'followers { edges { node { '.repeat(times)} name ${'} } }'.repeat(times)} } }`
  test('counts fields', () => {
    expect((of(nested(1)) as Measure).depth).toBe(5)
  })
  test(`of more than ${limits.depth} is refused`, () => {
    const narrow = (times: number): string => nested(times).replaceAll('followers', 'followers(first: 1)')
    expect([refusal(narrow(3)), refusal(narrow(4))]).toEqual([undefined, expect.stringMatching(/14 fields deep/)])
  })
  test('of 50 is refused', () => {
    expect(refusal(nested(16))).toMatch(/fields deep/)
  })
  test('of thousands is beyond measure', () => {
    expect(of(nested(200))).toBe('beyond measure')
  })
})

test('aliases of one field are 20 at most, wherever they stand', () => {
  const query = (count: number): string => `{ ${Array.from({ length: count }, (_, index) => `a${index}: title(id: "1") { name }`).join(' ')} }`
  expect([refusal(query(20)), refusal(query(21)), refusal(query(100))]).toEqual([undefined, expect.stringMatching(/^the query has 21 aliases/), expect.stringMatching(/^the query has 100 aliases/)])
})
test('fragments that double one another end the measuring', () => {
  const chain = Array.from({ length: 40 }, (_, index) => `fragment F${index} on Query { ...F${index + 1} ...F${index + 1} }`).join(' ')
  expect(of(`query Q { ...F0 } ${chain} fragment F40 on Query { me { name } }`)).toBe('beyond measure')
})
test('a fragment that holds itself does not keep the measuring from ending', () => {
  expect(of('query Q { ...F } fragment F on Query { me { name } ...F }')).toMatchObject({ cost: 1 })
})
test('fields that nobody knows are left to the rules of the language', () => {
  expect(refusal('{ nothing { of { this } } }')).toBeUndefined()
})
