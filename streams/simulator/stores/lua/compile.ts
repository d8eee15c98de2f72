/**
 * As much of Lua 5.1 as scripts of ours use, so that the very text which Redis runs is under test: locals, assignment, tables, `if`,
 * `while`, numeric `for`, `return`, calls, indexing and operators. What it does not know it refuses by name.
 */
import { indexed, lengthOf, library, type LuaFunction, operators, type Table, truth, type Value } from './values.ts'

/** Names of a block, within those of the block around it. */
interface Scope { readonly names: Map<string, Value>; readonly outer: Scope | undefined }
/** Answers several values: the last call of a list hands over all of its own. */
type Multiple = (scope: Scope) => readonly Value[]
interface Place { readonly value: Multiple; readonly assign: ((scope: Scope, value: Value) => void) | undefined }
/** Answers values where the block returned. */
type Statement = (scope: Scope) => readonly Value[] | undefined
interface Token { readonly kind: 'number' | 'string' | 'word' | 'end'; readonly text: string }

const token = /\s*(?:--[^\n]*)?\s*(?:(\d+(?:\.\d+)?)|'([^']*)'|"([^"]*)"|([A-Za-z_]\w*|\.\.|[=~<>]=|[-+*/%#=<>().,;[\]{}])|$)/y
const end: Token = { kind: 'end', text: '' }

function tokensOf(source: string): readonly Token[] {
  const tokens: Token[] = []
  for (token.lastIndex = 0; token.lastIndex < source.length;) {
    const at = token.lastIndex
    const found = token.exec(source)
    if (found === null) throw new Error(`reading lua: what is '${source.slice(at, at + 20)}'?`)
    const [, number, single, double, word] = found
    const string = single ?? double
    if (number !== undefined) tokens.push({ kind: 'number', text: number })
    else if (string !== undefined) tokens.push({ kind: 'string', text: string.replaceAll('\\n', '\n') })
    else if (word !== undefined) tokens.push({ kind: 'word', text: word })
  }
  return tokens
}

/** From what binds least to what binds most. */
const levels: readonly (readonly string[])[] = [['or'], ['and'], ['==', '~=', '<', '>', '<=', '>='], ['..'], ['+', '-'], ['*', '/', '%']]
const lookUp = (scope: Scope, name: string): Map<string, Value> => {
  for (let inner: Scope | undefined = scope; inner !== undefined; inner = inner.outer) if (inner.names.has(name)) return inner.names
  throw new Error(`running lua: there is no '${name}'`)
}

/** Compiles a script to a function of its globals; answers what the script returns. */
export function compileLua(source: string): (globals: Readonly<Record<string, Value>>) => Value {
  const tokens = tokensOf(source)
  let at = 0
  const peek = (ahead = 0): Token => tokens[at + ahead] ?? end
  const is = (...words: readonly string[]): boolean => peek().kind === 'word' && words.includes(peek().text)
  const take = (): Token => { const taken = peek(); at++; return taken }
  const accept = (word: string): boolean => { const there = is(word); if (there) at++; return there }
  const expect = (word: string): void => { if (!accept(word)) throw new Error(`reading lua: '${word}' expected, not '${peek().text}'`) }
  const name = (): string => {
    const { kind, text } = take()
    if (kind !== 'word' || !/^[A-Za-z_]/.test(text)) throw new Error(`reading lua: a name expected, not '${text}'`)
    return text
  }
  const list = <T>(item: () => T): readonly T[] => {
    const items = [item()]
    while (accept(',')) items.push(item())
    return items
  }

  function block(...ends: readonly string[]): Statement {
    const statements: Statement[] = []
    while (peek() !== end && !is(...ends)) statements.push(statement())
    return (outer) => {
      const scope = { names: new Map<string, Value>(), outer }
      for (const run of statements) {
        const returned = run(scope)
        if (returned !== undefined) return returned
      }
      return undefined
    }
  }

  function statement(): Statement {
    if (accept('local')) {
      const names = list(name)
      const values = accept('=') ? multiple() : () => []
      return (scope) => { const all = values(scope); names.forEach((one, place) => scope.names.set(one, all[place])); return undefined }
    }
    if (accept('return')) return is('end', 'else', 'elseif') || peek() === end ? () => [] : multiple()
    if (accept('while')) return loop()
    if (accept('for')) return counting()
    if (accept('if')) return branches()
    const places = list(postfix)
    if (!accept('=')) return (scope) => { for (const { value } of places) value(scope); return undefined }
    const values = multiple()
    return (scope) => { const all = values(scope); places.forEach(({ assign }, place) => assign?.(scope, all[place])); return undefined }
  }

  function body(): Statement {
    expect('do')
    const inner = block('end')
    expect('end')
    return inner
  }
  function loop(): Statement {
    const condition = expression()
    const inner = body()
    return (scope) => {
      while (truth(condition(scope))) { const returned = inner(scope); if (returned !== undefined) return returned }
      return undefined
    }
  }
  function counting(): Statement {
    const counter = name()
    expect('=')
    const bounds = list(expression)
    const inner = body()
    return (scope) => {
      const [from = 0, to = 0, step = 1] = bounds.map((bound) => Number(bound(scope)))
      for (let i = from; step > 0 ? i <= to : i >= to; i += step) { const returned = inner({ names: new Map([[counter, i]]), outer: scope }); if (returned !== undefined) return returned }
      return undefined
    }
  }
  function branches(): Statement {
    const condition = expression()
    expect('then')
    const then = block('end', 'else', 'elseif')
    let otherwise: Statement = () => undefined
    if (accept('elseif')) otherwise = branches()
    else {
      if (accept('else')) otherwise = block('end')
      expect('end')
    }
    return (scope) => (truth(condition(scope)) ? then(scope) : otherwise(scope))
  }

  function multiple(): Multiple {
    const values = list(() => operation(0))
    const [only] = values
    if (values.length === 1 && only !== undefined) return only
    const last = values.length - 1
    return (scope) => values.flatMap((value, place) => (place === last ? value(scope) : [value(scope)[0]]))
  }
  function expression(): (scope: Scope) => Value {
    const value = operation(0)
    return (scope) => value(scope)[0]
  }
  function operation(level: number): Multiple {
    const known = levels[level]
    if (known === undefined) return unary()
    let left = operation(level + 1)
    while (is(...known)) {
      const operator = take().text
      const [before, after] = [left, operation(level + 1)]
      const apply = operators[operator]
      left = (scope) => {
        const [a] = before(scope)
        if (operator === 'or' || operator === 'and') return [truth(a) === (operator === 'or') ? a : after(scope)[0]]
        return [apply?.(a, after(scope)[0])]
      }
    }
    return left
  }
  function unary(): Multiple {
    if (accept('not')) { const of = unary(); return (scope) => [!truth(of(scope)[0])] }
    if (accept('-')) { const of = unary(); return (scope) => [-Number(of(scope)[0])] }
    if (accept('#')) { const of = unary(); return (scope) => [lengthOf(of(scope)[0])] }
    return postfix().value
  }

  function postfix(): Place {
    let place = primary()
    for (;;) {
      const { value: of } = place
      if (accept('(')) {
        const args = is(')') ? () => [] : multiple()
        expect(')')
        place = { assign: undefined, value: (scope) => {
          const called = of(scope)[0]
          if (typeof called !== 'function') throw new Error('running lua: calling what is no function')
          return (called as LuaFunction)(...args(scope))
        } }
      } else if (is('.', '[')) {
        const key = keyOf()
        place = { value: (scope) => [indexed(of(scope)[0], key(scope))], assign: (scope, value) => { (of(scope)[0] as Table).set(key(scope), value) } }
      } else return place
    }
  }
  function keyOf(): (scope: Scope) => Value {
    if (accept('.')) { const key = name(); return () => key }
    expect('[')
    const key = expression()
    expect(']')
    return key
  }

  function primary(): Place {
    const { kind, text } = take()
    const constant = (value: Value): Place => ({ value: () => [value], assign: undefined })
    if (kind === 'number') return constant(Number(text))
    if (kind === 'string') return constant(text)
    if (text === 'true' || text === 'false') return constant(text === 'true')
    if (text === 'nil') return constant(undefined)
    if (text === '{') return table()
    if (text === '(') { const inner = expression(); expect(')'); return { value: (scope) => [inner(scope)], assign: undefined } }
    if (kind !== 'word' || !/^[A-Za-z_]/.test(text)) throw new Error(`reading lua: what is '${text}'?`)
    return { value: (scope) => [lookUp(scope, text).get(text)], assign: (scope, value) => { lookUp(scope, text).set(text, value) } }
  }
  function table(): Place {
    const fields: { readonly key: (scope: Scope) => Value; readonly value: (scope: Scope) => Value }[] = []
    let numbered = 0
    while (!accept('}')) {
      if (peek().kind === 'word' && peek(1).text === '=' || is('[')) {
        const field = is('[') ? undefined : name()
        const key = field === undefined ? keyOf() : () => field
        expect('=')
        fields.push({ key, value: expression() })
      } else {
        const place = ++numbered
        fields.push({ key: () => place, value: expression() })
      }
      if (!accept(',')) accept(';')
    }
    return { value: (scope) => [new Map(fields.map(({ key, value }) => [key(scope), value(scope)]))], assign: undefined }
  }

  const script = block()
  const outer: Scope = { names: new Map(Object.entries(library)), outer: undefined }
  return (globals) => script({ names: new Map(Object.entries(globals)), outer })?.[0]
}
