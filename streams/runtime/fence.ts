/**
 * What a store that fences keeps beside the positions of a partition: a digest of all flushes since it was empty.
 *
 * A counter would not do. A store that has lost data counts up again, and comes to the number that an owner of before still holds;
 * that owner's next flush would go through. Two digests are the same only where the same flushes came in the same order, and then
 * rows and positions are the same too.
 */
import type { Batch } from './store.ts'

/** Of a partition that nothing was flushed to. */
export const NO_FENCE = '0'

/** The fence after this flush: 53 bits of a multiplicative hash ("cyrb53", public domain) over the fence before, and what was flushed. */
export function fenceAfter({ fence, topic, from, next, writes }: Pick<Batch, 'fence' | 'topic' | 'from' | 'next' | 'writes'>): string {
  const text = `${fence} ${topic} ${from} ${next} ${writes.length}`
  let [low, high] = [0xdeadbeef, 0x41c6ce57]
  for (let place = 0; place < text.length; place++) {
    const code = text.charCodeAt(place)
    low = Math.imul(low ^ code, 2_654_435_761)
    high = Math.imul(high ^ code, 1_597_334_677)
  }
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909)
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909)
  return (4_294_967_296 * (2_097_151 & high) + (low >>> 0)).toString(36)
}
