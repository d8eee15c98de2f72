/**
 * How far a view is behind its topics: in records, and in seconds since its oldest record that is not applied came to Kafka.
 *
 * That record's time is known exactly while its batch is in hand, which is where a view that cannot keep up, or whose store is
 * away, spends its time. Before it is fetched it is either the next after one we applied, or came after we had seen the end; then
 * it is counted from when we first saw it there, which is less than its age, so that an idle view raises no alarm.
 */
import type { KafkaClient, OffsetRange } from './kafka.ts'

/** Lag of one topic partition. */
export interface PlaceLag {
  readonly topic: string
  readonly partition: number
  readonly lag_records: number
  readonly lag_seconds: number
}

export interface ViewLag {
  readonly lag_records: number
  readonly lag_seconds: number
  /** The partitions that are ours, of topics with any. */
  readonly places: readonly PlaceLag[]
}

export interface Lag {
  /** After a rebalance: only these partitions are ours to report. */
  assigned(assigned: ReadonlyMap<string, readonly number[]>): void
  /** A batch is in hand; `timestamp` (ms) is that of its first record that is not applied. */
  received(topic: string, partition: number, timestamp: number | undefined): void
  /** The view stands at `next`; `timestamp` (ms) is that of the last record applied. */
  applied(topic: string, partition: number, next: number, high: number | undefined, timestamp: number | undefined): void
  /** Asks Kafka for the ends of the topics; while it does not answer, the ends it last told are what counts. */
  now(): Promise<ViewLag>
}

interface Place {
  readonly topic: string
  readonly partition: number
  next: number
  high: number
  in_hand_at: number | undefined
  /** Of the last record applied, if more were known to follow it. */
  followed_at: number | undefined
  seen_behind_at: number | undefined
}

/** Knows of no partition yet. */
export function createLag(kafka: Pick<KafkaClient, 'offsets'>, topics: readonly string[], clock: () => number): Lag {
  const places = new Map<string, Place>()
  const key = (topic: string, partition: number): string => `${topic}/${partition}`

  const ends = async (topic: string): Promise<void> => {
    for (const { partition, low, high } of await kafka.offsets(topic)) {
      const place = places.get(key(topic, partition))
      if (place === undefined) continue
      place.high = Math.max(place.high, high)
      place.next = Math.max(place.next, low)
    }
  }
  const lagOf = (place: Place, now: number): PlaceLag => {
    const { topic, partition } = place
    const lag_records = Math.max(0, place.high - place.next)
    if (lag_records === 0) place.seen_behind_at = undefined
    else place.seen_behind_at ??= now
    const since = place.in_hand_at ?? (lag_records === 0 ? undefined : place.followed_at ?? place.seen_behind_at)
    return { topic, partition, lag_records, lag_seconds: since === undefined ? 0 : Math.max(0, Math.round(now - since) / 1_000) }
  }

  return {
    assigned(assigned) {
      const before = new Map(places)
      places.clear()
      for (const [topic, partitions] of assigned) {
        for (const partition of partitions) {
          places.set(key(topic, partition), before.get(key(topic, partition))
            ?? { topic, partition, next: 0, high: 0, in_hand_at: undefined, followed_at: undefined, seen_behind_at: undefined })
        }
      }
      // a batch that was in hand is fetched again
      for (const place of places.values()) place.in_hand_at = undefined
    },
    received(topic, partition, timestamp) {
      const place = places.get(key(topic, partition))
      if (place !== undefined) place.in_hand_at = timestamp
    },
    applied(topic, partition, next, high, timestamp) {
      const place = places.get(key(topic, partition))
      if (place === undefined) return
      place.next = next // it goes back where a store has lost its rows
      place.high = Math.max(place.high, high ?? 0)
      place.in_hand_at = undefined
      place.seen_behind_at = undefined
      place.followed_at = place.next < place.high ? timestamp ?? place.followed_at : undefined
    },
    async now() {
      await Promise.allSettled(topics.map(ends))
      const now = clock()
      const all = [...places.values()].map((place) => lagOf(place, now))
      return {
        lag_records: all.reduce((sum, place) => sum + place.lag_records, 0),
        lag_seconds: all.reduce((most, place) => Math.max(most, place.lag_seconds), 0),
        places: all,
      }
    },
  }
}

/** How long an answer serves all views of a process, and how long Kafka may take to give it (ms). */
const FRESH_MS = 1_000
const PATIENCE_MS = 2_000

/** `offsets` for many askers: each topic is asked for once a second at most, and Kafka has two seconds to answer. */
export function sharedOffsets({ offsets }: Pick<KafkaClient, 'offsets'>, clock: () => number): KafkaClient['offsets'] {
  const answers = new Map<string, { readonly at: number; readonly ranges: Promise<readonly OffsetRange[]> }>()
  return (topic) => {
    const known = answers.get(topic)
    if (known !== undefined && clock() - known.at < FRESH_MS) return known.ranges
    const ranges = inTime(offsets(topic), topic)
    answers.set(topic, { at: clock(), ranges })
    ranges.catch(() => {})
    return ranges
  }
}

async function inTime<T>(answer: Promise<T>, topic: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => { reject(new Error(`asking Kafka for the ends of topic '${topic}': no answer within ${PATIENCE_MS} ms`)) }, PATIENCE_MS)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
