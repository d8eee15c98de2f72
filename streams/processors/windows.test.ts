import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { endOf, hopping, isOver, startsOf, tumbling } from './windows.ts'

const HOUR = 3_600_000
const day = tumbling({ size_ms: 24 * HOUR, grace_ms: HOUR })

describe('windows', () => {
  it('an instant is in one tumbling window, which begins with its start and ends before its end', () => {
    expect(startsOf(day, 0)).toEqual([0])
    expect(startsOf(day, 24 * HOUR - 1)).toEqual([0])
    expect(startsOf(day, 24 * HOUR)).toEqual([24 * HOUR])
    expect(startsOf(day, -1)).toEqual([-24 * HOUR])
  })

  it('an instant is in size / every hopping windows', () => {
    expect(startsOf(hopping({ size_ms: 3 * HOUR, every_ms: HOUR, grace_ms: 0 }), 10 * HOUR + 1)).toEqual([8 * HOUR, 9 * HOUR, 10 * HOUR])
  })

  it('a window is over when stream time reaches its end and grace, not a millisecond before', () => {
    expect([25 * HOUR - 1, 25 * HOUR].map((time) => isOver(day, 0, time))).toEqual([false, true])
  })

  it('an instant is in exactly the windows that hold it', () => {
    const windows = fc.record({ every_ms: fc.integer({ min: 1, max: 50 }), hops: fc.integer({ min: 1, max: 5 }) })
    fc.assert(fc.property(windows, fc.integer({ min: -500, max: 500 }), ({ every_ms, hops }, at) => {
      const spec = hopping({ size_ms: every_ms * hops, every_ms, grace_ms: 0 })
      const holding = Array.from({ length: 1_200 }, (_, n) => (n - 600) * every_ms).filter((start) => start <= at && at < endOf(spec, start))
      expect(startsOf(spec, at)).toEqual(holding)
    }))
  })
})
