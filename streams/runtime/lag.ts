/** How far a view is behind its topics: in records, and in seconds since the oldest record it may not have applied. */
import type { KafkaClient } from './kafka.ts'

export interface Lag {
  /** After a rebalance: only these partitions are ours to report. */
  assigned(assigned: ReadonlyMap<string, readonly number[]>): void
  /** The view stands at `next`; `timestamp` (ms) is that of the last record applied. */
  applied(topic: string, partition: number, next: number, high: number | undefined, timestamp: number | undefined): void
  now(): Promise<{ readonly lag_records: number; readonly lag_seconds: number }>
}

interface Place { next: number; caught_up_at: number; applied_at: number }

/** Asks Kafka for the ends of the topics each time it is asked. */
export function createLag(kafka: Pick<KafkaClient, 'offsets'>, topics: readonly string[], clock: () => number = Date.now): Lag {
  const places = new Map<string, Place>()
  const key = (topic: string, partition: number): string => `${topic}/${partition}`
  return {
    assigned(assigned) {
      places.clear()
      for (const [topic, partitions] of assigned) for (const partition of partitions) places.set(key(topic, partition), { next: 0, caught_up_at: 0, applied_at: 0 })
    },
    applied(topic, partition, next, high, timestamp) {
      const place = places.get(key(topic, partition))
      if (place === undefined) return
      place.next = Math.max(place.next, next)
      if (timestamp !== undefined) place.applied_at = timestamp
      if (high !== undefined && place.next >= high) place.caught_up_at = clock()
    },
    async now() {
      const now = clock()
      let lag_records = 0
      let oldest = now
      for (const topic of topics) {
        for (const { partition, low, high } of await kafka.offsets(topic)) {
          const place = places.get(key(topic, partition))
          if (place === undefined) continue
          const behind = high - Math.max(place.next, low)
          if (behind <= 0) place.caught_up_at = now
          else {
            lag_records += behind
            oldest = Math.min(oldest, Math.max(place.caught_up_at, place.applied_at) || now)
          }
        }
      }
      return { lag_records, lag_seconds: Math.round((now - oldest) / 100) / 10 }
    },
  }
}
