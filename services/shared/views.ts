/** How services ask views: bounded in time, and any failure of the store is one kind of error. */
import type { ReaderOf, Sinks } from '@cdlc/streams/sinks/index.ts'
import type { RowSpecs, StoreName, TypedView } from '@cdlc/streams/runtime/view.ts'
import { Unavailable } from './errors.ts'

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

/** Asks one view; its store is connected at the first question. */
export function asker<S extends StoreName, R extends RowSpecs>(
  sinks: Sinks,
  view: TypedView<R, S>,
): <T>(question: (reader: ReaderOf<S, R>) => Promise<T>) => Promise<T> {
  let reader: Promise<ReaderOf<S, R>> | undefined
  const open = (): Promise<ReaderOf<S, R>> => {
    reader ??= sinks.reader(view).catch((error: unknown) => {
      reader = undefined
      throw error
    })
    return reader
  }
  return (question) => ask(view.store, open().then(question))
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
