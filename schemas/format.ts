/** Prints a schema as the committed files have it: what fits on a line stays on it, so that a field is a line of a diff. */

const width = 140

/** JSON of a value, two spaces per level, in the order its keys have; ends with a newline. */
export const formatSchema = (schema: unknown): string => `${print(schema, 0)}\n`

function print(value: unknown, indent: number): string {
  const line = inline(value)
  if (indent + line.length <= width && !line.includes('"fields"')) return line
  const pad = ' '.repeat(indent + 2)
  if (Array.isArray(value)) return `[\n${value.map((item) => pad + print(item, indent + 2)).join(',\n')}\n${' '.repeat(indent)}]`
  if (typeof value !== 'object' || value === null) return line
  const entries = Object.entries(value).map(([key, item]) => `${pad}${JSON.stringify(key)}: ${print(item, indent + 2)}`)
  return `{\n${entries.join(',\n')}\n${' '.repeat(indent)}}`
}

function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{ ${Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${inline(item)}`).join(', ')} }`
}
