/** What the topics hold: records made up for our own views, and lives of the rows that the examples of the platform's topics name. */
import { examplesOf } from '@cdlc/schemas/examples.ts'
import { topicSpec } from '@cdlc/schemas/topics.ts'
import { partitionOf } from '../runtime/partition.ts'
import type { AnyRow } from '../runtime/store.ts'
import type { Change, View } from '../runtime/view.ts'
import type { Random } from './random.ts'
import { digest, type Subject } from './views.ts'

/** Why a record cannot be applied: its bytes say nothing, the view throws at it, the store refuses its rows. */
export type Flaw = 'undecodable' | 'breaks touches' | 'breaks apply' | 'refused' | 'no key'
const flaws: readonly Flaw[] = ['undecodable', 'breaks touches', 'breaks apply', 'no key']

/** One record to be. */
export interface Planned {
  readonly topic: string
  readonly partition: number
  readonly key: string | null
  /** Undefined for a tombstone, which says nothing. */
  readonly change: Change | undefined
  readonly flaw: Flaw | undefined
}

const isEvent = (topic: string): boolean => topicSpec(topic).kind === 'event'

/** States that the examples give each row, in the view's own columns, by topic. */
export type States = ReadonlyMap<string, readonly (readonly AnyRow[])[]>

export async function statesOf(view: View): Promise<States> {
  return new Map(await Promise.all(Object.entries(view.from).map(async ([topic, columns]) => {
    const rows = new Map<string, AnyRow[]>()
    for (const { value } of await examplesOf(topic)) {
      const { before, after } = (isEvent(topic) ? { before: null, after: value } : value) as { readonly before: AnyRow | null; readonly after: AnyRow | null }
      for (const row of [before, after]) {
        if (row === null) continue
        const id = (topicSpec(topic).primary_key ?? []).map((key) => row[key]).join(':')
        const states = rows.get(id) ?? []
        rows.set(id, states)
        states.push(Object.fromEntries(columns.map((column) => [column, row[column]])))
      }
    }
    return [topic, [...rows.values()]] as const
  })))
}

export interface RecordsWanted {
  readonly subject: Subject
  readonly states: States
  readonly partitions: number
  readonly records: number
  /** Chance of a flaw. */
  readonly flawed: number
}

/** Records of all topics in the order they are written. */
export function recordsOf(random: Random, { subject, states, partitions, records, flawed }: RecordsWanted): readonly Planned[] {
  const topics = Object.keys(subject.view.from)
  const next = subject.feed === 'examples' ? lives(random, states) : plain(random, topics, subject.feed === 'bulk' ? 2_600 : random.between(1, 12), flawed === 0)
  const planned: Planned[] = []
  for (let place = 0; place < records; place++) {
    const change = next(place)
    if (change === undefined) continue
    const key = String((change.after ?? change.before)?.[topicSpec(change.topic).key ?? ''])
    const flaw = random.chance(flawed) ? random.pick(subject.refusable === undefined ? flaws : [...flaws, 'refused' as const]) : undefined
    const at = { topic: change.topic, partition: partitionOf(key, partitions) }
    planned.push({ ...at, key: flaw === 'no key' ? null : key, change, flaw })
    if (change.after === null && random.chance(0.3)) planned.push({ ...at, key, change: undefined, flaw: undefined })
  }
  return planned
}

/** Versions are the places in the order of writing: no two records are alike. Where each of them counts, some tell the digest of those before. */
function plain(random: Random, topics: readonly string[], titles: number, tells: boolean): (place: number) => Change {
  const digests = new Map<string, number>()
  return (place) => {
    const topic = random.pick(topics)
    const row = { title_id: `t${titles > 100 ? place % titles : random.below(titles)}`, profile_id: 'p', version: place + 1 }
    if (random.chance(0.1)) return { topic, op: 'd', before: row, after: null }
    const cell = `${topic}/${row.title_id}`
    const told = digests.get(cell) ?? 0
    digests.set(cell, digest(told, row.version))
    return tells && random.chance(0.5) ? { topic, op: 'u', before: { ...row, version: told }, after: row } : { topic, op: 'c', before: null, after: row }
  }
}

const COPIES = 3

/** What MySQL and Debezium would tell of random writes, deletions and snapshots; versions rise, as they do in the tables. */
function lives(random: Random, states: States): (place: number) => Change | undefined {
  const topics = [...states.keys()]
  const current = new Map<string, AnyRow>()
  return (place) => {
    const topic = random.pick(topics)
    const rows = states.get(topic) ?? []
    const [number, copy] = [random.below(rows.length), random.below(COPIES)]
    const cell = `${topic}/${number}/${copy}`
    const before = isEvent(topic) ? null : current.get(cell) ?? null // one event says nothing of those before it
    const act = before === null ? 'write' : random.pick(['write', 'write', 'write', 'delete', 'snapshot'] as const)
    if (act === 'snapshot') return { topic, op: 'r', before: null, after: before }
    if (act === 'delete') {
      current.delete(cell)
      return { topic, op: 'd', before, after: null }
    }
    const state = copied(random.pick(rows[number] ?? []), copy)
    const after = 'version' in state ? { ...state, version: place + 1 } : state
    current.set(cell, after)
    return { topic, op: before === null ? 'c' : 'u', before, after }
  }
}

/** The same row of another title, person or profile: every id has a mark, the same in all topics. */
const copied = (row: AnyRow, copy: number): AnyRow => (copy === 0 ? row
  : Object.fromEntries(Object.entries(row).map(([column, value]) => [column, column.endsWith('_id') && typeof value === 'string' ? `${value}~${copy}` : value])))
