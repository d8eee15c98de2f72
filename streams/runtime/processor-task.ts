/**
 * One partition of a processor: event → steps → commit → emit.
 *
 * The commit is one record batch of the changelog: rows of the state, the emissions themselves, and the position after them. They are
 * emitted only once the commit counts, and the next commit waits until they are. So after a crash anywhere the changelog tells what is
 * left to emit, and its bytes: nothing is computed twice. A stateless processor computes the same from the same record, always; it
 * emits first, and commits its position now and then.
 */
import { type Changelog, openChangelog } from './changelog.ts'
import { type Emission, packed, recordOf, unpacked } from './emission.ts'
import type { Placed } from './fold.ts'
import type { KafkaClient } from './kafka.ts'
import { keyedState } from './keyed-state.ts'
import type { LocalStores } from './local-store.ts'
import { changelogTopic, isStateless, type Processor, processorGroup } from './processor.ts'
import { type OutputFormat, type Step, stepOf, type TimedEvent } from './processor-step.ts'
import type { Producer } from './producer.ts'
import { rowsOf } from './row-state.ts'

export interface TaskOptions {
  readonly processor: Processor
  /** Its offsets must be those of the moment: what is read to restore a state ends there. */
  readonly kafka: Pick<KafkaClient, 'consume' | 'offsets'>
  readonly producers: () => Producer
  readonly stores: LocalStores
  readonly output: OutputFormat
  readonly clock: { now(): number }
  /** Left out: `usualLimits`. Laws set small ones. */
  readonly limits?: Limits
}

export interface Limits {
  /** A batch is committed once it is so large (bytes). */
  readonly cut_bytes: number
  /** Keys in memory before they go to the disk. */
  readonly settle_keys: number
  /** A position alone, with nothing else to commit, is committed no more often. */
  readonly commit_every_ms: number
}
/** A batch and one step more stay below the 1 MiB that a record batch may have. */
export const usualLimits: Limits = { cut_bytes: 400_000, settle_keys: 4_000, commit_every_ms: 1_000 }

/** Events of one topic, and the offset after them and after whatever records between them are no events. */
export interface EventSlice {
  readonly topic: string
  readonly events: readonly TimedEvent[]
  readonly next: number
  /** Told of an event that the processor cannot apply, before the position passes it; may throw to stop. */
  readonly reject: (event: Placed, cause: unknown) => Promise<void>
}

export interface Counts { readonly commits: number; readonly emitted: number; readonly restored: number; readonly dropped: ReadonlyMap<string, number> }

export interface Task {
  /** Runs one task at a time: the topics of a partition share its state. */
  exclusively<T>(task: () => Promise<T>): Promise<T>
  /** The offset to go on at. */
  position(topic: string): number
  /** After an error nothing is known any more: abandon the task and open another. */
  apply(slice: EventSlice): Promise<void>
  /** See `Changelog`. */
  tend(): Promise<void>
  counts(): Counts
  /** Commits the position and takes the state to the disk. */
  close(): Promise<void>
  abandon(): Promise<void>
}

const COMMIT = '_commit'
const OUTBOX = '_outbox'
/** Remembers the attempt of a dead letter that had its effect. */
const redrivenKey = (id: string): string => `_redriven/${encodeURIComponent(id)}`

/** Where to go on in a topic: `steps` of the event at `offset` are done, and `index` records came of them. */
interface Position { readonly offset: number; readonly steps: number; readonly index: number }
interface Committed {
  readonly next: Readonly<Record<string, Position>>
  readonly dropped: Readonly<Record<string, number>>
  /** Whether the outbox is this commit's. */
  readonly outbox: boolean
}

/** Claims the partition, restores its state, and emits what its last owner may have left. */
export async function openTask(options: TaskOptions, partition: number): Promise<Task> {
  const { processor, clock, limits = usualLimits } = options
  const group = processorGroup(processor)
  const producer = options.producers()
  const store = await options.stores.open(`${group}/${partition}`)
  const state = keyedState(store)
  const rows = rowsOf(processor.state, state)
  let tail: Promise<unknown> = Promise.resolve()
  let commits = 0
  let emitted = 0

  const abandon = async (): Promise<void> => { await Promise.allSettled([producer.close(), store.close()]) }
  const emit = async (emissions: readonly Emission[]): Promise<void> => {
    if (emissions.length > 0) await producer.send(processor.to, emissions.map((emission) => recordOf(group, partition, emission)))
    emitted += emissions.length
  }
  function committed(): Committed {
    const value = state.get(COMMIT)
    return value === undefined ? { next: {}, dropped: {}, outbox: false } : JSON.parse(value.toString('utf8')) as Committed
  }

  let changelog: Changelog
  try {
    changelog = await openChangelog({ ...options, topic: changelogTopic(processor), partition, producer, state, store, settle_keys: limits.settle_keys })
    if (committed().outbox) await emit(unpacked(state.get(OUTBOX) ?? packed([])))
  } catch (cause) {
    await abandon()
    throw cause
  }
  const positions = new Map(Object.entries(committed().next))
  const dropped = new Map(Object.entries(committed().dropped))

  // the batch in hand
  let entries = new Map<string, Buffer | null>()
  let emissions: Emission[] = []
  let bytes = 0
  let committed_at = clock.now()
  /** Positions have moved since the last commit. */
  let moved = false
  /** The last commit says that its outbox is to be emitted. */
  let owes = committed().outbox

  function take(step: Step): void {
    for (const [key, value] of step.entries) {
      state.put(key, value)
      entries.set(key, value)
    }
    for (const reason of step.drops) dropped.set(reason, (dropped.get(reason) ?? 0) + 1)
    emissions.push(...step.emissions)
    bytes += step.bytes
  }

  async function commit(outbox: readonly Emission[]): Promise<void> {
    const said: Committed = { next: Object.fromEntries(positions), dropped: Object.fromEntries(dropped), outbox: outbox.length > 0 }
    await changelog.commit([...entries, ...(said.outbox ? [[OUTBOX, packed(outbox)] as const] : []), [COMMIT, Buffer.from(JSON.stringify(said))]])
    entries = new Map()
    committed_at = clock.now()
    moved = false
    owes = said.outbox
    commits++
  }

  async function flush(): Promise<void> {
    const batch = emissions
    emissions = []
    bytes = 0
    if (entries.size > 0 || (batch.length > 0 && !isStateless(processor))) {
      await commit(batch)
      await emit(batch)
    } else {
      await emit(batch)
      if (moved && clock.now() - committed_at >= limits.commit_every_ms) await commit([])
    }
  }

  /** All steps of an event; an error of one leaves the steps before it as they are. */
  async function applyEvent(topic: string, event: TimedEvent, reject: EventSlice['reject']): Promise<void> {
    const { offset, redriven } = event
    const at = positions.get(topic)
    let [steps, index] = at?.offset === offset ? [at.steps, at.index] : [0, 0]
    const memory = redriven === undefined ? undefined : redrivenKey(redriven.id)
    if (memory !== undefined && steps === 0 && Number(state.get(memory)?.toString('latin1') ?? 0) >= (redriven?.attempt ?? 0)) return
    for (let again = true; again;) {
      let step: Step
      try {
        step = stepOf(processor, rows, options.output, topic, event, index)
      } catch (cause) {
        await reject(event, cause)
        return
      }
      take(memory === undefined ? step : { ...step, entries: [...step.entries, [memory, Buffer.from(String(redriven?.attempt ?? 0))]] })
      again = step.again
      index += step.emissions.length
      positions.set(topic, again ? { offset, steps: ++steps, index } : { offset: offset + 1, steps: 0, index: 0 })
      moved = true
      if (bytes >= limits.cut_bytes) await flush()
    }
  }

  return {
    exclusively(task) {
      const run = tail.then(task, task)
      tail = run.catch(() => {})
      return run
    },
    position: (topic) => positions.get(topic)?.offset ?? 0,
    async apply({ topic, events, next, reject }) {
      for (const event of events) await applyEvent(topic, event, reject)
      // records that come again may end where an event is half done: its steps stand
      if (next > (positions.get(topic)?.offset ?? 0)) {
        positions.set(topic, { offset: next, steps: 0, index: 0 })
        moved = true
      }
      await flush()
    },
    tend: () => changelog.tend(),
    counts: () => ({ commits, emitted, restored: changelog.restored, dropped }),
    async close() {
      try {
        // what was emitted needs no repeat by the next owner
        if (moved || owes) await commit([])
        await changelog.settle()
      } finally {
        await abandon()
      }
    },
    abandon,
  }
}
