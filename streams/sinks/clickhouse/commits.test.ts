import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RowWrite } from '../../runtime/store.ts'
import { type Commits, openCommits, type PartitionWrites, type Table, tokenOf } from './commits.ts'
import { CHARS_PER_INSERT, nextOffset, NOTHING, positionOf } from './compile.ts'

const runOf = (from: number, until: number, chars = 0) => ({ writes: writesOf(from, until), chars })
const writesOf = (from: number, until: number): readonly RowWrite[] =>
  Array.from({ length: until - from }, (_, place) => ({ row: 'r', id: `${from + place}`, key: {}, value: {}, offset: from + place, index: 0 }))

/** A table as ClickHouse has it; `turn` comes between what a server does and when it is asked or answers. */
function tableOf(turn: () => Promise<void> = async () => {}, fails: (rows: readonly PartitionWrites[]) => unknown = () => undefined) {
  const held: { partition: number; position: number }[] = []
  const tokens = new Set<string>()
  const count = { reads: 0, inserts: 0, dropped: 0 }
  const table: Table = {
    name: 't',
    isPermanent: (error) => error instanceof RangeError,
    async read() {
      count.reads++
      await turn()
      const state = new Map<number, number>()
      for (const { partition, position } of held) state.set(partition, Math.max(position, state.get(partition) ?? NOTHING))
      await turn()
      return state
    },
    async insert(rows, token) {
      count.inserts++
      const failure = fails(rows)
      if (failure !== undefined) throw failure
      await turn()
      if (tokens.has(token)) count.dropped++
      else for (const { partition, writes } of rows) for (const write of writes) held.push({ partition, position: positionOf(write) })
      tokens.add(token)
      await turn()
    },
  }
  const positions = (partition: number): readonly number[] => held.filter((row) => row.partition === partition).map(({ position }) => position).sort((a, b) => a - b)
  return { table, held, count, positions }
}
const offsets = (from: number, until: number): readonly number[] => writesOf(from, until).map(positionOf)

test('what comes while an insert is under way goes in one insert after it', async () => {
  const { table, count, positions } = tableOf()
  const commits = openCommits(table)
  const all = Array.from({ length: 6 }, (_, partition) => commits.put({ partition, ...runOf(0, 3) }))
  expect(await Promise.all(all)).toEqual([true, true, true, true, true, true])
  expect(count).toEqual({ reads: 2, inserts: 1, dropped: 0 })
  expect(positions(5)).toEqual(offsets(0, 3))
})

test('what does not fit one insert waits for the next', async () => {
  const { table, count } = tableOf()
  const commits = openCommits(table)
  const sizes = [10, CHARS_PER_INSERT, CHARS_PER_INSERT / 2, CHARS_PER_INSERT / 2, 1]
  await Promise.all(sizes.map((chars, partition) => commits.put({ partition, ...runOf(0, 2, chars) })))
  expect(count.inserts).toBe(4)
})

test('what the table has is not inserted again', async () => {
  const { table, count, positions } = tableOf()
  await openCommits(table).put({ partition: 0, ...runOf(0, 3) })
  const other = openCommits(table)
  expect(await other.put({ partition: 0, ...runOf(1, 3) })).toBe(true)
  expect(count.inserts).toBe(1)
  expect(await other.put({ partition: 0, ...runOf(1, 5) })).toBe(true)
  expect(positions(0)).toEqual(offsets(0, 5))
})

test('lost rows are told to each partition that has lost some, and it is not gone on behind a hole', async () => {
  const { table, held, positions } = tableOf()
  const commits = openCommits(table)
  await Promise.all([0, 1].map((partition) => commits.put({ partition, ...runOf(0, 4) })))
  held.splice(0)
  expect(await commits.put({ partition: 0, ...runOf(4, 5) })).toBe(false)
  expect(await commits.put({ partition: 1, ...runOf(4, 5) })).toBe(false)
  expect([positions(0), positions(1)]).toEqual([[], []])
  expect(await commits.read(0)).toBe(NOTHING)
  // the tokens of before are used up
  expect(await commits.put({ partition: 0, ...runOf(0, 5) })).toBe(true)
  expect(positions(0)).toEqual(offsets(0, 5))
})

test('a partition whose rows are refused is told so alone', async () => {
  const { table, positions } = tableOf(undefined, (rows) => (rows.some(({ partition }) => partition === 2) ? new RangeError('no') : undefined))
  const commits = openCommits(table)
  const done = await Promise.allSettled([0, 1, 2, 3].map((partition) => commits.put({ partition, ...runOf(0, 2) })))
  expect(done.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
  expect([0, 1, 2, 3].map((partition) => positions(partition).length)).toEqual([2, 2, 0, 2])
})

test('an error that may pass is everybody\'s, and the next put begins anew', async () => {
  let away = true
  const { table, positions } = tableOf(undefined, () => (away ? new Error('away') : undefined))
  const commits = openCommits(table)
  const done = await Promise.allSettled([0, 1].map((partition) => commits.put({ partition, ...runOf(0, 2) })))
  expect(done.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  away = false
  expect(await commits.put({ partition: 0, ...runOf(0, 2) })).toBe(true)
  expect(positions(0)).toEqual(offsets(0, 2))
})

test('a table that takes nothing is given up', async () => {
  const stuck: Table = { name: 't', isPermanent: () => false, read: async () => new Map(), insert: async () => {} }
  await expect(openCommits(stuck).put({ partition: 0, ...runOf(0, 1) })).rejects.toThrow('inserting into t: it stood still through 11 inserts')
})

test('a token is the state of the whole table, in whatever order it was read', () => {
  const state = new Map([[0, 5], [3, 7]])
  expect(tokenOf('t', new Map([...state].reverse()), 0)).toBe(tokenOf('t', state, 0))
  const others = [tokenOf('t', new Map([[0, 5]]), 0), tokenOf('t', new Map([[0, 5], [3, 8]]), 0), tokenOf('u', state, 0), tokenOf('t', state, 1)]
  expect(new Set([tokenOf('t', state, 0), ...others]).size).toBe(5)
})

describe('several owners of the same partitions', () => {
  const plans = fc.record({ owners: fc.integer({ min: 1, max: 4 }), cuts: fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 30, maxLength: 30 }), lost: fc.integer({ min: 1, max: 60 }) })
  const RECORDS = 20
  const PARTITIONS = 3

  /** Puts a partition's records up to `end`, in runs of these lengths, and goes back to where the table is when rows were lost. */
  async function own(commits: Commits, partition: number, cuts: readonly number[], begin: number, end: number): Promise<void> {
    let from = begin
    for (let turn = 0; from < end; turn++) {
      const until = Math.min(end, from + (cuts[(turn * 7 + partition) % cuts.length] ?? 1))
      const holds = await commits.put({ partition, ...runOf(from, until) })
      from = holds ? until : nextOffset(await commits.read(partition))
    }
  }

  test('put each row once, however their inserts and reads come together, and again what was lost', async () => {
    await fc.assert(fc.asyncProperty(plans, fc.scheduler(), async ({ owners, cuts, lost }, scheduler) => {
      const { table, held, positions } = tableOf(async () => { await scheduler.schedule(Promise.resolve()) })
      const stores = Array.from({ length: owners }, () => openCommits(table))
      const all = (begin: number, end: number): Promise<unknown> => Promise.all(stores.flatMap((commits, owner) => (
        Array.from({ length: PARTITIONS }, (_, partition) => own(commits, partition, cuts.slice(owner), begin, end)))))
      await scheduler.waitFor(all(0, RECORDS))
      for (let partition = 0; partition < PARTITIONS; partition++) expect(positions(partition)).toEqual(offsets(0, RECORDS))
      held.splice(-lost)
      await scheduler.waitFor(all(RECORDS, RECORDS + 5))
      for (let partition = 0; partition < PARTITIONS; partition++) expect(positions(partition)).toEqual(offsets(0, RECORDS + 5))
    }), { numRuns: 300 })
  })
})
