/**
 * Records that a processor writes to its output topic, and how a reader tells one that it has had from one that is new.
 *
 * - *source*: `<processor>-v<version>/<topic>/<partition>`: the processor, and the partition of the record that it came of
 * - *place*: `<offset>/<index>`: that record's offset, and which of the records that came of it this is
 *
 * Source and place together are a record's identity. In an output partition the records of one source come in order of their places;
 * after a crash a run of the last of them may come again, the same in every byte.
 */
import { deserialize, serialize } from 'node:v8'
import type { TimedRecord } from './producer.ts'

export interface Place {
  readonly offset: number
  readonly index: number
}

/** A record to be written, with the topic and place of what it came of; `timestamp` is that record's. */
export interface Emission extends Place {
  readonly topic: string
  readonly key: string
  readonly value: Buffer
  readonly timestamp: number
}

export const SOURCE = 'cdlc-source'
export const PLACE = 'cdlc-place'

/** `partition` is that of the task, and so of every record its emissions came of. */
export const recordOf = (group: string, partition: number, { topic, offset, index, key, value, timestamp }: Emission): TimedRecord =>
  ({ key, value, timestamp, headers: { [SOURCE]: `${group}/${topic}/${partition}`, [PLACE]: `${offset}/${index}` } })

/** Source and place of a record; undefined where no processor wrote it. */
export function identityOf(headers: Readonly<Record<string, Buffer>>): { readonly source: string; readonly place: Place } | undefined {
  const source = headers[SOURCE]
  const place = headers[PLACE]?.toString('latin1')
  if (source === undefined || place === undefined) return undefined
  const slash = place.indexOf('/')
  return { source: source.toString('utf8'), place: { offset: Number(place.slice(0, slash)), index: Number(place.slice(slash + 1)) } }
}

export const isBehind = (a: Place, b: Place): boolean => a.offset > b.offset || (a.offset === b.offset && a.index > b.index)

/** All emissions of a batch as one value, in the format of structured clones, which later versions of Node read as well. */
export const packed = (emissions: readonly Emission[]): Buffer =>
  serialize(emissions.map(({ topic, offset, index, key, value, timestamp }) => [topic, offset, index, key, value, timestamp]))

type Packed = readonly [topic: string, offset: number, index: number, key: string, value: Uint8Array, timestamp: number]

export const unpacked = (bytes: Buffer): readonly Emission[] =>
  (deserialize(bytes) as readonly Packed[]).map(([topic, offset, index, key, value, timestamp]) => ({ topic, offset, index, key, value: Buffer.from(value), timestamp }))
