/** What tells two JSON documents apart, as a JSON Patch (RFC 6902) that makes the one into the other. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
export type Operation = { readonly op: 'add' | 'replace'; readonly path: string; readonly value: Json } | { readonly op: 'remove'; readonly path: string }

const isObject = (value: Json): value is { readonly [key: string]: Json } => typeof value === 'object' && value !== null && !Array.isArray(value)
const isArray = (value: Json): value is readonly Json[] => Array.isArray(value)
const under = (path: string, key: string | number): string => `${path}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`

/** Operations in the order they are to be applied; items of arrays are compared place by place. */
export function patchOf(from: Json, to: Json, path = ''): readonly Operation[] {
  if (isObject(from) && isObject(to)) {
    const gone = Object.keys(from).filter((key) => !Object.hasOwn(to, key)).map((key): Operation => ({ op: 'remove', path: under(path, key) }))
    const rest = Object.entries(to).flatMap(([key, value]): readonly Operation[] => {
      const before = Object.hasOwn(from, key) ? from[key] : undefined
      return before === undefined ? [{ op: 'add', path: under(path, key), value }] : patchOf(before, value, under(path, key))
    })
    return [...gone, ...rest]
  }
  if (isArray(from) && isArray(to)) {
    const kept = to.slice(0, from.length).flatMap((value, index) => patchOf(from[index] ?? null, value, under(path, index)))
    const added = to.slice(from.length).map((value): Operation => ({ op: 'add', path: under(path, '-'), value }))
    // from the end, so that no place moves before it is spoken of
    const removed = Array.from({ length: Math.max(0, from.length - to.length) }, (_, index): Operation => ({ op: 'remove', path: under(path, from.length - 1 - index) }))
    return [...kept, ...added, ...removed]
  }
  return from === to ? [] : [{ op: 'replace', path, value: to }]
}
