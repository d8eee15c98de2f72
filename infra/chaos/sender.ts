/** Sends writes, one at a time for each row, and enters into the ledger what was tried and what was answered. */
import { setTimeout as delay } from 'node:timers/promises'
import { parseTags } from '@cdlc/services/shared/etag.ts'
import { type Answer, type Client, HttpError } from '../bench/http.ts'
import { type Failure, type Kind, type Ledger, type Post, settled, type Value } from './ledger.ts'

export interface Sent {
  readonly kind: Kind
  readonly id: string
  readonly value: Value
  readonly method: 'PUT' | 'PATCH' | 'DELETE'
  readonly url: string
  readonly body?: unknown
  /** Rows that must not change meanwhile. */
  readonly beside?: readonly string[]
  /** Rows that are gone with it; their removal goes by their own last version. */
  readonly ends?: readonly { readonly kind: Kind; readonly id: string }[]
}
export type Made = Omit<Post, 'at' | 'id'> & Pick<Sent, 'beside'>

export interface Sender {
  /** A write to one row, unless another to it, or beside it, is under way. */
  write(sent: Sent): Promise<void>
  /** Makes a row, as often asked for as it takes, under one key; answers its id, or undefined where the service has had enough for now, or another write is beside it. */
  make(made: Made): Promise<string | undefined>
  /** Sends again what a campaign that died was making. */
  makeAgain(): Promise<void>
  /** Reads a row after its last acknowledged write, which it must show; `valueOf` an answer, null of a 404. */
  read(kind: Kind, id: string, url: string, valueOf: (body: unknown) => Value): Promise<void>
  reads(): number
  /** The longest time without an acknowledged write since it was last asked for, in ms. */
  silence(): number
}

const again_ms = 250
export const patience_ms = 300_000

/** Why a write may be tried again, or undefined where the service took it and found fault with it. A limit against abuse is none. */
export function failureOf(cause: unknown): Failure | undefined {
  if (cause instanceof HttpError) return cause.status === 503 || cause.status === 429 ? 'refused' : undefined
  const code = (cause as NodeJS.ErrnoException).code
  if (code === 'ECONNREFUSED') return 'refused'
  return code === 'ECONNRESET' || code === 'EPIPE' || /no answer in/.test(String(cause)) ? 'cut_off' : undefined
}
const isStatus = (cause: unknown, status: number): boolean => cause instanceof HttpError && cause.status === status

export function openSender({ client, ledger, run }: { readonly client: Client; readonly ledger: Ledger; readonly run: string }): Sender {
  const busy = new Set<string>()
  const tags = new Map<string, string>()
  let reads = 0
  let heard = performance.now()
  let longest = 0

  async function holding<T>(rows: readonly string[], task: () => Promise<T>): Promise<T | undefined> {
    if (rows.some((row) => busy.has(row))) return undefined
    for (const row of rows) busy.add(row)
    try {
      return await task()
    } finally {
      for (const row of rows) busy.delete(row)
    }
  }
  const fail = (kind: Kind, id: string, value: Value, cause: unknown): void => {
    const how = failureOf(cause)
    if (how === undefined) throw cause
    ledger.record({ do: 'fail', at: Date.now(), kind, id, value, how, why: String(cause).slice(0, 200) })
  }
  function acknowledged(kind: Kind, id: string, value: Value, version: number, etag?: string): void {
    ledger.record({ do: 'ack', at: Date.now(), kind, id, value, version })
    if (etag !== undefined) tags.set(id, etag)
    longest = Math.max(longest, performance.now() - heard)
    heard = performance.now()
  }
  /** The version that an answer tells; of a removal without an ETag, that which was removed; of a like, when it was given. */
  function versionIn({ kind, id, value }: Pick<Sent, 'kind' | 'id' | 'value'>, { headers: { etag }, body }: Answer): number {
    if (etag !== undefined) {
      const [tag] = parseTags(String(etag))
      if (tag?.id !== id) throw new Error(`writing ${kind} '${id}': the answer's ETag is '${String(etag)}'`)
      return tag.version
    }
    const version = value === null ? ledger.known(kind).get(id)?.acknowledged?.version : Date.parse(String((body as { readonly liked_at?: unknown } | undefined)?.liked_at))
    if (version === undefined || Number.isNaN(version)) throw new Error(`writing ${kind} '${id}': the answer has no ETag, nor anything instead`)
    return version
  }

  async function post({ kind, id: key, value, url, body, by }: Omit<Post, 'at'>): Promise<string | undefined> {
    for (const deadline = Date.now() + patience_ms; ;) {
      try {
        const { headers: { etag } } = await client.send('POST', url, body, { 'idempotency-key': `${run}-${key}` })
        const [tag] = parseTags(String(etag))
        if (tag === undefined) throw new Error(`adding a ${kind}: the answer's ETag is '${String(etag)}'`)
        ledger.record({ do: 'ack', at: Date.now(), kind, id: tag.id, value, version: tag.version, key, ...(by === undefined ? {} : { by }) })
        tags.set(tag.id, String(etag))
        longest = Math.max(longest, performance.now() - heard)
        heard = performance.now()
        return tag.id
      } catch (cause) {
        if (Date.now() > deadline) throw new Error(`adding a ${kind}: not acknowledged within ${patience_ms / 1_000} s`, { cause })
        // 409: an attempt that was cut off is being worked on
        if (!isStatus(cause, 409)) fail(kind, key, value, cause)
        if (isStatus(cause, 429)) {
          ledger.record({ do: 'drop', at: Date.now(), kind, id: key, value })
          return undefined
        }
      }
      await delay(again_ms)
    }
  }

  return {
    async write({ kind, id, value, method, url, body, beside = [], ends = [] }) {
      await holding([id, ...beside, ...ends.map((end) => end.id)], async () => {
        const mayBeDone = value === null && (ledger.known(kind).get(id)?.tried.includes(null) ?? false)
        ledger.record({ do: 'try', at: Date.now(), kind, id, value })
        for (const end of ends) ledger.record({ do: 'try', at: Date.now(), ...end, value: null })
        let version: number
        let etag: string | undefined
        try {
          const answer = await client.send(method, url, body)
          version = versionIn({ kind, id, value }, answer)
          etag = answer.headers['etag']?.toString()
        } catch (cause) {
          const removed = ledger.known(kind).get(id)?.acknowledged?.version
          if (!mayBeDone || removed === undefined || !isStatus(cause, 404)) {
            fail(kind, id, value, cause)
            return
          }
          version = removed
        }
        acknowledged(kind, id, value, version, etag)
        for (const end of ends) {
          const last = ledger.known(end.kind).get(end.id)?.acknowledged
          if (last !== undefined) acknowledged(end.kind, end.id, null, last.version)
        }
      })
    },
    async make({ beside = [], ...made }) {
      return await holding(beside, async () => {
        const id = `${made.kind}-${ledger.posted(made.kind)}`
        ledger.record({ do: 'post', at: Date.now(), id, ...made })
        return await post({ id, ...made })
      })
    },
    async makeAgain() {
      for (const one of ledger.unanswered()) await post(one)
    },
    async read(kind, id, url, valueOf) {
      await holding([id], async () => {
        const value = settled(ledger, kind, id)
        const tag = tags.get(id)
        if (value === undefined || tag === undefined) return
        const seen = await client.send('GET', url, undefined, { 'read-after': tag }).then(({ body }) => valueOf(body), (cause: unknown) => {
          if (isStatus(cause, 404)) return null
          if (failureOf(cause) === undefined) throw cause
          return undefined
        })
        if (seen === undefined) return
        if (seen !== value) throw new Error(`reading ${kind} '${id}' after '${tag}': it is ${seen}, where ${value} was acknowledged`)
        reads++
      })
    },
    reads: () => reads,
    silence() {
      const silent = Math.max(longest, performance.now() - heard)
      longest = 0
      heard = performance.now()
      return silent
    },
  }
}
