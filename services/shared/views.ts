/** How services ask views: bounded in time, and any failure of the store is one kind of error. */
import type { ReaderOf, Sinks } from '@cdlc/streams/sinks/index.ts'
import type { Editions } from '@cdlc/streams/runtime/editions-log.ts'
import { versionName } from '@cdlc/streams/runtime/editions.ts'
import type { RowSpecs, StoreName, TypedView, View } from '@cdlc/streams/runtime/view.ts'
import { NotReady, Unavailable } from './errors.ts'
import { timed, viewQuerySeconds } from './telemetry.ts'
import { traced } from './telemetry-trace.ts'

const longest_ms = 2_000

/** The answer of a store, or Unavailable when it fails or takes longer than 2 s. */
export async function ask<T>(store: string, question: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${longest_ms} ms`))
    }, longest_ms)
  })
  try {
    return await Promise.race([question, late])
  } catch (error) {
    throw new Unavailable(`asking ${store}`, { cause: error })
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Asks one view; its store is connected at the first question. Each question is put to the build that is live when it begins, and to
 * that build to its end.
 */
export function asker<S extends StoreName, R extends RowSpecs>(
  sinks: Sinks,
  view: TypedView<R, S>,
): <T>(question: (reader: ReaderOf<S, R>) => Promise<T>) => Promise<T> {
  const { name, store } = view
  const attributes = { 'db.system.name': store, 'cdlc.view': name }
  const tell = (seconds: number, error: unknown): void => {
    viewQuerySeconds.observe({ view: name, store, outcome: error === undefined ? 'answered' : 'unavailable' }, seconds)
  }
  return (question) => traced(`query ${name}`, attributes, () => timed(() => ask(store, sinks.reader(view).then(question)), tell))
}

/** Throws NotReady unless each of these views, in the version that this process reads, has caught up with its topics once. */
export async function viewsReady(editions: Pick<Editions, 'state' | 'of'>, views: readonly View[]): Promise<void> {
  if (editions.state() === 'unread') throw new NotReady('which builds are live has not been read yet')
  const filling = views.filter((view) => !editions.of(view).caught_up).map(versionName)
  if (filling.length > 0) throw new NotReady(`${filling.join(', ')} ${filling.length === 1 ? 'has' : 'have'} not caught up yet`)
}

/**
 * Asks once for all who ask for the same key in one turn of the event loop. None of them gets an answer older than their question:
 * a store's client sends what it was asked in a turn at the end of it.
 */
export function coalesced<T>(question: (key: string) => Promise<T>): (key: string) => Promise<T> {
  let turn = new Map<string, Promise<T>>()
  return (key) => {
    const asked = turn.get(key)
    if (asked !== undefined) return asked
    if (turn.size === 0)
      setImmediate(() => {
        turn = new Map()
      })
    const answer = question(key)
    turn.set(key, answer)
    return answer
  }
}
