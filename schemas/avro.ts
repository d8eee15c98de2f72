/** Avro schemas as plain data: the catalogue's records, and reader schemas that decode no more than a view needs. */
import { readFileSync } from 'node:fs'
import { topicSpec } from './topics.ts'

/** A type as an Avro schema file spells it: a name, a union, or a complex type with its attributes. */
export type AvroType = string | readonly AvroType[] | AvroComplex
export interface AvroComplex {
  readonly type: AvroType
  readonly name?: string
  readonly namespace?: string
  readonly aliases?: readonly string[]
  readonly doc?: string
  readonly fields?: readonly AvroField[]
  readonly symbols?: readonly string[]
  readonly default?: unknown
  readonly items?: AvroType
  readonly values?: AvroType
  readonly size?: number
  readonly [attribute: string]: unknown
}
export interface AvroField {
  readonly name: string
  readonly type: AvroType
  readonly default?: unknown
  readonly aliases?: readonly string[]
  readonly doc?: string
}
export interface AvroRecord extends AvroComplex {
  readonly type: 'record'
  readonly name: string
  readonly fields: readonly AvroField[]
}

export const isComplex = (type: AvroType): type is AvroComplex => typeof type === 'object' && !Array.isArray(type)
export const isRecord = (type: AvroType): type is AvroRecord => isComplex(type) && type.type === 'record' && type.fields !== undefined

/** Path of a record under `schemas/avro`. */
export const schemaPath = (record: string): string => `${import.meta.dirname}/avro/${record}`

/** Reads a record's file; throws where it is no record. */
export function readSchema(path: string): AvroRecord {
  const schema = JSON.parse(readFileSync(path, 'utf8')) as AvroType
  if (!isRecord(schema)) throw new Error(`reading schema '${path}': it is no Avro record`)
  return schema
}

/** The value's schema of a topic of the catalogue. */
export function schemaOf(topic: string): AvroRecord {
  const { record } = topicSpec(topic)
  if (record === null) throw new Error(`reading the schema of topic '${topic}': its values are no contract of ours`)
  return readSchema(schemaPath(record))
}

/** The record of a CDC topic's rows, which its envelope holds as `before` and `after`. */
export function rowSchema(topic: string): AvroRecord {
  const before = schemaOf(topic).fields.find((field) => field.name === 'before')?.type
  const row = Array.isArray(before) ? before.find((branch: AvroType) => isRecord(branch)) : undefined
  if (row === undefined) throw new Error(`reading the row of topic '${topic}': its record has no 'before', so it is no change envelope`)
  return row
}

/**
 * The column in which a row carries the W3C trace context of the transaction that wrote it. It says nothing of the row, so `CdcRows`
 * leaves it out, and no view can come to depend on it.
 */
export const traceColumn = 'traceparent'

/** Whether a CDC topic's rows have that column. */
export const carriesTrace = (topic: string): boolean => rowSchema(topic).fields.some(({ name }) => name === traceColumn)

/** These fields of a topic's row or event; throws on one that it does not have. */
function fieldsOf(topic: string, { fields }: AvroRecord, columns: readonly string[]): readonly AvroField[] {
  return columns.map((column) => {
    const field = fields.find((candidate) => candidate.name === column)
    if (field === undefined) {
      throw new Error(
        `projecting topic '${topic}': no column '${column}'; it has ${fields.map((candidate) => candidate.name).join(', ')}`,
      )
    }
    return field
  })
}

/** Reader schema of an event topic with these fields alone. */
export function eventProjection(topic: string, columns: readonly string[]): AvroRecord {
  const event = schemaOf(topic)
  return { ...event, fields: fieldsOf(topic, event, columns) }
}

/** Reader schema of a CDC topic with nothing but `before`, `after` (of them these columns) and `op`: avsc skips the rest unread. */
export function projection(topic: string, columns: readonly string[]): AvroRecord {
  const { name, namespace } = schemaOf(topic)
  const row = rowSchema(topic)
  const fields = fieldsOf(topic, row, columns)
  return {
    type: 'record',
    name,
    ...(namespace === undefined ? {} : { namespace }),
    fields: [
      { name: 'before', type: ['null', { type: 'record', name: row.name, fields }], default: null },
      { name: 'after', type: ['null', row.name], default: null },
      { name: 'op', type: 'string' },
    ],
  }
}
