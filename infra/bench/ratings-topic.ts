/** A topic of ratings as Debezium writes them, in the contract of `cdc.user.ratings`, the same bytes for the same seed but for its name. */
import { randomUUID } from 'node:crypto'
import { schemaOf } from '@cdlc/schemas/avro.ts'
import { createCodec } from '@cdlc/schemas/codec.ts'
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { subjectOf } from '@cdlc/schemas/topics.ts'
import { createKafka } from '@cdlc/streams/runtime/kafka.ts'
import { seeded } from './harness.ts'

export const CONTRACT = 'cdc.user.ratings'
export const PARTITIONS = 6

export interface Rating {
  readonly profile_id: string
  readonly title_id: string
  readonly half_stars: number
  readonly rated_at: number
  readonly version: number
  readonly traceparent?: string
}
export interface RatingsTopic {
  readonly name: string
  readonly records: number
  /** Mean size of a value. */
  readonly bytes: number
  /** The offset after the last record, by partition. */
  readonly ends: readonly number[]
}

const PROFILES = 943
const TITLES = 1_682
/** How often somebody rates again what he has rated: a change with `before` and `after`. */
const SHARE_OF_CHANGES = 0.5
const FIRST_AT = Date.UTC(2026, 0, 1)
const SENT_AT_ONCE = 5_000

/** As many profiles and titles as MovieLens-100k has; popular titles are rated more, profiles alike. */
export function* ratings(count: number, seed: number): Generator<{ readonly before: Rating | null; readonly after: Rating }> {
  const random = seeded(seed)
  const id = (kind: string, number: number): string => `01K${kind}${String(number).padStart(22, '0')}`
  const current = new Map<string, Rating>()
  const all: string[] = []
  for (let i = 0; i < count; i++) {
    const again = random() < SHARE_OF_CHANGES ? all[Math.floor(random() * all.length)] : undefined
    const title_id = id('T', Math.floor(TITLES * random() ** 2))
    const profile_id = id('P', Math.floor(PROFILES * random()))
    const pair = again ?? `${title_id}/${profile_id}`
    const before = current.get(pair) ?? null
    const after = { ...before ?? { title_id, profile_id }, half_stars: 1 + Math.floor(10 * random()), rated_at: FIRST_AT + i * 100, version: (before?.version ?? 0) + 1 }
    if (before === null) all.push(pair)
    current.set(pair, after)
    yield { before, after }
  }
}

/** A change as Debezium writes it; `i` tells its place in the binlog. */
export function envelope({ before, after }: { readonly before: Rating | null; readonly after: Rating }, i: number): unknown {
  const ts_ms = after.rated_at + 5
  return {
    before, after, transaction: null, op: before === null ? 'c' : 'u', ts_ms: ts_ms + 2, ts_us: (ts_ms + 2) * 1_000, ts_ns: BigInt(ts_ms + 2) * 1_000_000n,
    source: {
      version: '3.6.1.Final', connector: 'mysql', name: 'cdc.user', ts_ms, snapshot: 'false', db: 'user', sequence: null, ts_us: ts_ms * 1_000, ts_ns: BigInt(ts_ms) * 1_000_000n,
      table: 'ratings', server_id: 1, gtid: `3e11fa47-71ca-11e1-9e33-c80aa9429562:${i}`, file: 'binlog.000002', pos: i * 400, row: 0, thread: 12, query: null,
    },
  }
}

/** Every so many of them, by this share, was written under a trace of its own. */
function traced({ before, after }: { readonly before: Rating | null; readonly after: Rating }, i: number, share: number): { readonly before: Rating | null; readonly after: Rating } {
  if (Math.floor((i + 1) * share) === Math.floor(i * share)) return { before, after }
  return { before, after: { ...after, traceparent: `00-${String(i + 1).padStart(32, '0')}-${String(i + 1).padStart(16, '0')}-01` } }
}

/** Makes the topic `bench.ratings-…` and fills it; `share` of its records is traced. */
export async function fillRatings(endpoints: Endpoints, records: number, seed: number, share = 0): Promise<RatingsTopic> {
  const name = `bench.ratings-${randomUUID().slice(0, 8)}`
  const encode = await createCodec({ url: endpoints.registry.url }).encoder(subjectOf(CONTRACT), schemaOf(CONTRACT))
  const kafka = createKafka(endpoints.kafka.brokers, 'cdlc-bench')
  let bytes = 0
  try {
    await kafka.createTopics([{ name, partitions: PARTITIONS, config: {} }])
    let chunk: { key: string; value: Buffer }[] = []
    let i = 0
    for (const rating of ratings(records, seed)) {
      const value = encode(envelope(traced(rating, i, share), i++))
      bytes += value.length
      chunk.push({ key: rating.after.title_id, value })
      if (chunk.length < SENT_AT_ONCE && i < records) continue
      await kafka.produce(name, chunk)
      chunk = []
    }
    const ends = (await kafka.offsets(name)).map(({ high }) => high)
    return { name, records, bytes: Math.round(bytes / records), ends }
  } finally {
    await kafka.close()
  }
}
