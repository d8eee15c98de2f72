import { describe, expect, test } from 'vitest'
import type { OutgoingRecord } from '@cdlc/streams/runtime/kafka.ts'
import { openEventLog, type LogLimits } from './log.ts'
import { producersByHand } from './testing.ts'

const records = (...keys: readonly string[]): readonly OutgoingRecord[] => keys.map((key) => ({ key, value: Buffer.from(key) }))
const settled = async (): Promise<void> => { await new Promise((resolve) => { setImmediate(resolve) }) }
function scene(some: Partial<LogLimits> = {}) {
  const hand = producersByHand()
  const log = openEventLog('user.telemetry', hand.make, { together: 4, room: 10, patience_ms: 60_000, ...some })
  const outcomes: string[] = []
  const append = (name: string, ...keys: readonly string[]): void => {
    void log.append(records(...keys)).then(() => { outcomes.push(`${name} appended`) }, (cause: Error & { code?: string }) => { outcomes.push(`${name} ${cause.code}`) })
  }
  return { ...hand, log, append, outcomes, keys: () => hand.sends.map(({ keys }) => keys.join('')) }
}

describe('appending', () => {
  test('is done when the send is, not before', async () => {
    const { append, sends, outcomes } = scene()
    append('first', 'a', 'b')
    await settled()
    expect(outcomes).toEqual([])
    sends[0]?.end()
    await settled()
    expect(outcomes).toEqual(['first appended'])
  })

  test('gathers what comes meanwhile, in its order, and cuts no request in two', async () => {
    const { append, sends, keys, outcomes } = scene()
    append('1', 'a')
    append('2', 'b')
    await settled()
    for (const [name, ...some] of [['3', 'c', 'd'], ['4', 'e'], ['5', 'f', 'g']] as const) append(name, ...some)
    sends[0]?.end()
    await settled()
    expect(keys()).toEqual(['ab', 'cde'])
    sends[1]?.end()
    await settled()
    sends[2]?.end()
    await settled()
    expect(keys()).toEqual(['ab', 'cde', 'fg'])
    expect(outcomes).toEqual(['1 appended', '2 appended', '3 appended', '4 appended', '5 appended'])
  })

  test('sends a request that is larger than a send by itself', async () => {
    const { append, keys } = scene()
    append('1', 'a', 'b', 'c', 'd', 'e', 'f')
    append('2', 'g')
    await settled()
    expect(keys()).toEqual(['abcdef'])
  })

  test('that fails is said to have failed, to all that were in it alone, and the next has another producer', async () => {
    const { append, sends, outcomes, counts } = scene()
    append('1', 'a')
    await settled()
    append('2', 'b')
    sends[0]?.end(new Error('no broker'))
    await settled()
    expect([outcomes, counts]).toEqual([['1 store_unavailable'], { made: 2, closed: 1 }])
    sends[1]?.end()
    await settled()
    expect(outcomes).toEqual(['1 store_unavailable', '2 appended'])
  })

  test('waits in a room of its size, and is refused beyond it; what was sent makes room, and so does what failed', async () => {
    const { append, sends, outcomes } = scene({ together: 5, room: 6 })
    append('1', 'a', 'b', 'c')
    await settled()
    append('2', 'd', 'e', 'f')
    append('3', 'g')
    await settled()
    expect(outcomes).toEqual(['3 overloaded'])
    sends[0]?.end()
    await settled()
    append('4', 'h', 'i', 'j')
    sends[1]?.end(new Error('no broker'))
    await settled()
    append('5', 'k', 'l', 'm')
    sends[2]?.end()
    await settled()
    sends[3]?.end()
    await settled()
    expect(outcomes).toEqual(['3 overloaded', '1 appended', '2 store_unavailable', '4 appended', '5 appended'])
  })

  test('that nobody waits for any more is not sent, and takes no room', async () => {
    const { append, sends, outcomes, keys } = scene({ room: 4, patience_ms: 0 })
    append('1', 'a', 'b')
    await settled()
    append('2', 'c', 'd')
    await expect.poll(() => outcomes).toEqual(['1 store_unavailable', '2 store_unavailable'])
    sends[0]?.end()
    await settled()
    append('3', 'e', 'f', 'g', 'h')
    await settled()
    expect(keys()).toEqual(['ab', 'efgh'])
  })
})

test('closing sends what waits, then closes the producer', async () => {
  const { append, log, sends, outcomes, counts } = scene()
  append('1', 'a')
  await settled()
  const closed = log.close()
  expect(counts.closed).toBe(0)
  sends[0]?.end()
  await closed
  await settled()
  expect([outcomes, counts.closed]).toEqual([['1 appended'], 1])
})
