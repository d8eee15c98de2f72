/** Avro's rules of schema resolution: whether a reader's schema can read what a writer's schema wrote, and where not. */
import { describe, type Node } from './model.ts'

/** One place where a reader cannot read a writer. `path` is of fields, from the outermost record; empty for that record itself. */
export interface Misfit {
  readonly path: string
  readonly kind: 'no-default' | 'type' | 'name' | 'symbols' | 'branch' | 'size' | 'meaning'
  /** What reader and writer have there; for 'symbols' and 'branch' what the writer has and the reader lacks. */
  readonly reader: string
  readonly writer: string
}

/** Primitive types that a reader takes in the writer's place, of the Avro specification's "Schema Resolution". */
const promotions: Readonly<Record<string, readonly string[]>> = {
  long: ['int'],
  float: ['int', 'long'],
  double: ['int', 'long', 'float'],
  string: ['bytes'],
  bytes: ['string'],
}

/** Every place where `reader` cannot read `writer`, in the order of the reader's fields. */
export function misfits(reader: Node, writer: Node): readonly Misfit[] {
  return compare(reader, writer, '', new Map())
}

/** `seen` ends recursion, and tells a record that is named in two places once. */
function compare(reader: Node, writer: Node, path: string, seen: Map<Node, Set<Node>>): readonly Misfit[] {
  const misfit = (kind: Misfit['kind'], parts: { reader?: string; writer?: string } = {}): readonly Misfit[] => [
    { path, kind, reader: describe(reader), writer: describe(writer), ...parts },
  ]

  if (writer.kind === 'union') {
    return writer.branches.flatMap((branch) => {
      const problems = compare(reader, branch, path, seen)
      return reader.kind === 'union' || problems.length === 0 ? problems : misfit('branch', { writer: describe(branch) })
    })
  }
  if (reader.kind === 'union') {
    // the branch a value would go to: the first of its very name or type, else the first that takes it
    const own = reader.branches.find((branch) => sameName(branch, writer))
    if (own !== undefined) return compare(own, writer, path, seen)
    const fits = reader.branches.some((branch) => compare(branch, writer, path, new Map()).length === 0)
    return fits ? [] : misfit('branch', { writer: describe(writer) })
  }
  if (reader.kind !== writer.kind) return misfit('type')
  switch (reader.kind) {
    case 'primitive': {
      if (writer.kind !== 'primitive') return misfit('type')
      if (reader.name !== writer.name && !(promotions[reader.name] ?? []).includes(writer.name)) return misfit('type')
      return reader.meaning === writer.meaning ? [] : misfit('meaning')
    }
    case 'array':
      return writer.kind === 'array' ? compare(reader.items, writer.items, join(path, '[]'), seen) : misfit('type')
    case 'map':
      return writer.kind === 'map' ? compare(reader.values, writer.values, join(path, '{}'), seen) : misfit('type')
    case 'fixed': {
      if (!sameName(reader, writer)) return misfit('name')
      return writer.kind === 'fixed' && reader.size === writer.size
        ? []
        : misfit('size', { reader: String(reader.size), writer: String(writer.kind === 'fixed' ? writer.size : '') })
    }
    case 'enum': {
      if (!sameName(reader, writer)) return misfit('name')
      const lacking = writer.kind === 'enum' ? writer.symbols.filter((symbol) => !reader.symbols.includes(symbol)) : []
      return lacking.length === 0 || reader.default !== undefined ? [] : misfit('symbols', { writer: lacking.join(', ') })
    }
    case 'record': {
      if (writer.kind !== 'record' || !sameName(reader, writer)) return misfit('name')
      const before = seen.get(reader) ?? new Set<Node>()
      if (before.has(writer)) return []
      seen.set(reader, before.add(writer))
      return reader.fields.flatMap((field) => {
        const written =
          writer.fields.find((candidate) => candidate.name === field.name)
          ?? writer.fields.find((candidate) => field.aliases.includes(candidate.name))
        if (written !== undefined) return compare(field.type, written.type, join(path, field.name), seen)
        return field.has_default
          ? []
          : [{ path: join(path, field.name), kind: 'no-default' as const, reader: describe(field.type), writer: 'nothing' }]
      })
    }
  }
}

function sameName(reader: Node, writer: Node): boolean {
  if (reader.kind !== writer.kind) return false
  if ('name' in reader && 'name' in writer)
    return reader.name === writer.name || ('aliases' in reader && reader.aliases.includes(writer.name))
  return true
}

const join = (path: string, step: string): string => (path === '' ? step : `${path}.${step}`)
