/** Statements of Cypher as lists of clauses: as many kinds as the sink uses. */
import { type Expression, expression } from './expressions.ts'
import { type Tokens, tokensOf } from './tokens.ts'
import { UnsupportedError } from '../../network.ts'

type Properties = readonly (readonly [string, Expression])[]
export interface NodePattern { readonly name: string; readonly label: string | undefined; readonly properties: Properties }
/** A node, or a relationship from it to another. */
export interface Path { readonly from: NodePattern; readonly edge: NodePattern | undefined; readonly to: NodePattern | undefined }
/** `name.property = value`, `name = value` or `name += value`. */
export interface SetItem { readonly name: string; readonly property: string | undefined; readonly adds: boolean; readonly value: Expression }
export interface Item { readonly as: string; readonly value: Expression }

export type Clause =
  | { readonly kind: 'unwind'; readonly list: Expression; readonly as: string }
  | { readonly kind: 'match'; readonly path: Path; readonly where: Expression | undefined }
  | { readonly kind: 'merge'; readonly path: Path; readonly created: readonly SetItem[] }
  | { readonly kind: 'set'; readonly items: readonly SetItem[] }
  | { readonly kind: 'with'; readonly distinct: boolean; readonly items: readonly Item[]; readonly where: Expression | undefined }
  | { readonly kind: 'delete'; readonly name: string }
  | { readonly kind: 'return'; readonly items: readonly Item[] }

/** Throws on what our statements never had. */
export function parseCypher(cypher: string): readonly Clause[] {
  const tokens = tokensOf(cypher)
  const clauses: Clause[] = []
  while (tokens.peek() !== '') clauses.push(clause(tokens))
  return clauses
}

function clause(tokens: Tokens): Clause {
  const word = tokens.take().toUpperCase()
  switch (word) {
    case 'UNWIND': {
      const list = expression(tokens)
      tokens.expect('AS')
      return { kind: 'unwind', list, as: tokens.name() }
    }
    case 'MATCH': {
      const path = pathOf(tokens)
      if (tokens.accept('USING')) skipHint(tokens)
      return { kind: 'match', path, where: where(tokens) }
    }
    case 'MERGE': {
      const path = pathOf(tokens)
      if (!tokens.accept('ON')) return { kind: 'merge', path, created: [] }
      for (const expected of ['CREATE', 'SET']) tokens.expect(expected)
      return { kind: 'merge', path, created: tokens.list(() => setItem(tokens)) }
    }
    case 'SET': return { kind: 'set', items: tokens.list(() => setItem(tokens)) }
    case 'WITH': {
      const distinct = tokens.accept('DISTINCT')
      return { kind: 'with', distinct, items: tokens.list(() => item(tokens)), where: where(tokens) }
    }
    case 'DELETE': return { kind: 'delete', name: tokens.name() }
    case 'RETURN': return { kind: 'return', items: tokens.list(() => item(tokens)) }
    default: throw new UnsupportedError(`simulated neo4j: no clause '${word}'`)
  }
}

const where = (tokens: Tokens): Expression | undefined => (tokens.accept('WHERE') ? expression(tokens) : undefined)

function item(tokens: Tokens): Item {
  const name = tokens.peek()
  const value = expression(tokens)
  return { value, as: tokens.accept('AS') ? tokens.name() : name }
}

function setItem(tokens: Tokens): SetItem {
  const name = tokens.name()
  const property = tokens.accept('.') ? tokens.name() : undefined
  const adds = tokens.accept('+=')
  if (!adds) tokens.expect('=')
  return { name, property, adds, value: expression(tokens) }
}

/** INDEX SEEK e:`Type`(`column`, …): tells the planner, and changes nothing. */
function skipHint(tokens: Tokens): void {
  while (tokens.take() !== '(');
  while (tokens.take() !== ')');
}

function pathOf(tokens: Tokens): Path {
  const from = part(tokens, '(', ')')
  if (!tokens.accept('-')) return { from, edge: undefined, to: undefined }
  const edge = part(tokens, '[', ']')
  for (const word of ['-', '>']) tokens.expect(word)
  return { from, edge, to: part(tokens, '(', ')') }
}

function part(tokens: Tokens, open: string, close: string): NodePattern {
  tokens.expect(open)
  const name = tokens.peek() === ':' || tokens.peek() === close ? '' : tokens.name()
  const label = tokens.accept(':') ? tokens.name() : undefined
  let properties: Properties = []
  if (tokens.accept('{')) {
    properties = tokens.list(() => {
      const key = tokens.name()
      tokens.expect(':')
      return [key, expression(tokens)] as const
    })
    tokens.expect('}')
  }
  tokens.expect(close)
  return { name, label, properties }
}
