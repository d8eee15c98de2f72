/**
 * One partition of a processor: event → steps → commit → emit.
 *
 * The commit is one record batch of the changelog: rows of the state, the emissions themselves, and the position after them. They are
 * emitted only once the commit counts, and the next commit waits until they are. So after a crash anywhere the changelog tells what is
 * left to emit, and its bytes: nothing is computed twice. A stateless processor computes the same from the same record, always; it
 * emits first, and commits its position now and then.
 */
import { type Changelog, openChangelog } from './changelog.ts'
import { PoisonError } from './decode.ts'
import { type Emission, packed, recordOf, unpacked } from './emission.ts'
import type { Placed } from './fold.ts'
import type { KafkaClient } from './kafka.ts'
import { keyedState } from './keyed-state.ts'
import type { LocalStores } from './local-store.ts'
import { changelogTopic, isStateless, type Output, type Processor, processorGroup } from './processor.ts'
import type { Producer } from './producer.ts'
import { type Entry, entryOf, rowsOf } from './row-state.ts'

/** How changes become records of the output topic. */
export interface OutputFormat {
  readonly keyOf: (change: Output) => string
  /** Throws on a change that breaks the topic's contract. */
  readonly encode: (change: Output) => Buffer
}

export interface TaskOptions {
  readonly processor: Processor
  readonly kafka: Pick<KafkaClient, 'consume' | 'offsets'>
  readonly producers: () => Producer
  readonly stores: LocalStores
  readonly output: OutputFormat
  readonly clock: { now(): number }
}

/** An event with the time of its record (ms since the epoch). */
export interface TimedEvent extends Placed { readonly timestamp: number }

/** Events of [`from`, `next`) of one topic. */
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
  tend(): Promise<void>
  counts(): Counts
  /** Commits what is due and takes the state to the disk. */
  close(): Promise<void>
  abandon(): Promise<void>
}

/** A step may write and emit so much, and a batch is cut after so much: both together stay below a record batch of 1 MiB (bytes). */
const MAX_STEP_BYTES = 400_000
const CUT_AT_BYTES = 400_000
/** What a record costs beside its key and value. */
const RECORD_BYTES = 80
const COMMIT_EVERY_MS = 1_000
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

interface Step { readonly entries: readonly Entry[]; readonly emissions: readonly Emission[]; readonly drops: readonly string[]; readonly again: boolean; readonly bytes: number }

/** Claims the partition, restores its state, and emits what its last owner may have left. */
export async function openTask(options: TaskOptions, partition: number): Promise<Task> {
  const { processor, clock } = options
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
  let changelog: Changelog
  try {
    changelog = await openChangelog({ ...options, topic: changelogTopic(processor), partition, producer, state, store })
    if (committed().outbox) await emit(unpacked(state.get(OUTBOX) ?? packed([])))
  } catch (cause) {
    await abandon()
    throw cause
  }
  const positions = new Map(Object.entries(committed().next))
  const dropped = new Map(Object.entries(committed().dropped))

  let entries = new Map<string, Buffer | null>()
  let emissions: Emission[] = []
  let bytes = 0
  let committed_at = clock.now()
  let isDue = false

  function committed(): Committed {
    const value = state.get(COMMIT)
    return value === undefined ? { next: {}, dropped: {}, outbox: false } : JSON.parse(value.toString('utf8')) as Committed
  }

  function stepOf(topic: string, { offset, change, timestamp }: TimedEvent, index: number): Step {
    const step = { entries: [] as Entry[], emissions: [] as Emission[], drops: [] as string[], again: false, bytes: 0 }
    for (const effect of processor.apply(change, rows)) {
      if ('emit' in effect) {
        const [key, value] = [options.output.keyOf(effect.emit), options.output.encode(effect.emit)]
        step.emissions.push({ topic, offset, index: index + step.emissions.length, key, value, timestamp })
        step.bytes += key.length + value.length + RECORD_BYTES
      } else if ('drop' in effect) {
        step.drops.push(effect.drop)
      } else if ('again' in effect) {
        step.again = true
      } else {
        const entry = entryOf(processor.state, effect)
        step.entries.push(entry)
        step.bytes += entry[0].length + (entry[1]?.length ?? 0) + RECORD_BYTES
      }
    }
    if (step.bytes > MAX_STEP_BYTES) throw new PoisonError('too_large', `applying a step of ${step.bytes} bytes, where ${MAX_STEP_BYTES} are the most: split it with 'again'`)
    if (step.again && step.entries.length === 0) throw new PoisonError('endless', 'asked to apply an event again on the same state: it would ask so for ever')
    return step
  }

  function take(step: Step): void {
    for (const [key, value] of step.entries) {
      state.put(key, value)
      entries.set(key, value)
    }
    for (const reason of step.drops) dropped.set(reason, (dropped.get(reason) ?? 0) + 1)
    emissions.push(...step.emissions)
    bytes += step.bytes
    isDue ||= step.drops.length > 0
  }

  async function commit(outbox: boolean): Promise<void> {
    const said: Committed = { next: Object.fromEntries(positions), dropped: Object.fromEntries(dropped), outbox }
    await changelog.commit([...entries, ...(outbox ? [[OUTBOX, packed(emissions)] as const] : []), [COMMIT, Buffer.from(JSON.stringify(said))]])
    entries = new Map()
    committed_at = clock.now()
    isDue = false
    commits++
  }

  /** A batch without rows to write is a stateless processor's, or had no effect. */
  async function flush(): Promise<void> {
    const batch = emissions
    if (entries.size === 0 && isStateless(processor)) {
      await emit(batch)
      isDue ||= batch.length > 0
      emissions = []
      bytes = 0
      if (isDue && clock.now() - committed_at >= COMMIT_EVERY_MS) await commit(false)
      return
    }
    if (entries.size === 0 && batch.length === 0 && !isDue) return
    await commit(batch.length > 0)
    emissions = []
    bytes = 0
    await emit(batch)
  }

  /** All steps of an event; an error of one leaves the steps before it as they are. */
  async function applyEvent(topic: string, event: TimedEvent, reject: EventSlice['reject']): Promise<void> {
    const at = positions.get(topic)
    let [steps, index] = at?.offset === event.offset ? [at.steps, at.index] : [0, 0]
    const memory = event.redriven === undefined ? undefined : redrivenKey(event.redriven.id)
    if (memory !== undefined && steps === 0 && Number(state.get(memory)?.toString('latin1') ?? 0) >= (event.redriven?.attempt ?? 0)) return
    for (let again = true; again;) {
      let step: Step
      try {
        step = stepOf(topic, event, index)
      } catch (cause) {
        await reject(event, cause)
        return
      }
      again = step.again
      const remembered: Step = memory === undefined ? step : { ...step, entries: [...step.entries, [memory, Buffer.from(String(event.redriven?.attempt ?? 0))]] }
      take(remembered)
      index += step.emissions.length
      positions.set(topic, again ? { offset: event.offset, steps: ++steps, index } : { offset: event.offset + 1, steps: 0, index: 0 })
      if (bytes >= CUT_AT_BYTES) await flush()
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
      positions.set(topic, { offset: next, steps: 0, index: 0 })
      await flush()
    },
    tend: () => changelog.tend(),
    counts: () => ({ commits, emitted, restored: changelog.restored, dropped }),
    async close() {
      try {
        if (isDue) await commit(false)
        await changelog.settle()
      } finally {
        await abandon()
      }
    },
    abandon,
  }
}
