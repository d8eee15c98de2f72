/** Ids of the whole graph: the type's name and its own id, as base64url. Opaque to clients, who may also give an id of the REST API where the type is clear. */
import { Refused } from '../shared/errors.ts'
import { isUlid } from '../shared/text.ts'

export const nodeTypes = ['Member', 'Title', 'Person', 'Review', 'Comment', 'List', 'Viewing'] as const
export type NodeType = (typeof nodeTypes)[number]

export const globalId = (type: NodeType, id: string): string => Buffer.from(`${type}:${id}`).toString('base64url')

const wrong = (field: string, what: string): Refused => new Refused({ code: 'invalid_request', message: `must be ${what}`, field })

/** What an id of the graph names. Refused where it is none. */
export function readId(text: string, field = 'id'): { readonly type: NodeType; readonly id: string } {
  const [name, id = '', ...rest] = Buffer.from(text, 'base64url').toString().split(':')
  const type = nodeTypes.find((one) => one === name)
  if (type === undefined || rest.length > 0 || !isUlid(id)) throw wrong(field, 'an `id` that the graph gave')
  return { type, id }
}

/** The id of the REST API, out of that itself or out of an id of the graph. Refused where it is of another type. */
export function localId(type: NodeType, text: string, field = 'id'): string {
  if (isUlid(text)) return text
  const read = readId(text, field)
  if (read.type !== type) throw wrong(field, `the id of a ${type}, not of a ${read.type}`)
  return read.id
}
