/** An Avro schema with its names resolved: what the rules of compatibility are written against. */
import { isComplex, type AvroField, type AvroType } from './avro.ts'

export type Node =
  /** `meaning` is what the bare type does not say: a logical type, or the Connect type that gives an instant its unit. */
  | { readonly kind: 'primitive'; readonly name: string; readonly meaning: string | undefined }
  | { readonly kind: 'record'; readonly name: string; readonly aliases: readonly string[]; readonly fields: readonly NodeField[] }
  | {
      readonly kind: 'enum'
      readonly name: string
      readonly aliases: readonly string[]
      readonly symbols: readonly string[]
      readonly default: unknown
    }
  | { readonly kind: 'fixed'; readonly name: string; readonly aliases: readonly string[]; readonly size: number }
  | { readonly kind: 'array'; readonly items: Node }
  | { readonly kind: 'map'; readonly values: Node }
  | { readonly kind: 'union'; readonly branches: readonly Node[] }

export interface NodeField {
  readonly name: string
  readonly aliases: readonly string[]
  readonly type: Node
  readonly has_default: boolean
}

const primitives = new Set(['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'])

/** Resolves a schema; throws on a name that nothing before it defines. */
export function resolve(schema: AvroType): Node {
  const known = new Map<string, Node>()

  function node(type: AvroType, namespace: string): Node {
    if (typeof type === 'string') return named(type, namespace)
    if (!isComplex(type)) return { kind: 'union', branches: type.map((branch) => node(branch, namespace)) }
    const { type: kind, name, items, values } = type
    const at = name === undefined ? { full: '', namespace } : qualify(name, type.namespace ?? namespace)
    const aliases = (type.aliases ?? []).map((alias) => qualify(alias, at.namespace).full)
    switch (kind) {
      case 'record': {
        const fields: NodeField[] = []
        const record: Node = { kind, name: at.full, aliases, fields }
        known.set(at.full, record)
        for (const field of type.fields ?? []) fields.push(fieldOf(field, at.namespace))
        return record
      }
      case 'enum':
        return remember({ kind, name: at.full, aliases, symbols: type.symbols ?? [], default: type.default })
      case 'fixed':
        return remember({ kind, name: at.full, aliases, size: type.size ?? 0 })
      case 'array':
        return { kind, items: node(items ?? 'null', namespace) }
      case 'map':
        return { kind, values: node(values ?? 'null', namespace) }
      default: {
        const inner = node(kind, namespace)
        const meaning = type['logicalType'] ?? type['connect.name']
        return inner.kind === 'primitive' && typeof meaning === 'string' ? { ...inner, meaning } : inner
      }
    }
  }

  function remember(type: Node & { readonly name: string }): Node {
    known.set(type.name, type)
    return type
  }

  function named(name: string, namespace: string): Node {
    if (primitives.has(name)) return { kind: 'primitive', name, meaning: undefined }
    const found = known.get(qualify(name, namespace).full) ?? known.get(name)
    if (found === undefined) throw new Error(`resolving type '${name}': nothing before it in the schema defines it`)
    return found
  }

  const fieldOf = (field: AvroField, namespace: string): NodeField => ({
    name: field.name,
    aliases: field.aliases ?? [],
    type: node(field.type, namespace),
    has_default: field.default !== undefined,
  })

  return node(schema, '')
}

function qualify(name: string, namespace: string): { readonly full: string; readonly namespace: string } {
  const dot = name.lastIndexOf('.')
  if (dot >= 0) return { full: name, namespace: name.slice(0, dot) }
  return { full: namespace === '' ? name : `${namespace}.${name}`, namespace }
}

/** A type in a few words, as messages name it. */
export function describe(node: Node): string {
  switch (node.kind) {
    case 'primitive':
      return node.meaning === undefined ? node.name : `${node.name} (${node.meaning})`
    case 'record':
    case 'enum':
    case 'fixed':
      return `${node.kind} ${node.name}`
    case 'array':
      return `array of ${describe(node.items)}`
    case 'map':
      return `map of ${describe(node.values)}`
    case 'union':
      return node.branches.map(describe).join(' or ')
  }
}
