/** What the laws are checked with: histories of rows, made of the examples of a view's topics, and a worker fed by hand. */
import { examplesOf } from '@cdlc/schemas/examples.ts'
import { topicSpec } from '@cdlc/schemas/topics.ts'
import fc from 'fast-check'
import type { KafkaClient, Outcome, Subscription } from './runtime/kafka.ts'
import { created, deepFreeze, deleted, keepDeadLetters, snapshot, updated } from './runtime/testing.ts'
import { type AnyRow, specOf, type ViewStore } from './runtime/store.ts'
import { type Change, encodeKey, ownRows, type View } from './runtime/view.ts'
import { startWorker } from './runtime/worker.ts'

/** Records of each topic, in its order; null is a tombstone. */
export type Logs = ReadonlyMap<string, readonly (Change | null)[]>

const isEvent = (topic: string): boolean => topicSpec(topic).kind === 'event'

/** Every state that the examples give each row, of the view's own columns, by topic and primary key; events are states of one row. */
export async function statesOf(view: View): Promise<ReadonlyMap<string, readonly (readonly AnyRow[])[]>> {
  const topics = await Promise.all(Object.entries(view.from).map(async ([topic, columns]) => {
    const keys = topicSpec(topic).primary_key ?? []
    const states = new Map<string, AnyRow[]>()
    for (const { value } of await examplesOf(topic)) {
      const { before, after } = (isEvent(topic) ? { before: null, after: value } : value) as { before: AnyRow | null; after: AnyRow | null }
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

/**
 * One step of a history: which row, which of its states, and what happens to it. What only the stream does, and the tables know nothing of:
 *
 * - *snapshot*: the row is read again as it is
 * - *ahead*: the row is read as it will be at the end, by a snapshot that has run ahead of the stream
 * - *repeat*: the last changes come again at new offsets, as Kafka Connect sends them when it died before it noted where it was
 * - *tombstone*: a record without a value
 */
type Act = 'write' | 'delete' | 'snapshot' | 'ahead' | 'repeat' | 'tombstone'
interface Step { readonly topic: number; readonly row: number; readonly state: number; readonly act: Act }
const acts = fc.oneof(...([['write', 8], ['delete', 3], ['snapshot', 1], ['ahead', 1], ['repeat', 1], ['tombstone', 1]] as const).map(([act, weight]) => ({ weight, arbitrary: fc.constant<Act>(act) })))
const stepsUpTo = (maxLength: number): fc.Arbitrary<readonly Step[]> => fc.array(fc.record({ topic: fc.nat(20), row: fc.nat(100), state: fc.nat(100), act: acts }), { maxLength, size: 'max' })
export const steps = stepsUpTo(60)
/** Longer than any flush. */
export const manySteps = stepsUpTo(4_000)

/** The changes that MySQL and Debezium would make of these steps. Versions rise, as they do in the tables. Events are written and told again, and no more. */
export function logsOf(states: ReadonlyMap<string, readonly (readonly AnyRow[])[]>, chosen: readonly Step[], withStreamOnly: boolean): Logs {
  const topics = [...states.keys()]
  const plan = chosen.flatMap((step, time) => {
    const topic = topics[step.topic % topics.length] ?? ''
    const rows = states.get(topic) ?? []
    const known = rows[step.row % Math.max(1, rows.length)] ?? []
    const state = known[step.state % Math.max(1, known.length)]
    return state === undefined ? [] : [{ ...step, topic, cell: `${topic}/${step.row % rows.length}`, after: { ...state, ...('version' in state ? { version: 1_000_000 + time } : {}) } }]
  })
  const atEnd = new Map(plan.filter(({ act }) => act === 'write' || act === 'delete').map(({ cell, act, after }) => [cell, act === 'write' ? after : undefined]))
  const logs = new Map<string, (Change | null)[]>(topics.map((topic) => [topic, []]))
  const current = new Map<string, AnyRow>()
  for (const { topic, cell, act, after, state } of plan) {
    const log = logs.get(topic) ?? []
    const before = current.get(cell)
    const last = atEnd.get(cell)
    if (isEvent(topic)) {
      if (act === 'write') log.push(created(topic, after))
      else if (withStreamOnly && act === 'repeat') log.push(...log.slice(-1 - state % 8))
    } else if (act === 'write') {
      log.push(before === undefined ? created(topic, after) : updated(topic, before, after))
      current.set(cell, after)
    } else if (act === 'delete') {
      if (before !== undefined) log.push(deleted(topic, before))
      current.delete(cell)
    } else if (withStreamOnly) {
      if (act === 'snapshot' && before !== undefined) log.push(snapshot(topic, before))
      if (act === 'ahead' && last !== undefined) log.push(snapshot(topic, last))
      if (act === 'repeat') log.push(...log.slice(-1 - state % 8))
      if (act === 'tombstone') log.push(null)
    }
  }
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
  /** Which of two workers, of whom each takes the partition for its own. */
  readonly owner: 0 | 1
}
export const deliveries: fc.Arbitrary<readonly Delivery[]> = fc.array(fc.record({
  topic: fc.nat(20), records: fc.integer({ min: 0, max: 12 }), shift: fc.integer({ min: -6, max: 3 }), fatal: fc.boolean(), owner: fc.constantFrom(0 as const, 1 as const),
  crash: fc.oneof({ weight: 6, arbitrary: fc.constant('no' as const) }, fc.constant('before flush' as const), fc.constant('after flush' as const)),
}), { maxLength: 60 })

/**
 * Feeds the logs to workers of the view, as delivered, then whatever is left, and answers the rows the store ends with.
 * Two workers take turns, neither of which knows of the other. One that dies is followed by another that knows nothing but the store.
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
  const owners = [await employ(view, mortal), await employ(view, mortal)]
  const positions = new Map<string, number>()
  const at = (owner: number, topic: string): number => positions.get(`${owner}/${topic}`) ?? 0
  const deliver = async (owner: number, topic: string, from: number, to: number): Promise<void> => {
    const outcome = await owners[owner]?.deliver(topic, logs.get(topic) ?? [], from, to) ?? 'done'
    positions.set(`${owner}/${topic}`, outcome === 'done' ? to : 'seek' in outcome ? outcome.seek : from)
  }
  for (const { owner, ...step } of delivered) {
    const topic = topics[step.topic % topics.length] ?? ''
    const log = logs.get(topic) ?? []
    const from = Math.min(log.length, Math.max(0, at(owner, topic) + step.shift))
    crash = step.crash
    await deliver(owner, topic, from, Math.min(log.length, from + step.records))
    if (step.crash !== 'no' && step.fatal) owners[owner] = await employ(view, mortal)
    crash = 'no'
  }
  for (const topic of topics) {
    const end = logs.get(topic)?.length ?? 0
    for (let tries = 0; at(0, topic) < end; tries++) {
      if (tries > 10) throw new Error(`view '${view.name}': topic '${topic}' does not come to its end: it stands at ${at(0, topic)} of ${end}`)
      await deliver(0, topic, at(0, topic), end)
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
async function employ(view: View, store: ViewStore): Promise<{ deliver(topic: string, log: readonly (Change | null)[], from: number, to: number): Promise<Outcome> }> {
  let subscription: Subscription | undefined
  const kafka: Pick<KafkaClient, 'consume' | 'offsets'> = {
    offsets: async () => [],
    consume: async (wanted) => { subscription = wanted; return { stop: async () => {} } },
  }
  const logs = new Map<string, readonly (Change | null)[]>()
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
        return { offset: from + place, key: 'k', value: log[from + place] === null ? null : value, timestamp: 0, headers: {} }
      })
      const outcome = await subscription?.onBatch({ topic, partition: 0, fetched_from: from, next: to, high_watermark: log.length, records })
      const [letter] = deadLetters.letters
      if (letter !== undefined) throw new Error(`view '${view.name}' gave up a record at offset ${letter.origin.offset} of '${topic}': ${letter.error}\n${letter.stack}`)
      return outcome ?? 'done'
    },
  }
}

const missing = (topic: string): never => { throw new Error(`no such record in '${topic}'`) }
