/** Tells programs what the configuration is, and of each change as it is made. */
import type { Entry as EntryMessage } from '@cdlc/schemas/generated/proto/cdlc/platform/v1/Entry.ts'
import type { WatchRequest__Output } from '@cdlc/schemas/generated/proto/cdlc/platform/v1/WatchRequest.ts'
import type { WatchResponse } from '@cdlc/schemas/generated/proto/cdlc/platform/v1/WatchResponse.ts'
import { Refused, Unavailable } from '../shared/errors.ts'
import type { StreamHandler } from '../shared/grpc-server.ts'
import type { Book, Position } from './book.ts'
import { current, isThere, newest, type Entry } from './entry.ts'
import type { ConfigurationLog } from './log.ts'

export interface WatchOptions {
  readonly log: Pick<ConfigurationLog, 'book' | 'onChange'>
  readonly heartbeat_ms: number
  readonly mostWatchers: number
}

/** Values have 32 KiB at most, so that a page stays below the 4 MiB that clients take. */
const page = 50
const mostNamespaces = 20

const tokenOf = (position: Position | undefined): string => (position === undefined ? '0' : `${position.offset}.${position.change_id}`)
function positionIn(token: string): Position | undefined {
  const [, offset, change_id] = /^(\d{1,16})\.([0-9a-f-]{36})$/.exec(token) ?? []
  return offset === undefined || change_id === undefined ? undefined : { offset: Number(offset), change_id }
}
function told(entry: Entry): EntryMessage {
  const { namespace, name } = entry
  const version = current(entry)
  return { namespace, name, version: newest(entry)?.version ?? 0, value: version?.value ?? '', removed: version === undefined }
}
/** Pages of entries; the last one says where to go on from. */
function* pages(entries: readonly EntryMessage[], resume: string, anew: boolean): Iterable<WatchResponse> {
  for (let from = 0; from === 0 || from < entries.length; from += page) {
    const isLast = from + page >= entries.length
    yield { entries: { entries: entries.slice(from, from + page), anew: anew && from === 0 }, resume: isLast ? resume : '' }
  }
}

/** A handler of `Watch`. What a watcher has yet to hear is a set of entries, so that however slow it is, it costs no more than they. */
export function watchHandler({ log, heartbeat_ms, mostWatchers }: WatchOptions): StreamHandler<WatchRequest__Output, WatchResponse> {
  let watchers = 0
  return async function* (request, { signal }) {
    const wanted = new Set(request.namespaces)
    if (wanted.size === 0 || wanted.size > mostNamespaces) throw new Refused({ code: 'invalid_request', message: `name 1 to ${mostNamespaces} namespaces`, field: 'namespaces' })
    if (watchers >= mostWatchers) throw new Unavailable(`watching the configuration: ${mostWatchers} do already`, { code: 'overloaded' })
    watchers += 1
    let pending = new Set<string>()
    let wake = (): void => undefined
    const ends = log.onChange((key) => {
      if (key === undefined || !wanted.has(key.slice(0, key.indexOf('/')))) return
      pending.add(key)
      wake()
    })
    const leave = (): void => { wake() }
    signal.addEventListener('abort', leave)
    try {
      yield* first(log.book(), wanted, request.resume)
      while (!signal.aborted) {
        if (pending.size === 0) await new Promise<void>((resolve) => {
          const beat = setTimeout(resolve, heartbeat_ms)
          wake = () => { clearTimeout(beat); resolve() }
        })
        if (signal.aborted) return
        const book = log.book()
        const keys = pending
        pending = new Set()
        const resume = tokenOf(book.position())
        if (keys.size === 0) yield { heartbeat: {}, resume }
        else yield* pages([...keys].map((key) => changed(book, key)), resume, false)
      }
    } finally {
      watchers -= 1
      ends()
      signal.removeEventListener('abort', leave)
    }
  }
}

function changed(book: Book, key: string): EntryMessage {
  const entry = book.entries.get(key)
  if (entry !== undefined) return told(entry)
  const [namespace = '', name = ''] = key.split('/')
  return { namespace, name, version: 0, value: '', removed: true }
}

function first(book: Book, wanted: ReadonlySet<string>, token: string): Iterable<WatchResponse> {
  const mine = [...book.entries.values()].filter(({ namespace }) => wanted.has(namespace))
  const since = positionIn(token)
  const resume = tokenOf(book.position())
  return since !== undefined && book.has(since)
    ? pages(mine.filter(({ touched }) => touched > since.offset).map(told), resume, false)
    : pages(mine.filter(isThere).map(told), resume, true)
}
