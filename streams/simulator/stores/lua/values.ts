/** Values of Lua, its operators, and the functions of its library that scripts of ours call. */
export type Table = Map<Value, Value>
export type LuaFunction = (...args: readonly Value[]) => readonly Value[]
export type Value = undefined | boolean | number | string | Table | LuaFunction

export const truth = (value: Value): boolean => value !== undefined && value !== false
const text = (value: Value): string => (value === undefined ? 'nil' : typeof value === 'object' ? 'table' : typeof value === 'function' ? 'function' : String(value))

/** A table of these values, numbered from 1. */
export const tableOf = (values: readonly Value[]): Table => new Map(values.map((value, place) => [place + 1, value]))

/** How many values a table has from 1 on without a gap, or a text characters. */
export function lengthOf(value: Value): number {
  if (typeof value === 'string') return value.length
  if (!(value instanceof Map)) throw new Error(`running lua: length of ${text(value)}`)
  let length = 0
  while (value.get(length + 1) !== undefined) length++
  return length
}

export function indexed(of: Value, key: Value): Value {
  if (of instanceof Map) return of.get(key)
  throw new Error(`running lua: indexing ${text(of)} by '${text(key)}'`)
}

/** Operators of two values, other than `and` and `or`. */
export const operators: Readonly<Record<string, (a: Value, b: Value) => Value>> = {
  '==': (a, b) => a === b, '~=': (a, b) => a !== b, '..': (a, b) => text(a) + text(b),
  '<': (a, b) => Number(a) < Number(b), '>': (a, b) => Number(a) > Number(b), '<=': (a, b) => Number(a) <= Number(b), '>=': (a, b) => Number(a) >= Number(b),
  '+': (a, b) => Number(a) + Number(b), '-': (a, b) => Number(a) - Number(b), '*': (a, b) => Number(a) * Number(b), '/': (a, b) => Number(a) / Number(b), '%': (a, b) => Number(a) % Number(b),
}

const strings: Readonly<Record<string, LuaFunction>> = {
  /** Of a plain text only, as the fourth argument must say. */
  find: (of, what, from = 1, plain = false) => {
    if (plain !== true) throw new Error('running lua: string.find with a pattern')
    const at = String(of).indexOf(String(what), Number(from) - 1)
    return at < 0 ? [undefined] : [at + 1, at + String(what).length]
  },
  sub: (of, from, to = -1) => [String(of).slice(Number(from) - 1, Number(to) < 0 ? String(of).length + 1 + Number(to) : Number(to))],
}

export const library: Readonly<Record<string, Value>> = {
  tonumber: (value) => [value === undefined || Number.isNaN(Number(value)) ? undefined : Number(value)],
  tostring: (value) => [text(value)],
  unpack: (of, from = 1, to = lengthOf(of)) => Array.from({ length: Math.max(0, Number(to) - Number(from) + 1) }, (_, place) => indexed(of, Number(from) + place)),
  string: new Map(Object.entries(strings)),
}
