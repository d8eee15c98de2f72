/** Record values to changes in their places; what cannot be read is told apart, record by record. */
import { type DeadLetter, identityOf, said } from './dead-letter.ts'
import type { Placed } from './fold.ts'
import type { RawBatch, RawRecord } from './kafka.ts'
import type { Change } from './view.ts'

/** Turns record values of one topic into changes: `prepare` may ask the registry, `decode` may not. */
export interface Decoder {
  prepare(values: readonly (Buffer | null)[]): Promise<void>
  decode(value: Buffer): Change
}
export type Decoders = ReadonlyMap<string, Decoder>

/** A record as its view sees it: where it was first, and which try of it this is, from 1. */
export type Tried = Omit<DeadLetter, 'code' | 'error' | 'stack' | 'edition'>
/** A record that no retry will make readable or applicable. */
export interface Poison {
  /** Of the record in the batch, be that a source's or a redriven one's. */
  readonly offset: number
  readonly tried: Tried
  readonly cause: unknown
}
export interface Decoded {
  readonly events: readonly Placed[]
  readonly poison: readonly Poison[]
}

/** Why a record is given up, for people and for filters. */
export class PoisonError extends Error {
  readonly code: string
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** Undefined for a record of the dead-letter topic that is no order to try again. */
export function triedOf({ topic, partition }: Pick<RawBatch, 'topic' | 'partition'>, record: RawRecord, isDeadLetter: boolean): Tried | undefined {
  const { offset, key, value, headers, timestamp } = record
  if (!isDeadLetter) return { origin: { topic, partition, offset }, attempt: 1, key, value, headers, timestamp }
  const told = said(record)
  if (told?.state !== 'redrive') return undefined
  return { origin: told.origin, attempt: told.attempt + 1, key: told.key, value, headers: told.headers, timestamp: told.timestamp }
}

/** Asks the registry for schemas that are new here, and throws where it does not answer; all else that is wrong is told as poison. */
export async function decodeRecords(decoders: Decoders, batch: Pick<RawBatch, 'topic' | 'partition'>, records: readonly RawRecord[]): Promise<Decoded> {
  const { topic } = batch
  const events: Placed[] = []
  const poison: Poison[] = []
  const decoder = decoders.get(topic)
  await decoder?.prepare(records.map((record) => record.value))
  for (const record of records) {
    const { offset, value } = record
    if (value === null) continue // a tombstone is for compaction; the change before it said what happened
    try {
      const { op, before, after } = decodeOne(decoder, topic, record.key, value)
      events.push({ offset, change: { topic, op, before, after } })
    } catch (cause) {
      const tried = triedOf(batch, record, false)
      if (tried !== undefined) poison.push({ offset, tried, cause })
    }
  }
  return { events, poison }
}

/** Of the dead letters only those that somebody sent again; they are for the view as if they came from their first topic. */
export async function decodeRedriven(decoders: Decoders, batch: Pick<RawBatch, 'topic' | 'partition'>, records: readonly RawRecord[]): Promise<Decoded> {
  const events: Placed[] = []
  const poison: Poison[] = []
  for (const record of records) {
    const { offset, value } = record
    const tried = triedOf(batch, record, true)
    if (tried === undefined || value === null) continue
    const { origin, key, attempt } = tried
    const decoder = decoders.get(origin.topic)
    await decoder?.prepare([value])
    try {
      const { op, before, after } = decodeOne(decoder, origin.topic, key, value)
      events.push({ offset, change: { topic: origin.topic, op, before, after }, redriven: { ...origin, id: identityOf(origin), attempt } })
    } catch (cause) {
      poison.push({ offset, tried, cause })
    }
  }
  return { events, poison }
}

function decodeOne(decoder: Decoder | undefined, topic: string, key: string | null, value: Buffer): Change {
  if (decoder === undefined) throw new PoisonError('unknown_topic', `decoding a record of topic '${topic}', which this view does not read`)
  if (key === null) throw new PoisonError('no_key', `decoding a record of topic '${topic}': it has no key, so it lies in no partition of its own`)
  return decoder.decode(value)
}
