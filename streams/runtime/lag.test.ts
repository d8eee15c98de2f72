import { describe, expect, it } from 'vitest'
import { createLag, sharedOffsets } from './lag.ts'

const MINUTE = 60_000

/** A lag of one topic with two partitions, a topic that grows, and a clock that we move. */
function scene() {
  const high = [0, 0]
  let now = 10 * MINUTE
  let away = false
  const offsets = () => (away ? Promise.reject(new Error('away')) : Promise.resolve(high.map((end, partition) => ({ partition, low: 0, high: end }))))
  const lag = createLag({ offsets }, ['t'], () => now)
  lag.assigned(new Map([['t', [0, 1]]]))
  return {
    lag, high,
    later: (ms: number) => { now += ms; return now },
    setAway: (is: boolean) => { away = is },
    read: async () => { const { lag_records, lag_seconds } = await lag.now(); return [lag_records, lag_seconds] },
  }
}

describe('lag', () => {
  it('is nothing for a view that stands at the end', async () => {
    const { lag, high, read } = scene()
    high[0] = 5
    lag.applied('t', 0, 5, 5, 1)
    expect(await read()).toEqual([0, 0])
  })

  it('counts the records of all partitions and the seconds of the oldest', async () => {
    const { lag, high, read, later } = scene()
    const now = later(0)
    high.splice(0, 2, 10, 4)
    lag.received('t', 0, now - 90_000)
    lag.received('t', 1, now - 5_000)
    expect(await read()).toEqual([14, 90])
    lag.applied('t', 0, 10, 10, now)
    expect(await read()).toEqual([4, 5])
  })

  it('grows while a batch stays in hand, and by no more than time passes', async () => {
    const { lag, high, read, later } = scene()
    high[0] = 3
    lag.received('t', 0, later(0))
    later(MINUTE)
    expect(await read()).toEqual([3, 60])
  })

  it('of a view that reads old records is their age, between two batches too', async () => {
    const { lag, high, read, later } = scene()
    high[0] = 100
    lag.applied('t', 0, 50, 100, later(0) - 60 * MINUTE)
    expect(await read()).toEqual([50, 3600])
  })

  it('of a view that was idle begins when the record is first seen, not when the view was last at work', async () => {
    const { lag, high, read, later } = scene()
    lag.applied('t', 0, 5, 5, later(0))
    later(60 * MINUTE)
    high[0] = 6
    expect(await read()).toEqual([1, 0])
    later(7_000)
    expect(await read()).toEqual([1, 7])
  })

  it('goes on from what Kafka last told while it does not answer', async () => {
    const { high, read, later, setAway } = scene()
    high[0] = 8
    expect(await read()).toEqual([8, 0])
    setAway(true)
    later(30_000)
    expect(await read()).toEqual([8, 30])
  })

  it('is that of the partitions that are ours, and forgets the others', async () => {
    const { lag, high, read } = scene()
    high.splice(0, 2, 8, 9)
    lag.assigned(new Map([['t', [1]]]))
    expect(await read()).toEqual([9, 0])
  })

  it('tells a store that lost its rows by going back', async () => {
    const { lag, high, read } = scene()
    high[0] = 8
    lag.applied('t', 0, 8, 8, 1)
    lag.applied('t', 0, 0, undefined, undefined)
    expect((await read())[0]).toBe(8)
  })
})

describe('shared offsets', () => {
  it('ask Kafka once a second for however many views', async () => {
    let asked = 0
    let now = 0
    const offsets = sharedOffsets({ offsets: async () => { asked++; return [] } }, () => now)
    await Promise.all([offsets('t'), offsets('t'), offsets('u')])
    now = 999
    await offsets('t')
    expect(asked).toBe(2)
    now = 1_000
    await offsets('t')
    expect(asked).toBe(3)
  })

  it('tell each view that asked of a failure, and ask again later', async () => {
    let now = 0
    const offsets = sharedOffsets({ offsets: () => Promise.reject(new Error(`away at ${now}`)) }, () => now)
    await expect(offsets('t')).rejects.toThrow('away at 0')
    await expect(offsets('t')).rejects.toThrow('away at 0')
    now = 1_000
    await expect(offsets('t')).rejects.toThrow('away at 1000')
  })
})
