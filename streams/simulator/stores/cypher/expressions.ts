/** Values of Cypher and the expressions over them that our statements use. What it does not know it refuses by name. */
import type { AnyRow } from '../../../runtime/store.ts'
import type { Tokens } from './tokens.ts'
import { UnsupportedError } from '../../network.ts'

/** A node or a relationship, by its id; what it holds is looked up when it is asked for. */
export interface Ref { readonly ref: number }
export type Value = null | boolean | number | string | Ref | readonly Value[] | { readonly [name: string]: Value }
export type Row = ReadonlyMap<string, Value>

export interface Context {
  readonly row: Row
  /** Rows that an aggregate is taken over. */
  readonly group: readonly Row[]
  readonly params: AnyRow
  properties(ref: Ref): AnyRow
  /** Whether the node has a relationship. */
  connected(ref: Ref): boolean
}
export interface Expression {
  readonly aggregate: boolean
  of(context: Context): Value
}

export const isRef = (value: unknown): value is Ref => typeof value === 'object' && value !== null && 'ref' in value
const isList = (value: Value): value is readonly Value[] => Array.isArray(value)

const functions: Readonly<Record<string, (args: readonly Value[], context: Context) => Value>> = {
  coalesce: (args) => args.find((arg) => arg !== null) ?? null,
  tostring: ([value = null]) => (value === null ? null : String(value)),
  properties: ([value = null], context) => (isRef(value) ? context.properties(value) as Value : value),
}

/** Null, where either side is: nothing is known then. */
const comparisons: Readonly<Record<string, (a: Value, b: Value) => Value>> = {
  '=': (a, b) => (a === null || b === null ? null : JSON.stringify(a) === JSON.stringify(b)),
  '<>': (a, b) => (a === null || b === null ? null : JSON.stringify(a) !== JSON.stringify(b)),
  '<': (a, b) => (a === null || b === null ? null : a < b), '>': (a, b) => (a === null || b === null ? null : a > b),
  '<=': (a, b) => (a === null || b === null ? null : a <= b), '>=': (a, b) => (a === null || b === null ? null : a >= b),
}
const both = (left: Expression, right: Expression, of: (a: Value, b: Value) => Value): Expression =>
  ({ aggregate: left.aggregate || right.aggregate, of: (context) => of(left.of(context), right.of(context)) })
const constant = (value: Value): Expression => ({ aggregate: false, of: () => value })

export function expression(tokens: Tokens): Expression {
  let left = conjunction(tokens)
  while (tokens.accept('OR')) left = both(left, conjunction(tokens), (a, b) => a === true || b === true)
  return left
}
function conjunction(tokens: Tokens): Expression {
  let left = negation(tokens)
  while (tokens.accept('AND')) left = both(left, negation(tokens), (a, b) => a === true && b === true)
  return left
}
function negation(tokens: Tokens): Expression {
  if (!tokens.accept('NOT')) return comparison(tokens)
  const inner = negation(tokens)
  return { aggregate: inner.aggregate, of: (context) => inner.of(context) !== true }
}
function comparison(tokens: Tokens): Expression {
  const left = sum(tokens)
  if (tokens.accept('IS')) {
    const not = tokens.accept('NOT')
    tokens.expect('NULL')
    return { aggregate: left.aggregate, of: (context) => (left.of(context) === null) !== not }
  }
  const compare = comparisons[tokens.peek()]
  if (compare === undefined) return left
  tokens.take()
  return both(left, sum(tokens), compare)
}
function sum(tokens: Tokens): Expression {
  let left = access(tokens)
  for (;;) {
    if (tokens.accept('+')) left = both(left, access(tokens), (a, b) => (isList(a) && isList(b) ? [...a, ...b] : a === null || b === null ? null : Number(a) + Number(b)))
    else if (tokens.accept('-')) left = both(left, access(tokens), (a, b) => (a === null || b === null ? null : Number(a) - Number(b)))
    else return left
  }
}
function access(tokens: Tokens): Expression {
  let value = primary(tokens)
  for (;;) {
    const of = value
    let key: Expression
    if (tokens.accept('.')) key = constant(tokens.name())
    else if (tokens.accept('[')) {
      key = expression(tokens)
      tokens.expect(']')
    } else return value
    value = { aggregate: of.aggregate, of: (context) => {
      const held = of.of(context)
      const from = isRef(held) ? context.properties(held) : (held ?? {}) as AnyRow
      return (from[String(key.of(context))] ?? null) as Value
    } }
  }
}
function primary(tokens: Tokens): Expression {
  if (tokens.accept('(')) {
    const inner = expression(tokens)
    tokens.expect(')')
    return inner
  }
  if (tokens.accept('EXISTS')) { // { (n)--() }
    for (const word of ['{', '(']) tokens.expect(word)
    const node = tokens.name()
    for (const word of [')', '-', '-', '(', ')', '}']) tokens.expect(word)
    return { aggregate: false, of: (context) => { const value = context.row.get(node); return isRef(value) && context.connected(value) } }
  }
  const token = tokens.take()
  if (token.startsWith('$')) return { aggregate: false, of: (context) => (context.params[token.slice(1)] ?? null) as Value }
  if (/^\d/.test(token)) return constant(Number(token))
  if (token.startsWith('\'')) return constant(token.slice(1, -1))
  if (/^(true|false|null)$/i.test(token)) return constant(JSON.parse(token.toLowerCase()) as Value)
  if (tokens.peek() === '(') return call(tokens, token)
  return { aggregate: false, of: (context) => context.row.get(token) ?? null }
}
function call(tokens: Tokens, name: string): Expression {
  tokens.expect('(')
  const args = tokens.list(() => expression(tokens))
  tokens.expect(')')
  if (name === 'collect') {
    return { aggregate: true, of: (context) => context.group.map((row) => args[0]?.of({ ...context, row }) ?? null).filter((value) => value !== null) }
  }
  const apply = functions[name.toLowerCase()]
  if (apply === undefined) throw new UnsupportedError(`simulated neo4j: no function '${name}'`)
  return { aggregate: args.some((arg) => arg.aggregate), of: (context) => apply(args.map((arg) => arg.of(context)), context) }
}
