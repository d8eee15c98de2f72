/** Subscriptions over a WebSocket at `/v1/graphql`: connections of Fastify, each with a talk of its own. */
import { decodeJwt } from 'jose'
import type { FastifyRequest } from 'fastify'
import type { GraphQLSchema } from 'graphql/index.js'
import { setTimeout as delay } from 'node:timers/promises'
import type { WebSocket } from 'ws'
import { tokenOf } from '../../shared/access.ts'
import type { Graph } from '../context.ts'
import { openLoaders } from '../loaders.ts'
import type { GraphPorts } from '../ports.ts'
import { actingHeader, viewerOf, type Viewer } from '../viewer.ts'
import { openLobby, type Lobby } from './lobby.ts'
import { preparer } from './operation.ts'
import { ends, subprotocol } from './protocol.ts'
import { seen } from './seeing.ts'
import { openTalk, type Talk, type TalkPorts } from './talk.ts'

/** A message of a client, at most. */
export const longestMessage = 65_536
/** Longer than a person's access token lives: the gateway, which knows when that ends, ends the connection with it. A program's is ended by its own. */
const longest_ms = 15 * 60_000

/** How long a connection may last, in ms. The token was verified. */
function lifeOf(request: FastifyRequest): number {
  const { exp } = request.identity?.kind === 'service' ? decodeJwt(tokenOf(request) ?? '') : {}
  return exp === undefined ? longest_ms : Math.min(longest_ms, Math.max(0, exp * 1_000 - Date.now()))
}

export interface Sockets {
  /** Takes a WebSocket in; its request has been through the guard. */
  take(socket: WebSocket, request: FastifyRequest): void
  /** Ends all. */
  close(): void
}

/** Over the same schema as queries. */
export function openSockets(ports: GraphPorts, schema: GraphQLSchema, unforeseen: (cause: unknown) => void, lobby: Lobby = openLobby()): Sockets {
  const talks = new Set<Talk>()
  const prepare = preparer(ports, schema, unforeseen)
  const graphOf = (viewer: Viewer): Graph => ({ ports, viewer, loaders: openLoaders(ports, viewer.profile_id) })
  const talkPorts = (request: FastifyRequest): TalkPorts => ({
    hub: ports.hub, presence: ports.presence, prepare, unforeseen,
    greet: (acting) => {
      const { [actingHeader]: header } = request.headers
      return viewerOf(ports.ownerOf, request.identity, acting ?? (typeof header === 'string' ? header : undefined))
    },
    seen: (viewer, news) => seen(() => graphOf(viewer), news, (ms) => delay(ms, undefined, { ref: false })),
  })

  function refusal({ identity }: FastifyRequest, { protocol }: WebSocket): readonly [number, string] | (() => void) {
    if (protocol !== subprotocol) return [ends.otherProtocol, `Subprotocol not acceptable: offer ${subprotocol}`]
    if (identity === undefined) return [ends.unauthorized, 'Unauthorized: send a token, see services/graph/README.md']
    const room = lobby.enter(identity.subject)
    if (room === 'account') return [ends.tooMany, 'too many connections of one account; close another first']
    return room === 'process' ? [ends.full, 'no room for another connection; try again shortly'] : room
  }

  return {
    take(socket, request) {
      const room = refusal(request, socket)
      if (typeof room !== 'function') return socket.close(...room)
      const talk = openTalk({
        send: (text, gone) => { socket.send(text, () => { gone() }) },
        ping: () => { socket.ping() },
        close: (code, reason) => { socket.close(code, reason) },
        terminate: () => { socket.terminate() },
      }, talkPorts(request), lifeOf(request))
      talks.add(talk)
      socket.on('message', (data: Buffer, isBinary: boolean) => { talk.heard(isBinary ? undefined : data.toString()) })
      socket.on('pong', () => { talk.ponged() })
      socket.once('close', () => {
        talks.delete(talk)
        room()
        talk.closed()
      })
    },
    close() { for (const talk of talks) talk.end(ends.going, 'the service stops; connect again') },
  }
}
