/**
 * Reads topics that processors write without the repeats in them, so that a view, or another processor, has each record once.
 *
 * A record is a repeat if its source has been heard of at its place or behind it, in this partition. What has been heard before an offset
 * depends on the records before it alone, so it need not be kept with the reader's position: it is remembered on disk, and where that is
 * gone, or stands behind the offset, it is read again.
 */
import { identityOf, isBehind, type Place } from './emission.ts'
import type { KafkaClient, Outcome, RawBatch, RawRecord, Subscription } from './kafka.ts'
import type { LocalStore, LocalStores } from './local-store.ts'
import type { Log } from './log.ts'
import { readToEnd } from './read.ts'

type Reader = Pick<KafkaClient, 'consume' | 'offsets'>
/** The newest place of every source, of the records before `next`. */
interface Heard { readonly next: number; readonly newest: ReadonlyMap<string, Place> }

const nothing: Heard = { next: 0, newest: new Map() }
/** Records after which what was heard goes to the disk; a crash has so many read again at most. */
const REMEMBERED_EVERY = 5_000

/** The same client; consumers hear no repeats of the topics that `isDerived` names. Each group has a memory of its own in `stores`. */
export function withoutRepeats<K extends Reader>(kafka: K, stores: LocalStores, isDerived: (topic: string) => boolean, log: Log): K {
  return {
    ...kafka,
    async consume(subscription: Subscription) {
      if (!subscription.topics.some(isDerived)) return kafka.consume(subscription)
      const ears = new Map<string, Promise<Ear>>()
      const earFor = (topic: string, partition: number): Promise<Ear> => {
        const place = `${topic}/${partition}`
        const ear = ears.get(place) ?? openEar(kafka, stores, subscription.group, topic, partition)
        ears.set(place, ear)
        ear.catch(() => { ears.delete(place) })
        return ear
      }
      const consumer = await kafka.consume({ ...subscription, async onBatch(batch) {
        if (!isDerived(batch.topic)) return subscription.onBatch(batch)
        let ear: Ear
        let fresh: readonly RawRecord[]
        try {
          ear = await earFor(batch.topic, batch.partition)
          fresh = await ear.listen(batch)
        } catch (cause) {
          log('warn', 'finding out what was heard of a partition: will try again', { group: subscription.group, topic: batch.topic, partition: batch.partition, cause })
          return { pause_ms: RETRY_MS }
        }
        return ear.heard(batch, await subscription.onBatch({ ...batch, fetched_from: ear.from(batch), records: fresh }))
      } })
      return { stop: async () => {
        await consumer.stop()
        for (const ear of ears.values()) await ear.then((one) => one.close()).catch(() => {})
      } }
    },
  }
}

const RETRY_MS = 1_000

/** What one group has heard of one partition. */
interface Ear {
  /** The records of the batch that are no repeats. */
  listen(batch: RawBatch): Promise<readonly RawRecord[]>
  /** Where the batch begins for the reader: at the end of the last one that had records for it, as what lay between was nothing to it. */
  from(batch: RawBatch): number
  /** The reader's answer to the batch, which passes through. */
  heard(batch: RawBatch, outcome: Outcome): Promise<Outcome>
  close(): Promise<void>
}

async function openEar(kafka: Reader, stores: LocalStores, group: string, topic: string, partition: number): Promise<Ear> {
  const store = await stores.open(`heard/${group}/${topic}/${partition}`)
  let known = remembered(store)
  let remembered_at = known.next
  let listened: Heard & { readonly silent: boolean } = { ...known, silent: true }
  /** Records [`silent_from`, `silent_to`) were repeats, and the reader's position stands before them. */
  let silent_from = -1
  let silent_to = -1

  async function before(offset: number): Promise<Heard> {
    if (known.next > offset) known = remembered(store)
    if (known.next > offset) known = nothing
    if (known.next === offset) return known
    const newest = new Map(known.newest)
    await readToEnd(kafka, [topic], ({ records }) => { for (const record of records) isFresh(record, newest) },
      { from: (_topic, range) => (range.partition === partition ? known.next : undefined), to: () => offset })
    return { next: offset, newest }
  }

  const remember = async (): Promise<void> => {
    const { next, newest } = known
    // where the reader went back, sources are remembered that it has not heard of yet
    const entries = new Map<string, Buffer | null>([...store.scan('a', '~')].map(([source]) => [source, null]))
    for (const [source, { offset, index }] of newest) entries.set(source, Buffer.from(`${offset}/${index}`))
    await store.write(entries, { next, epoch: -1, at: 0 })
    remembered_at = next
  }

  return {
    async listen(batch) {
      known = await before(batch.fetched_from)
      const newest = new Map(known.newest)
      const fresh = batch.records.filter((record) => isFresh(record, newest))
      listened = { next: batch.next, newest, silent: fresh.length === 0 }
      return fresh
    },
    from: ({ fetched_from }) => (fetched_from === silent_to ? silent_from : fetched_from),
    async heard(batch, outcome) {
      if (outcome !== 'done') {
        silent_to = -1
        return outcome
      }
      if (listened.silent && batch.fetched_from !== silent_to) silent_from = batch.fetched_from
      silent_to = listened.silent ? batch.next : -1
      known = listened
      if (known.next - remembered_at >= REMEMBERED_EVERY) await remember().catch(() => {})
      return outcome
    },
    async close() {
      await remember()
      await store.close()
    },
  }
}

/** Whether a record is no repeat; notes it then. */
function isFresh(record: RawRecord, newest: Map<string, Place>): boolean {
  const identity = identityOf(record.headers)
  if (identity === undefined) return true
  const known = newest.get(identity.source)
  if (known !== undefined && !isBehind(identity.place, known)) return false
  newest.set(identity.source, identity.place)
  return true
}

function remembered(store: LocalStore): Heard {
  const next = store.checkpoint()?.next
  if (next === undefined) return nothing
  return { next, newest: new Map([...store.scan('a', '~')].map(([source, value]) => {
    const [offset = 0, index = 0] = value.toString('latin1').split('/').map(Number)
    return [source, { offset, index }] as const
  })) }
}
