/** What the laws are checked with: histories of rows, made of the examples of a view's topics, and a worker fed by hand. */
import { examplesOf } from '@cdlc/schemas/examples.ts'
import { topicSpec } from '@cdlc/schemas/topics.ts'
import fc from 'fast-check'
import type { KafkaClient, Outcome, Subscription } from './runtime/kafka.ts'
import { created, deepFreeze, deleted, keepDeadLetters, snapshot, updated } from './runtime/testing.ts'
import { type AnyRow, specOf, type ViewStore } from './runtime/store.ts'
import { type Change, encodeKey, ownRows, type View } from './runtime/view.ts'
import { startWorker } from './runtime/worker.ts'

/** Changes of each topic, in its order. */
export type Logs = ReadonlyMap<string, readonly Change[]>

/** Every state that the examples give each row, of the view's own columns, by topic and primary key. */
export async function statesOf(view: View): Promise<ReadonlyMap<string, readonly (readonly AnyRow[])[]>> {
  const topics = await Promise.all(Object.entries(view.from).map(async ([topic, columns]) => {
    const keys = topicSpec(topic).primary_key ?? []
    const states = new Map<string, AnyRow[]>()
    for (const { value } of await examplesOf(topic)) {
      const { before, after } = value as { before: AnyRow | null; after: AnyRow | null }
      for (const row of [before, after]) {
        if (row === null) continue
        const id = keys.map((key) => row[key]).join(':')
        const known = states.get(id) ?? []
        states.set(id, known)
        known.push(Object.fromEntries(columns.map((column) => [column, row[column]])))
      }
    }
    return [topic, [...states.values()]] as const
  }))
  return new Map(topics)
}

/** One step of a history: which row, which of its states, and whether it is deleted or read again by a snapshot. */
interface Step { readonly topic: number; readonly row: number; readonly state: number; readonly act: 'write' | 'delete' | 'snapshot' }
export const steps: fc.Arbitrary<readonly Step[]> = fc.array(fc.record({
  topic: fc.nat(20), row: fc.nat(100), state: fc.nat(100),
  act: fc.oneof({ weight: 5, arbitrary: fc.constant('write' as const) }, { weight: 2, arbitrary: fc.constant('delete' as const) }, { weight: 1, arbitrary: fc.constant('snapshot' as const) }),
}), { maxLength: 60 })

/** The changes that MySQL and Debezium would make of these steps. Versions rise, as they do in the tables. */
export function logsOf(states: ReadonlyMap<string, readonly (readonly AnyRow[])[]>, chosen: readonly Step[], withSnapshots: boolean): Logs {
  const topics = [...states.keys()]
  const logs = new Map<string, Change[]>(topics.map((topic) => [topic, []]))
  const current = new Map<string, AnyRow>()
  chosen.forEach((step, time) => {
    const topic = topics[step.topic % topics.length] ?? ''
    const rows = states.get(topic) ?? []
    const known = rows[step.row % Math.max(1, rows.length)] ?? []
    const state = known[step.state % Math.max(1, known.length)]
    if (state === undefined) return
    const cell = `${topic}/${step.row % rows.length}`
    const before = current.get(cell)
    const log = logs.get(topic) ?? []
    if (step.act === 'write') {
      const after = { ...state, ...('version' in state ? { version: 1_000_000 + time } : {}) }
      log.push(before === undefined ? created(topic, after) : updated(topic, before, after))
      current.set(cell, after)
    } else if (before !== undefined && step.act === 'delete') {
      log.push(deleted(topic, before))
      current.delete(cell)
    } else if (before !== undefined && withSnapshots) {
      log.push(snapshot(topic, before))
    }
  })
  return deepFreeze(logs)
}

/** One delivery: how many records of which topic, from how far before or ahead of where it should be, and where in it the store fails, if it does. */
export interface Delivery {
  readonly topic: number
  readonly records: number
  readonly shift: number
  readonly crash: 'no' | 'before flush' | 'after flush'
  /** Whether the worker dies of it. */
  readonly fatal: boolean
}
export const deliveries: fc.Arbitrary<readonly Delivery[]> = fc.array(fc.record({
  topic: fc.nat(20), records: fc.integer({ min: 1, max: 12 }), shift: fc.integer({ min: -6, max: 3 }), fatal: fc.boolean(),
  crash: fc.oneof({ weight: 6, arbitrary: fc.constant('no' as const) }, fc.constant('before flush' as const), fc.constant('after flush' as const)),
}), { maxLength: 60 })

/**
 * Feeds the logs to workers of the view, as delivered, then whatever is left, and answers the rows the store ends with.
 * A worker that dies is followed by another one that knows nothing but the store.
 */
export async function rowsAfter(view: View, store: ViewStore, logs: Logs, delivered: readonly Delivery[]): Promise<Readonly<Record<string, readonly AnyRow[]>>> {
  const topics = [...logs.keys()]
  let crash: Delivery['crash'] = 'no'
  const mortal: ViewStore = { ...store, flush: async (batch) => {
    if (crash === 'before flush') throw new Error('died before the flush')
    const flushed = await store.flush(batch)
    if (crash === 'after flush') throw new Error('died after the flush')
    return flushed
  } }
  let hand = await employ(view, mortal)
  const positions = new Map<string, number>()
  const deliver = async (topic: string, from: number, to: number): Promise<void> => {
    const outcome = await hand.deliver(topic, logs.get(topic) ?? [], from, to)
    positions.set(topic, outcome === 'done' ? to : 'seek' in outcome ? outcome.seek : from)
  }
  for (const step of delivered) {
    const topic = topics[step.topic % topics.length] ?? ''
    const log = logs.get(topic) ?? []
    const from = Math.max(0, (positions.get(topic) ?? 0) + step.shift)
    const to = Math.min(log.length, from + step.records)
    if (to <= from) continue
    crash = step.crash
    await deliver(topic, from, to)
    if (step.crash !== 'no' && step.fatal) hand = await employ(view, mortal)
    crash = 'no'
  }
  for (const topic of topics) {
    const end = logs.get(topic)?.length ?? 0
    for (let tries = 0; (positions.get(topic) ?? 0) < end; tries++) {
      if (tries > 10) throw new Error(`topic '${topic}' does not come to its end: it stands at ${positions.get(topic)} of ${end}`)
      await deliver(topic, positions.get(topic) ?? 0, end)
    }
  }
  const rows: Record<string, readonly AnyRow[]> = {}
  for (const row of ownRows(view)) {
    const found: AnyRow[] = []
    for await (const value of store.scan(row)) found.push(value)
    const spec = specOf(view.rows, row)
    rows[row] = found.sort((a, b) => (encodeKey(spec, a) < encodeKey(spec, b) ? -1 : 1))
  }
  return rows
}

/** A real worker whose Kafka is this function call. */
async function employ(view: View, store: ViewStore): Promise<{ deliver(topic: string, log: readonly Change[], from: number, to: number): Promise<Outcome> }> {
  let subscription: Subscription | undefined
  const kafka: Pick<KafkaClient, 'consume' | 'offsets'> = {
    offsets: async () => [],
    consume: async (wanted) => { subscription = wanted; return { stop: async () => {} } },
  }
  const logs = new Map<string, readonly Change[]>()
  const deadLetters = keepDeadLetters(view)
  await startWorker({
    view, store, kafka: kafka as KafkaClient, deadLetters, clock: { now: () => 0 }, random: () => 0, log: () => {}, onCrash: () => {},
    decoders: new Map(Object.keys(view.from).map((topic) => [topic, {
      prepare: async () => {}, decode: (value) => logs.get(topic)?.[value.readUInt32BE()] ?? missing(topic) }])),
  })
  return {
    async deliver(topic, log, from, to) {
      logs.set(topic, log)
      const records = Array.from({ length: to - from }, (_, place) => {
        const value = Buffer.alloc(4)
        value.writeUInt32BE(from + place)
        return { offset: from + place, key: 'k', value, timestamp: 0, headers: {} }
      })
      const outcome = await subscription?.onBatch({ topic, partition: 0, fetched_from: from, next: to, high_watermark: log.length, records })
      const [letter] = deadLetters.letters
      if (letter !== undefined) throw new Error(`view '${view.name}' gave up a record at offset ${letter.origin.offset} of '${topic}': ${letter.error}\n${letter.stack}`)
      return outcome ?? 'done'
    },
  }
}

const missing = (topic: string): never => { throw new Error(`no such record in '${topic}'`) }
