/** Answers kept in memory: bounded in bytes, the one least lately used goes first. What is stale is kept all the same, for when its upstream is away. */
import { gzip } from 'node:zlib'

export interface Kept {
  readonly body: Buffer
  /** Named by the upstream, or made of the body. */
  readonly etag: string
  /** All headers of the answer but those of one request. */
  readonly headers: Readonly<Record<string, string>>
  /** ms since the epoch. */
  readonly kept_at: number
  /** Not to be answered any more while the upstream can be asked. */
  stale: boolean
  gzipped?: Buffer
}

export interface AnswerCache {
  get(key: string): Kept | undefined
  /** Left out where it is too large to be worth it. */
  keep(key: string, answer: Kept): void
  /** There is no such answer any more. */
  drop(key: string): void
  /** Whether there was one that was not stale. */
  makeStale(key: string): boolean
  makeAllStale(): void
  state(): { readonly bytes: number; readonly entries: number }
}

/** Bytes an entry takes beyond its body: keys, headers, the map. A guess that errs upwards. */
const overhead = 1_024
const largestShare = 1 / 64

export function createCache(bytes: number): AnswerCache {
  const kept = new Map<string, Kept>()
  let used = 0
  // what is compressed later is counted before
  const sizeOf = (answer: Kept): number => 2 * answer.body.length + overhead
  function remove(key: string): void {
    const answer = kept.get(key)
    if (answer === undefined) return
    kept.delete(key)
    used -= sizeOf(answer)
  }
  return {
    get(key) {
      const answer = kept.get(key)
      if (answer === undefined) return undefined
      kept.delete(key)
      kept.set(key, answer)
      return answer
    },
    keep(key, answer) {
      remove(key)
      if (sizeOf(answer) > bytes * largestShare) return
      kept.set(key, answer)
      used += sizeOf(answer)
      while (used > bytes) remove(kept.keys().next().value ?? '')
    },
    drop: remove,
    makeStale(key) {
      const answer = kept.get(key)
      if (answer === undefined || answer.stale) return false
      answer.stale = true
      return true
    },
    makeAllStale() { for (const answer of kept.values()) answer.stale = true },
    state: () => ({ bytes: used, entries: kept.size }),
  }
}

/** Smaller bodies are not worth it. */
export const compressedFrom = 1_024
const wanting = /(?:^|,)\s*(?:gzip|\*)\s*(?:;\s*q\s*=\s*(?:1(?:\.0+)?|0?\.\d*[1-9]\d*))?\s*(?:,|$)/i

/** The body as it is sent to who accepts this; compressed once, beside the answers that wait for nothing. */
export function bodyFor(answer: Kept, acceptEncoding: string | undefined): { readonly body: Buffer; readonly encoding: 'gzip' | undefined } {
  if (acceptEncoding === undefined || answer.body.length < compressedFrom || !wanting.test(acceptEncoding)) return { body: answer.body, encoding: undefined }
  if (answer.gzipped !== undefined) return { body: answer.gzipped, encoding: 'gzip' }
  // until it is compressed it is sent as it is
  gzip(answer.body, (error, zipped) => { if (error === null && zipped.length < answer.body.length) answer.gzipped = zipped })
  return { body: answer.body, encoding: undefined }
}
