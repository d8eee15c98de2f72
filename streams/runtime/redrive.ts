/**
 * Dead letters as an operator handles them: what stands of each record, which are meant, and sending them again.
 *
 * Everything said of a record is in its dead-letter topic, in order; what stands is a fold of that, so looking twice or sending
 * from two terminals comes to the same. A redrive answers one attempt: once said, that attempt is no longer pending, and the
 * worker gives one attempt its effect once, however often it is said.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { type DeadLetter, deadLetterTopic, identityOf, record, type Said, said } from './dead-letter.ts'
import type { KafkaClient, OutgoingRecord } from './kafka.ts'
import { partitionOf } from './partition.ts'
import { readToEnd } from './read.ts'
import { ordersByPosition, type View } from './view.ts'

/** A record that was given up, as it stands now. */
export interface Entry {
  readonly id: string
  readonly letter: DeadLetter
  /** `pending`: nobody has answered the last attempt; `redriven`: sent again, and not given up again since. */
  readonly state: 'pending' | 'redriven' | 'discarded'
}

/** What stands after all that was said. */
export function standing(all: readonly Said[]): readonly Entry[] {
  const letters = new Map<string, DeadLetter>()
  const answers = new Map<string, { readonly attempt: number; readonly state: 'redriven' | 'discarded' }>()
  for (const one of all) {
    const id = identityOf(one.origin)
    if (one.state === 'dead') {
      if (one.attempt > (letters.get(id)?.attempt ?? 0)) letters.set(id, one)
    } else if (one.attempt >= (answers.get(id)?.attempt ?? 0)) {
      answers.set(id, { attempt: one.attempt, state: one.state === 'redrive' ? 'redriven' : 'discarded' })
    }
  }
  return [...letters].map(([id, letter]): Entry => {
    const answer = answers.get(id)
    return { id, letter, state: answer === undefined || answer.attempt < letter.attempt ? 'pending' : answer.state }
  }).sort((a, b) => compare(a.letter.origin.topic, b.letter.origin.topic) || a.letter.origin.partition - b.letter.origin.partition || a.letter.origin.offset - b.letter.origin.offset)
}
const compare = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1)

export interface Filter {
  readonly ids?: readonly string[]
  readonly topic?: string
  readonly partition?: number
  readonly key?: string
  readonly code?: string
  /** Anywhere in the message. */
  readonly error?: RegExp
  /** ms since the epoch, of the original record. */
  readonly since?: number
  readonly until?: number
}

export const chosen = (entries: readonly Entry[], filter: Filter): readonly Entry[] => entries.filter(({ id, letter }) => (
  (filter.ids === undefined || filter.ids.includes(id))
  && (filter.topic === undefined || letter.origin.topic === filter.topic)
  && (filter.partition === undefined || letter.origin.partition === filter.partition)
  && (filter.key === undefined || letter.key === filter.key)
  && (filter.code === undefined || letter.code === filter.code)
  && (filter.error === undefined || filter.error.test(letter.error))
  && (filter.since === undefined || letter.timestamp >= filter.since)
  && (filter.until === undefined || letter.timestamp <= filter.until)))

type Topics = Pick<KafkaClient, 'consume' | 'offsets' | 'topics' | 'produce'>

/** What stands of a view's dead letters; none where its topic was never made. */
export async function deadLettersOf(kafka: Topics, view: Pick<View, 'name'>): Promise<readonly Entry[]> {
  const topic = deadLetterTopic(view)
  if (!(await kafka.topics()).includes(topic)) return []
  const all: Said[] = []
  await readToEnd(kafka, [topic], ({ records }) => { all.push(...records.flatMap((raw) => said(raw) ?? [])) })
  return standing(all)
}

/**
 * Of these entries, those whose key has had a later record in its topic. A projection in a store that does not order writes by
 * position would put such a record over what came after it.
 */
export async function superseded(kafka: Topics, view: Pick<View, 'store' | 'touches'>, entries: readonly Entry[]): Promise<ReadonlySet<string>> {
  const ordered = view.touches !== undefined || ordersByPosition(view.store)
  const found = new Set<string>()
  if (ordered || entries.length === 0) return found
  const first = new Map<string, number>()
  for (const { letter: { origin } } of entries) {
    const place = `${origin.topic}/${origin.partition}`
    first.set(place, Math.min(first.get(place) ?? Infinity, origin.offset))
  }
  const byKey = Map.groupBy(entries, ({ letter: { origin, key } }) => `${origin.topic}/${origin.partition}/${key}`)
  await readToEnd(kafka, [...new Set(entries.map(({ letter }) => letter.origin.topic))], ({ topic, partition, records }) => {
    for (const { key, offset } of records) {
      for (const { id, letter } of byKey.get(`${topic}/${partition}/${key}`) ?? []) if (offset > letter.origin.offset) found.add(id)
    }
  }, { from: (topic, { partition }) => first.get(`${topic}/${partition}`) })
  return found
}

/** What to do with an entry: send this value under this key, or give the record up for good, or leave it. */
export type Answer = { readonly redrive: Buffer | null; readonly key: string | null } | 'discard' | 'leave'

export interface RedriveOptions {
  readonly answer: (entry: Entry) => Promise<Answer> | Answer
  /** Records a second at most. */
  readonly rate: number
  readonly onAnswered?: (entry: Entry, answer: Answer) => void
}
const PER_PRODUCE = 50

/**
 * What is said of an entry. The rows of a key lie in its partition, so a record that had another key, or none, is sent to the
 * partition of the one it has now; where the store orders writes by their first position it stays where that position counts.
 */
function orderOf(view: Pick<View, 'store'>, { letter }: Entry, answer: Exclude<Answer, 'leave'>, partitions: number): OutgoingRecord {
  if (answer === 'discard') return record({ ...letter, state: 'discard' })
  const order = record({ ...letter, state: 'redrive', key: answer.key, value: answer.redrive })
  return answer.key === letter.key || answer.key === null || ordersByPosition(view.store) ? order : { ...order, partition: partitionOf(answer.key, partitions) }
}

/** Answers the pending ones of these entries; what was answered before is left as it is. Resolves to how many were sent and discarded. */
export async function redrive(kafka: Topics, view: Pick<View, 'name' | 'store'>, entries: readonly Entry[], { answer, rate, onAnswered }: RedriveOptions): Promise<{ readonly redriven: number; readonly discarded: number }> {
  const counts = { redriven: 0, discarded: 0 }
  const pending = entries.filter(({ state }) => state === 'pending')
  const topic = deadLetterTopic(view)
  const partitions = pending.length === 0 ? 0 : (await kafka.offsets(topic)).length
  const step = Math.max(1, Math.min(PER_PRODUCE, Math.floor(rate / 4)))
  for (let start = 0; start < pending.length; start += step) {
    const answered = await Promise.all(pending.slice(start, start + step).map(async (entry) => ({ entry, answer: await answer(entry) })))
    const sent = answered.flatMap(({ entry, answer: given }) => (given === 'leave' ? [] : [orderOf(view, entry, given, partitions)]))
    if (sent.length > 0) await kafka.produce(topic, sent)
    for (const { entry, answer: given } of answered) {
      if (given === 'discard') counts.discarded++
      else if (given !== 'leave') counts.redriven++
      onAnswered?.(entry, given)
    }
    if (start + step < pending.length) await delay(sent.length * 1_000 / rate)
  }
  return counts
}
