/** Column values as Neo4j has them: integers told from floats, absent for null, lists of one type. */
import neo4j from 'neo4j-driver'
import type { AnyRow } from '../../runtime/store.ts'
import type { ColumnType, RowSpec } from '../../runtime/view.ts'

const whole = (value: unknown): unknown => (typeof value === 'number' ? neo4j.int(value) : value)
const converters: Readonly<Record<string, (value: unknown) => unknown>> = {
  int: whole, long: whole, timestamp: whole, 'int[]': (value) => (Array.isArray(value) ? value.map(whole) : value),
}
const converterOf = (type: ColumnType | undefined) => (typeof type === 'string' ? converters[type.replace('?', '')] : undefined)

/** The named columns as properties; JavaScript numbers would all become floats. */
export function toProperties(spec: RowSpec, columns: readonly string[], row: AnyRow): AnyRow {
  const properties: Record<string, unknown> = {}
  for (const column of columns) {
    const value = row[column]
    if (value !== null && value !== undefined) properties[column] = converterOf(spec.columns[column])?.(value) ?? value
  }
  return properties
}

/** A whole row again: an absent property is null. */
export function fromProperties(spec: RowSpec, properties: AnyRow): AnyRow {
  const row: Record<string, unknown> = {}
  for (const column in spec.columns) row[column] = properties[column] ?? null
  return row
}

/** Parameters of a query with whole numbers as integers, which LIMIT and SKIP insist on. */
export function toParameters(value: unknown): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? neo4j.int(value) : value
  if (Array.isArray(value)) return value.map(toParameters)
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, toParameters(inner)]))
}
