/**
 * The changelog of one partition of a processor: a compacted topic partition with the last value of every key of its state. It is the
 * state; the local store is a cache of it.
 *
 * - *claim*: the record by which a new owner takes the partition over
 * - *epoch*: the offset of an owner's claim; each of its records carries it
 * - *stale*: said of a record that lies behind a claim with a higher epoch than its own: its writer has lost the partition. Every reader
 *   ignores it, whoever reads and whenever, since all see one order
 *
 * An owner that has written a batch looks at where it landed. If that is where its last one ended, nobody else has written, and the
 * batch counts. If not, it reads what lies between: a claim means that the batch is stale itself and that the owner must stop; a stale
 * record is *shadowed*: the owner writes its key again, so that compaction, which knows no epochs, keeps what counts. The topic's
 * `min.compaction.lag.ms` is the time that there is for that.
 */
import { randomUUID } from 'node:crypto'
import { changelogConfig } from '@cdlc/schemas/topics.ts'
import type { KafkaClient, RawRecord } from './kafka.ts'
import type { KeyedState } from './keyed-state.ts'
import type { Checkpoint, LocalStore } from './local-store.ts'
import type { Producer } from './producer.ts'
import { readToEnd } from './read.ts'
import type { Entry } from './row-state.ts'

/** Another owner has claimed the partition: what this one wrote last does not count. */
export class FencedError extends Error {}
/** The local store is of another log: of a topic of this name that was deleted, or of another cluster. */
class StrangerError extends Error {}

export interface Changelog {
  /** Entries count together or not at all; they are in the state once they do. Throws a FencedError, or whatever Kafka failed with: open another then. */
  commit(entries: readonly Entry[]): Promise<void>
  /** Looks for what others may have written since the last commit, and shadows it. Throws a FencedError. */
  tend(): Promise<void>
  /** What the state holds goes to the disk. */
  settle(): Promise<void>
  /** Records read when it was opened. */
  readonly restored: number
}

export interface ChangelogOptions {
  readonly topic: string
  readonly partition: number
  readonly kafka: Pick<KafkaClient, 'consume' | 'offsets'>
  readonly producer: Producer
  readonly state: KeyedState
  readonly store: LocalStore
  readonly clock: { now(): number }
  /** Keys in memory before they go to the disk. */
  readonly settle_keys: number
}

const CLAIM = '_claim'
const EPOCH = 'cdlc-epoch'
const nothing = Buffer.alloc(0)
/** A local store that has seen everything up to half of this ago has missed no tombstone. */
const TOMBSTONES_MS = Number(changelogConfig['delete.retention.ms'])
/** A large state takes its time; what was read until then is on the disk. */
const RESTORED_WITHIN_MS = 3_600_000
/** Keys shadowed by one record batch. */
const SHADOWED_AT_ONCE = 500

/** Claims the partition, and brings the state to what the changelog said before the claim. */
export async function openChangelog({ topic, partition, kafka, producer, state, store, clock, settle_keys }: ChangelogOptions): Promise<Changelog> {
  const stale = new Set<string>()
  let settled_at = clock.now()

  const append = async (entries: readonly Entry[], headers: Readonly<Record<string, string>>): Promise<number> => {
    const offset = (await producer.send(topic, entries.map(([key, value]) => ({ key, value, partition, headers })))).get(partition)
    if (offset === undefined) throw new Error(`writing to ${topic}/${partition}: the broker did not say where the records landed`)
    return offset
  }
  const epoch = await append([[CLAIM, Buffer.from(JSON.stringify({ claimed_at: settled_at, by: randomUUID() }))]], {})
  const headers = { [EPOCH]: String(epoch) }
  let end = epoch + 1

  /** Hands over the records of [`from`, `to`), of which the last is there. */
  async function read(from: number, to: number, onRecord: (record: RawRecord) => void, onBatch?: (next: number, timestamp: number) => Promise<void>): Promise<void> {
    let reached = from
    await readToEnd(kafka, [topic], async ({ partition: of, records, next }) => {
      if (of !== partition) return
      for (const record of records) onRecord(record)
      reached = (records.at(-1)?.offset ?? reached - 1) + 1
      await onBatch?.(Math.min(next, to), records.at(-1)?.timestamp ?? 0)
    }, { from: (_topic, range) => (range.partition === partition ? from : undefined), to: () => to, timeout_ms: RESTORED_WITHIN_MS })
    if (reached < to) throw new Error(`reading ${topic}/${partition} up to ${to}: it ends at ${reached}`)
  }

  /** Reads what the store lacks. Throws a StrangerError where the log does not hold the last record that the store has. */
  async function readOn(known: Checkpoint | undefined): Promise<number> {
    let current = known?.epoch ?? -1
    let records = 0
    let met = known === undefined
    await read(known === undefined ? 0 : known.next - 1, end, ({ key: name, value, offset, headers: written }) => {
      const key = name ?? ''
      if (!met) {
        if (offset + 1 !== known?.next || !(store.get(key) ?? nothing).equals(value ?? nothing)) throw new StrangerError(`${topic}/${partition} is not what the local store was filled from`)
        met = true
        return
      }
      records++
      const epochOf = Number(written[EPOCH]?.toString('latin1') ?? -1)
      if (key !== CLAIM && epochOf < current) {
        stale.add(key)
      } else {
        current = key === CLAIM ? offset : epochOf
        stale.delete(key)
        state.put(key, value)
      }
      // a checkpoint behind a stale record would forget that it must be shadowed
    }, async (next, at) => { if (state.unsettled() >= settle_keys && stale.size === 0) await state.settle({ next, epoch: current, at }) })
    return records
  }

  async function restore(): Promise<number> {
    const known = store.checkpoint()
    // past the end: the topic was made anew; too old: tombstones that it has not seen may be gone
    if (known !== undefined && known.next <= epoch && clock.now() - known.at < TOMBSTONES_MS / 2) {
      try {
        return await readOn(known)
      } catch (cause) {
        if (!(cause instanceof StrangerError)) throw cause
      }
    }
    if (known !== undefined) await store.clear()
    return readOn(undefined)
  }

  /** What others wrote into [`from`, `to`): a claim ends us, anything else is stale. */
  const judge = (from: number, to: number): Promise<void> => read(from, to, ({ key }) => {
    if (key === CLAIM) throw new FencedError(`another owner has claimed ${topic}/${partition} since offset ${epoch}`)
    stale.add(key ?? '')
  })

  async function write(entries: readonly Entry[]): Promise<void> {
    const offset = await append(entries, headers)
    if (offset < end) throw new Error(`writing to ${topic}/${partition}: records landed at ${offset}, where ${end} was the end already`)
    if (offset > end) await judge(end, offset)
    end = offset + entries.length
    for (const [key, value] of entries) {
      state.put(key, value)
      stale.delete(key)
    }
  }

  async function shadow(): Promise<void> {
    while (stale.size > 0) await write([...stale].slice(0, SHADOWED_AT_ONCE).map((key): Entry => [key, state.get(key) ?? null]))
  }

  const settle = (): Promise<void> => state.settle({ next: end, epoch, at: settled_at })

  const restored = await restore()
  await shadow()
  return {
    restored,
    async commit(entries) {
      const at = clock.now()
      await write(entries)
      await shadow()
      settled_at = at
      if (state.unsettled() >= settle_keys) await settle()
    },
    async tend() {
      const high = (await kafka.offsets(topic)).find((range) => range.partition === partition)?.high ?? end
      if (high <= end) return
      await judge(end, high)
      end = high
      await shadow()
    },
    settle,
  }
}
