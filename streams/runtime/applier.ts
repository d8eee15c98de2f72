/**
 * One slice of a partition's records, from bytes to a committed effect: decode → read rows → fold → dead letters → flush.
 *
 * A record is dead-lettered before the position passes it, and the effect of the others and the position commit together; so
 * a crash anywhere leaves each record either applied, or dead-lettered, or still to come.
 */
import { type DeadLetter, type DeadLetters, identityOf } from './dead-letter.ts'
import { decodeRecords, decodeRedriven, type Decoders, type Poison, triedOf } from './decode.ts'
import type { Placed } from './fold.ts'
import type { RawBatch, RawRecord } from './kafka.ts'
import type { Partition } from './partition-state.ts'
import { RejectedError } from './store.ts'
import { storeName, type View } from './view.ts'

/** Records [`from`, `next`) of one topic partition, less those before the store's position. */
export interface Slice {
  readonly batch: RawBatch
  readonly records: readonly RawRecord[]
  readonly from: number
  readonly next: number
  /** The slice is as long as slices get: its position is told to the store even where nothing came of its records. */
  readonly full: boolean
}

export interface FlushReport {
  readonly view: View
  readonly topic: string
  readonly partition: number
  readonly from: number
  readonly next: number
  readonly records: number
  readonly rows: number
  readonly dead_letters: number
  readonly events: readonly Placed[]
  /** ms since the epoch. */
  readonly started_at: number
  readonly decode_ms: number
  readonly read_ms: number
  readonly fold_ms: number
  readonly flush_ms: number
  readonly outcome: 'flushed' | 'fenced' | 'advanced'
  /** Kafka's time of the first record, ms since the epoch. */
  readonly oldest_timestamp: number | undefined
}

/** Offsets that the store has refused for good, with its reason: they are left out when the slice is tried again. */
export type Refused = ReadonlyMap<number, RejectedError>

export interface ApplierOptions {
  readonly view: View
  readonly decoders: Decoders
  readonly deadLetters: DeadLetters
  readonly clock: { now(): number }
  readonly log: (level: 'info' | 'warn' | 'error', message: string, fields: Readonly<Record<string, unknown>>) => void
}

/** Stops a partition: the view's policy does not let it go on past poison. */
export class StopError extends Error {}

/** Throws StopError, StoreReadError, RejectedError, or whatever the store, registry or broker failed with. */
export async function applySlice(options: ApplierOptions, partition: Partition, slice: Slice, refused: Refused, published: Set<number>): Promise<FlushReport> {
  const { view, decoders, deadLetters, clock } = options
  const { batch, from, next } = slice
  const times = [clock.now()]
  const lap = (): void => { times.push(clock.now()) }
  const isDeadLetters = batch.topic === deadLetters.topic
  const poison: Poison[] = []
  const giveUpAt = (offset: number, cause: unknown): void => {
    const record = slice.records.find((candidate) => candidate.offset === offset)
    const tried = record === undefined ? undefined : triedOf(batch, record, isDeadLetters)
    if (tried !== undefined) poison.push({ offset, tried, cause })
  }
  for (const [offset, cause] of refused) giveUpAt(offset, cause)
  const records = refused.size === 0 ? slice.records : slice.records.filter((record) => !refused.has(record.offset))
  const decoded = await (isDeadLetters ? decodeRedriven : decodeRecords)(decoders, batch, records)
  poison.push(...decoded.poison)
  lap()
  const reject = ({ offset }: Placed, cause: unknown): void => { giveUpAt(offset, cause) }
  const events = await partition.read(decoded.events, reject)
  lap()
  const writes = partition.fold(events, reject)
  lap()
  const nothing = writes.length === 0 && poison.length === 0 && !slice.full
  let outcome: FlushReport['outcome'] = 'advanced'
  // folded over rows that another owner has changed since, any record may look like poison
  if (poison.length > 0 && await partition.isStale()) outcome = 'fenced'
  else if (nothing) await partition.advance(batch.topic, next)
  else {
    if (poison.length > 0) await giveUp(options, poison, published)
    outcome = await partition.flush({ topic: batch.topic, from, next, writes }).catch(async (cause: unknown) => {
      if (cause instanceof RejectedError && await partition.isStale()) return 'fenced'
      throw cause
    }) === 'fenced' ? 'fenced' : 'flushed'
  }
  lap()
  const [t0 = 0, t1 = 0, t2 = 0, t3 = 0, t4 = 0] = times
  return {
    view, topic: batch.topic, partition: batch.partition, from, next, records: slice.records.length, rows: writes.length, dead_letters: poison.length, events,
    started_at: t0, decode_ms: t1 - t0, read_ms: t2 - t1, fold_ms: t3 - t2, flush_ms: t4 - t3, outcome, oldest_timestamp: slice.records[0]?.timestamp,
  }
}

/** Publishes what cannot be applied, once for as long as this worker remembers it; or stops, where that is the view's policy. */
async function giveUp({ view, deadLetters, log }: ApplierOptions, poison: readonly Poison[], published: Set<number>): Promise<void> {
  const [first] = poison
  if (view.failure.poison === 'stop' && first !== undefined) {
    throw new StopError(`applying '${identityOf(first.tried.origin)}'`, { cause: first.cause })
  }
  const fresh = poison.filter(({ offset }) => !published.has(offset))
  if (fresh.length === 0) return
  await deadLetters.publish(fresh.map((one) => letterOf(storeName(view), one)))
  for (const { offset, tried: { origin, attempt }, cause } of fresh) {
    published.add(offset)
    log('error', 'gave a record up; it is in the dead letters', { view: view.name, ...origin, attempt, dead_letters: deadLetters.topic, cause })
  }
}

/** What the dead letters say of a record that this edition of a view, or a processor, gave up. */
export function letterOf(edition: string, { tried, cause }: Pick<Poison, 'tried' | 'cause'>): DeadLetter {
  const error = cause instanceof Error ? cause : new Error(String(cause))
  const code = 'code' in error && typeof error.code === 'string' ? error.code : cause instanceof RejectedError ? 'rejected' : 'apply'
  return { ...tried, code, error: messages(error), stack: error.stack ?? '', edition }
}

const messages = (error: Error): string => (error.cause instanceof Error ? `${error.message}: ${messages(error.cause)}` : error.message)
