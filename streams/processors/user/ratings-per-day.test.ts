import type { CdcRows } from '@cdlc/schemas/generated/topics.ts'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DrivenProcessor, driveProcessor } from '../../runtime/processor-testing.ts'
import { created, deleted, snapshot, updated } from '../../runtime/testing.ts'
import type { Change } from '../../runtime/view.ts'
import processor from './ratings-per-day.ts'

const topic = 'cdc.user.ratings'
const HOUR = 3_600_000
const DAY = 24 * HOUR
/** A day and its grace of two days. */
const LIFE = 3 * DAY
type Rating = CdcRows['cdc.user.ratings']
type Count = CdcRows['user.ratings-per-day']
const rating = (rated_at: number, over: Partial<Rating> = {}): Rating => ({ profile_id: 'p1', title_id: 't1', half_stars: 6, rated_at, version: 1, ...over })
const told = (driven: DrivenProcessor): readonly Count[] => driven.emitted().map(({ after }) => after as Count)
const last = (driven: DrivenProcessor): Count | undefined => told(driven).at(-1)
const given = async (...changes: readonly Change[]): Promise<DrivenProcessor> => (await driveProcessor(processor)).apply(...changes)

describe('ratings-per-day', () => {
  it('given a rating, counts it in its day', async () => {
    const driven = await given(created(topic, rating(5 * HOUR)))
    expect(driven.emitted()).toEqual([{ op: 'c', before: null, after: { title_id: 't1', starts_at: 0, ends_at: DAY, count: 1, sum_half_stars: 6, revision: 1, final: false } }])
  })

  it('given another of the same day, tells the day again, on what it was', async () => {
    const driven = await given(created(topic, rating(5 * HOUR)), created(topic, rating(DAY - 1, { profile_id: 'p2', half_stars: 10 })))
    const [first, second] = driven.emitted()
    expect(second).toEqual({ op: 'u', before: first?.after, after: { title_id: 't1', starts_at: 0, ends_at: DAY, count: 2, sum_half_stars: 16, revision: 2, final: false } })
  })

  it('given an older one while its day has grace, counts it late as it is; a millisecond later it is dropped', async () => {
    const early = rating(HOUR, { profile_id: 'p2' })
    const inGrace = await given(created(topic, rating(LIFE - 1)), created(topic, early))
    expect([last(inGrace)?.starts_at, inGrace.dropped('late')]).toEqual([0, 0])
    const tooLate = await given(created(topic, rating(LIFE)), created(topic, early))
    expect([last(tooLate)?.starts_at, tooLate.dropped('late')]).toEqual([LIFE, 1])
    expect(tooLate.state('member')).toHaveLength(1)
  })

  it('given time past a day and its grace, tells it once more as final and forgets it', async () => {
    const driven = await given(created(topic, rating(HOUR)), created(topic, rating(HOUR, { profile_id: 'p2' })), created(topic, rating(LIFE, { title_id: 't2' })))
    expect(told(driven).filter(({ final }) => final)).toEqual([{ title_id: 't1', starts_at: 0, ends_at: DAY, count: 2, sum_half_stars: 12, revision: 3, final: true }])
    expect(driven.state('window').map((row) => row['key'])).toEqual(['t2'])
    expect(driven.state('member').map((row) => row['key'])).toEqual(['t2'])
  })

  it('given many ratings of a day that is over, closes it in steps', async () => {
    const many = Array.from({ length: 1_700 }, (_, n) => created(topic, rating(HOUR, { profile_id: `p${n}`, title_id: `t${n % 3}` })))
    const driven = (await given(...many)).apply(created(topic, rating(LIFE)))
    expect(told(driven).filter(({ final }) => final).map(({ title_id, count }) => [title_id, count])).toEqual([['t0', 567], ['t1', 567], ['t2', 566]])
    expect(driven.state('member')).toHaveLength(1)
  })

  it('given other stars, replaces what the rating counted', async () => {
    const driven = await given(created(topic, rating(HOUR)), updated(topic, rating(HOUR), rating(HOUR, { half_stars: 9, version: 2 })))
    expect(last(driven)).toMatchObject({ count: 1, sum_half_stars: 9, revision: 2 })
  })

  it('given a rating moved to another day, takes it from the one and gives it to the other', async () => {
    const moved = updated(topic, rating(HOUR), rating(DAY + HOUR, { version: 2 }))
    expect(told(await given(created(topic, rating(HOUR)), moved)).slice(1)).toMatchObject([{ starts_at: 0, count: 0, sum_half_stars: 0 }, { starts_at: DAY, count: 1 }])
  })

  it('given a rating moved out of a day that is over, leaves that day as it is', async () => {
    const driven = await given(created(topic, rating(HOUR)), updated(topic, rating(HOUR), rating(LIFE + HOUR, { version: 2 })))
    expect(told(driven).slice(1)).toMatchObject([{ starts_at: 0, count: 1, final: true }, { starts_at: LIFE, count: 1 }])
    expect(driven.dropped('late')).toBe(1)
  })

  it('given a removal, counts one less; a day that is left with none is still told as final', async () => {
    const driven = await given(created(topic, rating(HOUR)), deleted(topic, rating(HOUR)))
    expect(last(driven)).toMatchObject({ count: 0, sum_half_stars: 0 })
    expect(told(driven.apply(created(topic, rating(LIFE)))).find(({ final }) => final)).toMatchObject({ starts_at: 0, count: 0 })
  })

  it('given a rating removed and made again, counts it once', async () => {
    const driven = await given(created(topic, rating(HOUR)), deleted(topic, rating(HOUR)), created(topic, rating(2 * HOUR, { version: 2 })))
    expect(last(driven)).toMatchObject({ count: 1, sum_half_stars: 6 })
  })

  it('given the same again, or what a snapshot has overtaken, says nothing', async () => {
    const newest = rating(HOUR, { half_stars: 3, version: 3 })
    const driven = await given(created(topic, rating(HOUR)), snapshot(topic, newest))
    const said = driven.emitted().length
    driven.apply(snapshot(topic, newest), updated(topic, rating(HOUR), rating(HOUR, { half_stars: 9, version: 2 })), updated(topic, rating(HOUR, { half_stars: 9, version: 2 }), newest))
    expect(driven.emitted()).toHaveLength(said)
  })

  it('equals a fold over the whole table, day by day as time closes them', async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const changes = changesOf(steps)
      const driven = await given(...changes)
      const expected = folded(changes)
      const counts = new Map<string, Count>()
      for (const count of told(driven)) {
        const cell = `${count.title_id}/${count.starts_at}`
        const before = counts.get(cell)
        expect([before?.final ?? false, count.revision]).toEqual([false, (before?.revision ?? 0) + 1]) // nothing follows what was final
        counts.set(cell, count)
      }
      expect(new Map([...counts].map(([cell, { count, sum_half_stars, final }]) => [cell, { count, sum: sum_half_stars, final }]))).toEqual(expected.counts)
      expect(driven.dropped('late')).toBe(expected.late)
    }), { numRuns: 300 })
  })
})

interface Step { readonly profile: number; readonly title: number; readonly hours: number; readonly stars: number; readonly remove: boolean }
const step: fc.Arbitrary<Step> = fc.record({ profile: fc.nat(3), title: fc.nat(1), hours: fc.integer({ min: -100, max: 40 }), stars: fc.integer({ min: 1, max: 10 }), remove: fc.boolean() })

/** Lives of ratings, at times that wander forwards. */
function changesOf(steps: readonly Step[]): readonly Change[] {
  const rows = new Map<string, Rating>()
  return steps.flatMap(({ profile, title, hours, stars, remove }, n): Change[] => {
    const key = { profile_id: `p${profile}`, title_id: `t${title}` }
    const cell = `${key.profile_id}/${key.title_id}`
    const before = rows.get(cell)
    if (remove) {
      rows.delete(cell)
      return before === undefined ? [] : [deleted(topic, before)]
    }
    const after = { ...key, half_stars: stars, rated_at: 400 * HOUR + n * 6 * HOUR + hours * HOUR, version: n + 1 }
    rows.set(cell, after)
    return [before === undefined ? created(topic, after) : updated(topic, before, after)]
  })
}

/**
 * By brute force: a day is what the table had of it just before the change that ended its grace, or has of it now. A change drops a part for
 * each day that was over by then, of those that it takes a rating from or gives one to.
 */
function folded(changes: readonly Change[]) {
  const tables: ReadonlyMap<string, Rating>[] = [new Map()]
  const times: number[] = []
  let late = 0
  const days = new Set<number>()
  for (const { before, after } of changes as unknown as readonly { before: Rating | null; after: Rating | null }[]) {
    const table = new Map(tables.at(-1))
    const { profile_id, title_id, rated_at } = (after ?? before) as Rating
    if (after === null) table.delete(`${profile_id}/${title_id}`)
    else table.set(`${profile_id}/${title_id}`, after)
    tables.push(table)
    times.push(Math.max(times.at(-1) ?? rated_at, rated_at))
    const touched = new Set([before, after].flatMap((row) => (row === null ? [] : [Math.floor(row.rated_at / DAY) * DAY])))
    for (const day of touched) {
      if (day + LIFE <= (times.at(-1) ?? 0)) late++
      days.add(day)
    }
  }
  const counts = new Map<string, { count: number; sum: number; final: boolean }>()
  for (const day of days) {
    const ended = times.findIndex((time) => day + LIFE <= time)
    const until = ended === -1 ? changes.length : ended
    for (const title of ['t0', 't1']) {
      const everHad = tables.slice(0, until + 1).some((table) => [...table.values()].some((row) => row.title_id === title && Math.floor(row.rated_at / DAY) * DAY === day))
      if (!everHad) continue
      const rows = [...(tables[until]?.values() ?? [])].filter((row) => row.title_id === title && Math.floor(row.rated_at / DAY) * DAY === day)
      counts.set(`${title}/${day}`, { count: rows.length, sum: rows.reduce((sum, row) => sum + row.half_stars, 0), final: ended !== -1 })
    }
  }
  return { counts, late }
}
