/**
 * Keeps one worker at work for each edition that is wanted in this process. Each has a post of its own: a store that is away, or a
 * consumer that crashed, holds up nobody else, and is tried again with growing pauses.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Log } from './log.ts'
import { type Edition, groupName, type View } from './view.ts'
import type { ViewStatus, Worker, WorkerState } from './worker.ts'

/** What a crew asks of a worker, be it a view's or a processor's. */
export interface Hand<S> {
  status(): Promise<S>
  check(): Promise<void>
  stop(): Promise<void>
}

export interface CrewOptions<V extends Edition = View, W = Worker> {
  /** Starts a worker; `onCrash` tells that its consumer is down for good. May take long, and may fail. */
  readonly start: (view: V, onCrash: (cause: unknown) => void) => Promise<W>
  readonly log: Log
  /** Random number in [0, 1), for jitter. */
  readonly random: () => number
  /** A worker that is not wanted any more has ended. */
  readonly onLeft?: (view: V) => void
}

/** What is known of a worker that is not there. */
export interface Absent {
  readonly state: Extract<WorkerState, 'starting'> | 'down'
  readonly lag_records: null
  readonly lag_seconds: null
  /** What it failed at last. */
  readonly problem: string | null
}
type Identity = Pick<ViewStatus, 'name' | 'version' | 'build' | 'store'>
/** A worker's own word, or what is known of one that is not there. */
export type PostStatus = ViewStatus | Identity & Absent

export interface Crew<V extends Edition = View, W extends Hand<unknown> = Worker, S = PostStatus> {
  /** From now on these editions are wanted, and no others. */
  assign(views: readonly V[]): void
  statuses(): Promise<readonly S[]>
  workers(): readonly W[]
  /** Ends every post; resolves when all workers have left their groups. */
  stop(): Promise<void>
}

const FIRST_PAUSE_MS = 250
const LAST_PAUSE_MS = 30_000
/** A worker that held out for so long is no repeated failure. */
const STEADY_MS = 60_000
/** How often a worker is to ask its store whether it has lost anything. */
const CHECK_MS = 5_000
const STOP_WITHIN_MS = 20_000

interface Post<V, W> {
  readonly view: V
  readonly relieved: AbortController
  readonly ended: Promise<void>
  worker: W | undefined
  problem: string | undefined
}

/** A crew for views; nobody is at work yet. */
export const openCrew = (options: CrewOptions): Crew => openPosts(options, ({ name, version, build, store }): Identity => ({ name, version, build, store }))

/** A crew for whatever has editions; `identify` tells whose status it is where no worker can. */
export function openPosts<V extends Edition, S, W extends Hand<S>, I extends object>({ start, log, random, onLeft }: CrewOptions<V, W>, identify: (view: V) => I): Crew<V, W, S | I & Absent> {
  const posts = new Map<string, Post<V, W>>()

  /** Whether the worker worked for long before it failed. */
  async function work(post: Post<V, W>): Promise<boolean> {
    const crashed = Promise.withResolvers<never>()
    crashed.promise.catch(() => {})
    const worker = await start(post.view, crashed.reject)
    const since = performance.now()
    const over = new AbortController()
    const signal = AbortSignal.any([over.signal, post.relieved.signal])
    post.worker = worker
    post.problem = undefined
    try {
      await Promise.race([crashed.promise, checking(post, worker, signal)])
    } catch (cause) {
      tell(post, 'a worker is down; another takes its place', cause)
      return performance.now() - since > STEADY_MS
    } finally {
      over.abort()
      post.worker = undefined
      await Promise.race([worker.stop(), delay(STOP_WITHIN_MS, undefined, { ref: false })]).catch((cause: unknown) => log('warn', 'stopping a worker', { view: groupName(post.view), cause }))
    }
    return true
  }

  async function man(post: Post<V, W>): Promise<void> {
    for (let failures = 0; !post.relieved.signal.aborted;) {
      try {
        failures = await work(post) ? 0 : failures + 1
      } catch (cause) {
        failures++
        tell(post, 'starting a worker: will try again', cause)
      }
      const pause_ms = Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures) * (0.5 + random() / 2)
      await delay(pause_ms, undefined, { signal: post.relieved.signal }).catch(() => {})
    }
  }

  function tell(post: Post<V, W>, message: string, cause: unknown): void {
    post.problem = cause instanceof Error ? cause.message : String(cause)
    log('warn', message, { view: groupName(post.view), cause })
  }

  /** Until the shift is over. */
  async function checking(post: Post<V, W>, worker: W, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await delay(CHECK_MS, undefined, { signal }).catch(() => {})
      if (!signal.aborted) await worker.check().catch((cause: unknown) => log('warn', 'asking a store whether it still stands where we left it', { view: groupName(post.view), cause }))
    }
  }

  function relieve(name: string): Promise<void> {
    const post = posts.get(name)
    post?.relieved.abort()
    return post?.ended ?? Promise.resolve()
  }

  function add(view: V): void {
    const name = groupName(view)
    // one that is leaving goes first: both would be in one group, and the last to end is the one that is heard of
    const leaving = posts.get(name)?.ended ?? Promise.resolve()
    const ended = Promise.withResolvers<void>()
    const post: Post<V, W> = { view, relieved: new AbortController(), ended: ended.promise, worker: undefined, problem: undefined }
    posts.set(name, post)
    void leaving.then(() => man(post)).finally(() => {
      if (posts.get(name) === post) posts.delete(name)
      ended.resolve()
      onLeft?.(view)
    })
  }

  return {
    assign(views) {
      const wanted = new Map(views.map((view) => [groupName(view), view]))
      for (const [name, post] of posts) if (!wanted.has(name) && !post.relieved.signal.aborted) void relieve(name)
      for (const [name, view] of wanted) if (posts.get(name)?.relieved.signal.aborted !== false) add(view)
    },
    statuses: () => Promise.all([...posts.values()].map(async ({ view, worker, problem }): Promise<S | I & Absent> => {
      return await worker?.status() ?? { ...identify(view), state: problem === undefined ? 'starting' : 'down', lag_records: null, lag_seconds: null, problem: problem ?? null }
    })),
    workers: () => [...posts.values()].flatMap(({ worker }) => worker ?? []),
    async stop() {
      await Promise.all([...posts.keys()].map(relieve))
    },
  }
}
