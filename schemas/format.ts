/** Prints JSON as the committed files have it: what fits on a line stays on it, but a list of objects has a line for each. */

const width = 140

/** JSON of a value, two spaces per level, in the order its keys have; ends with a newline. */
export const formatJson = (value: unknown): string => `${print(value, 0)}\n`

function print(value: unknown, indent: number): string {
  const line = inline(value)
  if (indent + line.length <= width && !hasList(value)) return line
  const pad = ' '.repeat(indent + 2)
  if (Array.isArray(value)) return `[\n${value.map((item) => pad + print(item, indent + 2)).join(',\n')}\n${' '.repeat(indent)}]`
  if (!isObject(value)) return line
  const entries = Object.entries(value).map(([key, item]) => `${pad}${JSON.stringify(key)}: ${print(item, indent + 2)}`)
  return `{\n${entries.join(',\n')}\n${' '.repeat(indent)}}`
}

function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`
  if (!isObject(value)) return JSON.stringify(value)
  return `{ ${Object.entries(value)
    .map(([key, item]) => `${JSON.stringify(key)}: ${inline(item)}`)
    .join(', ')} }`
}

/** Whether a list of objects is anywhere in a value: such as a record's fields, each of which is a line of a diff. */
function hasList(value: unknown): boolean {
  if (Array.isArray(value)) return (value.length > 0 && value.every(isObject)) || value.some(hasList)
  return isObject(value) && Object.values(value).some(hasList)
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value)
