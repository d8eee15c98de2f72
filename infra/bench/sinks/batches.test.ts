import ratings from '@cdlc/streams/views/user/ratings.ts'
import { expect, test } from 'vitest'
import { type Flush, flushesOf, type Order } from './batches.ts'

const profilesIn = (flush: Flush | undefined): number => new Set(flush?.writes.map((write) => write.key['profile_id'])).size

test.each<Order>(['as they come', 'by profile'])('flushes %s follow one another without a gap and hold every record once', (order) => {
  const partitions = flushesOf(ratings, 5_000, 300, order)
  expect(partitions).toHaveLength(6)
  for (const [partition, flushes] of partitions.entries()) {
    let at = 0
    for (const flush of flushes) {
      expect(flush).toMatchObject({ partition, from: at })
      expect(flush.writes.length).toBeGreaterThan(0)
      expect(flush.writes.length).toBeLessThanOrEqual(flush.next - flush.from)
      at = flush.next
    }
  }
  expect(partitions.map((flushes) => flushes.at(-1)?.next ?? 0).reduce((sum, next) => sum + next, 0)).toBe(5_000)
})

test('by profile, a flush has few profiles with many ratings each', () => {
  const first = (order: Order): number => profilesIn(flushesOf(ratings, 5_000, 300, order)[0]?.[0])
  expect(first('by profile') * 5).toBeLessThan(first('as they come'))
})
