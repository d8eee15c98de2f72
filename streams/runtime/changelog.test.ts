import { describe, expect, test } from 'vitest'
import { type MemoryLog, memoryLog, type Process } from '../processor-log.ts'
import { type Changelog, FencedError, openChangelog } from './changelog.ts'
import { type KeyedState, keyedState } from './keyed-state.ts'
import { type MemoryStores, memoryStores } from './local-store-memory.ts'
import type { Entry } from './row-state.ts'

const topic = 'counting-v1-changelog'
const DAY = 86_400_000
let time = 0
const newLog = (): MemoryLog => {
  time = 1_700_000_000_000
  return memoryLog([{ name: topic, partitions: 2 }], () => time)
}

interface Owner { readonly changelog: Changelog; readonly state: KeyedState; readonly process: Process; get(key: string): string | undefined }
async function claim(log: MemoryLog, disk: MemoryStores = memoryStores(), process: Process = log.process(disk)): Promise<Owner> {
  const store = await process.stores.open('0')
  const state = keyedState(store)
  const changelog = await openChangelog({ topic, partition: 0, kafka: process.kafka, producer: process.producers(), state, store, clock: { now: () => time }, settle_keys: 3 })
  return { changelog, state, process, get: (key) => state.get(key)?.toString() }
}
const entry = (key: string, value: string | null): Entry => [key, value === null ? null : Buffer.from(value)]
/** What a machine with an empty disk finds. */
const found = async (log: MemoryLog, ...keys: readonly string[]): Promise<readonly (string | undefined)[]> => {
  const owner = await claim(log)
  return keys.map(owner.get)
}

describe('a changelog', () => {
  test('gives the next owner the last value of every key', async () => {
    const log = newLog()
    const owner = await claim(log)
    await owner.changelog.commit([entry('a', '1'), entry('b', '1'), entry('c', '1')])
    await owner.changelog.commit([entry('a', '2'), entry('b', null)])
    expect([owner.get('a'), owner.get('b'), owner.get('c')]).toEqual(['2', undefined, '1'])
    expect(await found(log, 'a', 'b', 'c')).toEqual(['2', undefined, '1'])
  })

  test('reads on from where a disk has come to', async () => {
    const log = newLog()
    const disk = memoryStores()
    const first = await claim(log, disk)
    await first.changelog.commit([entry('a', '1'), entry('b', '1'), entry('c', '1'), entry('d', '1')])
    await first.changelog.commit([entry('a', '2')])
    const second = await claim(log, disk)
    expect(second.changelog.restored).toBe(2) // the last commit and the claim
    expect([second.get('a'), second.get('d')]).toEqual(['2', '1'])
  })

  test('tells an owner that it has lost the partition, and nobody takes what it wrote then', async () => {
    const log = newLog()
    const first = await claim(log)
    await first.changelog.commit([entry('a', '1')])
    const second = await claim(log)
    await expect(first.changelog.commit([entry('a', 'late'), entry('b', 'late')])).rejects.toThrow(FencedError)
    expect(log.records(topic, 0).map(({ key }) => key)).toEqual(['_claim', 'a', '_claim', 'a', 'b'])
    // the second has written nothing yet: the claim alone decides
    expect(await found(log, 'a', 'b')).toEqual(['1', undefined])
    expect(second.get('a')).toBe('1')
  })

  test('tells an owner that writes nothing when somebody looks', async () => {
    const log = newLog()
    const first = await claim(log)
    await first.changelog.tend()
    await claim(log)
    await expect(first.changelog.tend()).rejects.toThrow(FencedError)
  })

  test('goes by the epoch that a disk remembers', async () => {
    const log = newLog()
    const disk = memoryStores()
    const first = await claim(log)
    const second = await claim(log, disk)
    await second.changelog.commit([entry('a', '1')])
    await second.changelog.settle()
    await expect(first.changelog.commit([entry('a', 'late')])).rejects.toThrow(FencedError)
    expect((await claim(log, disk)).get('a')).toBe('1')
  })

  test.each([
    ['the next owner', async (log: MemoryLog) => { await claim(log) }],
    ['the owner, with its next commit', async (_log: MemoryLog, owner: Owner) => { await owner.changelog.commit([entry('z', '1')]) }],
    ['the owner, with its next look', async (_log: MemoryLog, owner: Owner) => { await owner.changelog.tend() }],
  ])('keeps through compaction what a late owner wrote over: it is shadowed by %s', async (_who, shadow) => {
    const log = newLog()
    const first = await claim(log)
    await first.changelog.commit([entry('a', '1'), entry('b', '1')])
    const second = await claim(log)
    await second.changelog.commit([entry('b', '2'), entry('c', null)])
    await expect(first.changelog.commit([entry('a', 'late'), entry('b', 'late'), entry('c', 'late')])).rejects.toThrow(FencedError)
    await shadow(log, second)
    log.compact(topic, true)
    expect(log.records(topic, 0).filter(({ key }) => key === 'a')).toHaveLength(1)
    expect(await found(log, 'a', 'b', 'c')).toEqual(['1', '2', undefined])
  })

  test.each([0, 1, 2, 3, 4, 5, 6, 7])('still shadows what is stale where the owner that was to do so died at its step %i', async (step) => {
    const log = newLog()
    const first = await claim(log)
    await first.changelog.commit([entry('a', '1')])
    const second = await claim(log)
    await expect(first.changelog.commit([entry('a', 'late')])).rejects.toThrow(FencedError)
    second.process.plan({ step: 1, kind: 'die before' }) // after its next write, as it looks at what lies before that
    await expect(second.changelog.commit(['b', 'c', 'd', 'e', 'f'].map((key) => entry(key, '2')))).rejects.toThrow('dead')
    const disk = memoryStores()
    const third = log.process(disk)
    third.plan({ step, kind: 'die before' })
    await claim(log, disk, third).catch(() => {})
    await claim(log, disk)
    log.compact(topic, true)
    expect(await found(log, 'a', 'b')).toEqual(['1', '2'])
  })

  test('fills a disk again that may have missed a tombstone', async () => {
    const log = newLog()
    const disk = memoryStores()
    const first = await claim(log, disk)
    await first.changelog.commit([entry('a', '1'), entry('b', '1')])
    await first.changelog.settle()
    const second = await claim(log)
    await second.changelog.commit([entry('a', null)])
    await second.changelog.commit([entry('b', '2')])
    log.compact(topic, true)
    expect(log.records(topic, 0).map(({ key }) => key)).toEqual(['_claim', 'b'])
    time += 4 * DAY
    expect((await claim(log, disk)).get('a')).toBeUndefined()
  })

  test('fills a disk again that is ahead of it: the topic was made anew', async () => {
    const disk = memoryStores()
    const old = await claim(newLog(), disk)
    await old.changelog.commit([entry('a', 'old'), entry('b', 'old'), entry('c', 'old'), entry('d', 'old')])
    const log = newLog()
    await (await claim(log)).changelog.commit([entry('b', 'new')])
    const owner = await claim(log, disk)
    expect([owner.get('a'), owner.get('b')]).toEqual([undefined, 'new'])
  })

  test('fills a disk again that is of another log of this name', async () => {
    const disk = memoryStores()
    const old = await claim(newLog(), disk)
    await old.changelog.commit([entry('a', 'old'), entry('b', 'old')])
    await old.changelog.settle()
    const log = newLog()
    await (await claim(log)).changelog.commit([entry('b', 'new'), entry('c', 'new'), entry('d', 'new')])
    const owner = await claim(log, disk)
    expect([owner.get('a'), owner.get('b')]).toEqual([undefined, 'new'])
  })

  test('restores nothing by ends of yesterday: what it has not seen it does not take for nothing', async () => {
    const log = newLog()
    await (await claim(log)).changelog.commit([entry('a', '1')])
    const process = log.process(memoryStores())
    const yesterday = await process.kafka.offsets(topic)
    await expect(claim(log, memoryStores(), { ...process, kafka: { ...process.kafka, offsets: async () => yesterday } })).rejects.toThrow('it ends at 2')
  })

  test.each([['refuse', undefined], ['lose', '2'], ['delay', undefined]] as const)('when the broker does not say (%s), the next owner finds out', async (kind, expected) => {
    const log = newLog()
    const owner = await claim(log)
    await owner.changelog.commit([entry('a', '1')])
    owner.process.plan({ step: 0, kind })
    await expect(owner.changelog.commit([entry('a', '2')])).rejects.toThrow(/sending|broker/)
    await expect(owner.changelog.commit([entry('a', '3')])).rejects.toThrow(/failed/)
    const next = await claim(log, memoryStores(), owner.process)
    log.settle() // what was under way lands behind the claim, where it does not count
    expect(await found(log, 'a')).toEqual([expected ?? '1'])
    expect(next.get('a')).toBe(expected ?? '1')
  })
})
