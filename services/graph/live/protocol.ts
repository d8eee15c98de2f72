/** The protocol `graphql-transport-ws` (github.com/enisdenjo/graphql-ws, PROTOCOL.md): its messages and why a connection is closed. Pure. */
import type { GraphQLFormattedError } from 'graphql/index.js'
import { Ajv } from 'ajv'
import Type, { type Static } from 'typebox'
import { longestQuery, type Asking } from '../document.ts'

export const subprotocol = 'graphql-transport-ws'

/** Codes of the protocol, of RFC 6455, and ours from 4000 to 4099. Clients of graphql-ws come back by themselves after 1001, 1013, 4008 and 4010. */
export const ends = {
  /** The process stops, or has no room. */
  going: 1_001, full: 1_013,
  slow: 4_008, old: 4_010,
  invalid: 4_400, unauthorized: 4_401, forbidden: 4_403, otherProtocol: 4_406, late: 4_408, known: 4_409, tooMany: 4_429, failed: 4_500,
} as const

const Id = Type.String({ minLength: 1, maxLength: 100 })
const Payload = Type.Optional(Type.Union([Type.Object({}), Type.Null()]))
const strict = { additionalProperties: false } as const
const Init = Type.Object({
  type: Type.Literal('connection_init'),
  payload: Type.Optional(Type.Union([Type.Null(), Type.Object({ actingProfile: Type.Optional(Type.String({ maxLength: 100 })), presence: Type.Optional(Type.Boolean()) }, strict)])),
}, strict)
const Subscribe = Type.Object({
  type: Type.Literal('subscribe'), id: Id,
  payload: Type.Object({
    query: Type.Optional(Type.String({ maxLength: longestQuery })), documentId: Type.Optional(Type.String({ pattern: '^sha256:[0-9a-f]{64}$' })),
    operationName: Type.Optional(Type.Union([Type.String({ maxLength: 200 }), Type.Null()])), variables: Payload, extensions: Payload,
  }, strict),
}, strict)
const Message = Type.Union([
  Init, Subscribe, Type.Object({ type: Type.Literal('complete'), id: Id }, strict), Type.Object({ type: Type.Union([Type.Literal('ping'), Type.Literal('pong')]), payload: Payload }, strict),
])
/** What a client says; `subscribe` carries what is asked. */
export type Heard =
  | Static<typeof Init>
  | { readonly type: 'subscribe'; readonly id: string; readonly payload: Asking }
  | { readonly type: 'complete'; readonly id: string }
  | { readonly type: 'ping' | 'pong' }
export type Said =
  | { readonly type: 'connection_ack' }
  | { readonly type: 'pong' }
  | { readonly type: 'next'; readonly id: string; readonly payload: object }
  | { readonly type: 'error'; readonly id: string; readonly payload: readonly GraphQLFormattedError[] }

const isMessage = new Ajv({ strict: false }).compile(Message)

/** Undefined where it is no message of the protocol. */
export function heardIn(text: string): Heard | undefined {
  try {
    const read: unknown = JSON.parse(text)
    return isMessage(read) ? (read as Heard) : undefined
  } catch {
    return undefined
  }
}

/** A frame of closing has room for 123 bytes of reason. */
const room = 123
/** As much of a reason as a frame of closing holds, whole characters. */
export const reasonOf = (message: string): string => message.slice(0, new TextEncoder().encodeInto(message, new Uint8Array(room)).read)
