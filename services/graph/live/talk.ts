/** One connection: what a client says, what it is told, and when it ends. All of it is bounded; nothing here knows of sockets or HTTP. */
import type { GraphQLFormattedError } from 'graphql/index.js'
import { Refused, Unavailable } from '../../shared/errors.ts'
import type { Presence } from '../../shared/presence.ts'
import type { Graph } from '../context.ts'
import type { Viewer } from '../viewer.ts'
import { fieldOf, nameOf, type Hub, type News } from './hub.ts'
import type { Operation, Prepare } from './operation.ts'
import { ends, heardIn, reasonOf, type Heard, type Said } from './protocol.ts'

/** The way to a client. */
export interface Wire {
  /** Calls back once it has left this process, or never will. */
  send(text: string, gone: () => void): void
  ping(): void
  close(code: number, reason: string): void
  /** Cuts it, whatever is under way. */
  terminate(): void
}
export interface TalkPorts {
  readonly hub: Pick<Hub, 'listen'>
  readonly presence: Pick<Presence, 'enter'>
  readonly prepare: Prepare
  /** Who looks. Throws Refused, or Unavailable. */
  readonly greet: (acting: string | undefined) => Promise<Viewer>
  /** What answers news to who looks; undefined where they are not to hear it. Throws Unavailable. */
  readonly seen: (viewer: Viewer, news: News) => Promise<Graph | undefined>
  readonly unforeseen: (cause: unknown) => void
}
export interface Talk {
  /** A message came; undefined: one that is not text. */
  heard(text: string | undefined): void
  ponged(): void
  /** The client is gone. */
  closed(): void
  end(code: number, reason: string): void
}

/** Of one connection. `waiting`: messages that wait for the client to read; `names`: of what was told last, lest it is told twice; `messages` in `within_ms`. */
export const bounds = {
  subscriptions: 10, waiting: 100, names: 200, messages: 100, within_ms: 10_000, greeting_ms: 3_000, ping_ms: 25_000, farewell_ms: 1_000,
} as const

type Job = () => Promise<readonly Said[]>
const now = async (said: Said): Promise<readonly Said[]> => [said]

/** Begins with a client that has `life_ms` from now. */
export function openTalk(wire: Wire, ports: TalkPorts, life_ms: number): Talk {
  const subscriptions = new Map<string, Operation>()
  const names = new Set<string>()
  const waiting: Job[] = []
  const leaving: (() => void)[] = []
  let phase: 'new' | 'greeted' | 'open' | 'over' = 'new'
  let isWorking = false
  let isAlive = true
  let messages = 0
  const isOver = (): boolean => phase === 'over'

  const greeting = setTimeout(() => { if (phase === 'new') end(ends.late, 'Connection initialisation timeout') }, bounds.greeting_ms)
  const expiry = setTimeout(() => { end(ends.old, 'the token has expired; connect again with a new one') }, life_ms)
  const counting = setInterval(() => { messages = 0 }, bounds.within_ms)
  const pinging = setInterval(() => {
    if (!isAlive) return wire.terminate()
    isAlive = false
    wire.ping()
  }, bounds.ping_ms)
  let farewell: NodeJS.Timeout | undefined

  function leave(): void {
    phase = 'over'
    for (const timer of [greeting, expiry, counting, pinging]) clearTimeout(timer)
    for (const done of leaving.splice(0)) done()
    subscriptions.clear()
    waiting.length = 0
  }
  function end(code: number, reason: string): void {
    if (isOver()) return
    leave()
    wire.close(code, reasonOf(reason))
    farewell = setTimeout(() => { wire.terminate() }, bounds.farewell_ms)
  }

  function fail(error: unknown): void {
    ports.unforeseen(error)
    end(ends.failed, 'an unforeseen error; it has been logged')
  }

  /** One after another, each only once the one before has left: who does not read holds up what waits. */
  async function work(): Promise<void> {
    if (isWorking) return
    isWorking = true
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      const said = await job().catch((cause: unknown) => {
        // what a view could not be asked about is not told: it is in the feed
        if (!(cause instanceof Unavailable)) ports.unforeseen(cause)
        return []
      })
      for (const one of said) if (!isOver()) await new Promise<void>((gone) => { wire.send(JSON.stringify(one), gone) })
    }
    isWorking = false
  }
  function queue(job: Job): void {
    if (isOver()) return
    if (waiting.length >= bounds.waiting) return end(ends.slow, `${bounds.waiting} messages wait to be read; ask again for what was missed`)
    waiting.push(job)
    void work()
  }
  const say = (said: Said): void => { queue(() => now(said)) }

  function hear(viewer: Viewer, news: News): void {
    if (names.has(nameOf(news)) || ![...subscriptions.values()].some(({ field }) => field === fieldOf(news))) return
    names.add(nameOf(news))
    if (names.size > bounds.names) names.delete(names.values().next().value ?? '')
    queue(async () => {
      const graph = await ports.seen(viewer, news)
      if (graph === undefined) return []
      const those = [...subscriptions].filter(([, { field }]) => field === fieldOf(news))
      return Promise.all(those.map(async ([id, operation]): Promise<Said> => ({ type: 'next', id, payload: await operation.answer(graph, news) })))
    })
  }

  async function greet({ payload }: Extract<Heard, { type: 'connection_init' }>): Promise<void> {
    if (phase !== 'new') return end(ends.tooMany, 'Too many initialisation requests')
    phase = 'greeted'
    try {
      const viewer = await ports.greet(payload?.actingProfile)
      const { profile_id } = viewer
      if (isOver()) return
      if (profile_id === undefined) return end(ends.forbidden, 'somebody must look: name a profile of yours as actingProfile')
      phase = 'open'
      leaving.push(ports.hub.listen(profile_id, (news) => { hear(viewer, news) }), ports.presence.enter(profile_id, payload?.presence === false))
      say({ type: 'connection_ack' })
    } catch (error) {
      if (error instanceof Refused) return end(ends.forbidden, error.message)
      if (error instanceof Unavailable) return end(ends.full, 'cannot tell who looks just now; try again shortly')
      fail(error)
    }
  }
  function subscribe({ id, payload }: Extract<Heard, { type: 'subscribe' }>): void {
    if (phase !== 'open') return end(ends.unauthorized, 'Unauthorized')
    if (subscriptions.has(id)) return end(ends.known, `Subscriber for ${id} already exists`)
    const refuse = (errors: readonly GraphQLFormattedError[]): void => { say({ type: 'error', id, payload: errors }) }
    if (subscriptions.size >= bounds.subscriptions) {
      return refuse([{ message: `a connection has ${bounds.subscriptions} subscriptions at most; complete one first`, extensions: { code: 'rate_limited' } }])
    }
    try {
      const prepared = ports.prepare(payload)
      if ('field' in prepared) subscriptions.set(id, prepared)
      else refuse(prepared)
    } catch (error) {
      fail(error)
    }
  }

  return {
    end,
    ponged() { isAlive = true },
    closed() {
      if (!isOver()) leave()
      clearTimeout(farewell)
    },
    heard(text) {
      if (isOver()) return
      isAlive = true
      messages += 1
      if (messages > bounds.messages) return end(ends.tooMany, `${bounds.messages} messages in ${bounds.within_ms / 1_000} s at most`)
      const heard = text === undefined ? undefined : heardIn(text)
      switch (heard?.type) {
        case undefined: return end(ends.invalid, 'Invalid message received')
        case 'connection_init': return void greet(heard)
        case 'subscribe': return subscribe(heard)
        case 'complete': return void subscriptions.delete(heard.id)
        case 'ping': return say({ type: 'pong' })
        case 'pong': return undefined
      }
    },
  }
}
