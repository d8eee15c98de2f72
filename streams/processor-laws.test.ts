import type { CdcRows } from '@cdlc/schemas/generated/topics.ts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { faultKinds, outcomeOf, schedules, toldBy } from './processor-laws.ts'
import perDay from './processors/user/ratings-per-day.ts'
import ratedTitles from './processors/user/rated-titles.ts'
import byProfile from './processors/user/ratings-by-profile.ts'
import { partitionOf } from './runtime/partition.ts'
import { driveProcessor } from './runtime/processor-testing.ts'
import { defineProcessor, type Output, type Processor, processorGroup } from './runtime/processor.ts'
import { created, deleted, snapshot, updated } from './runtime/testing.ts'
import type { Change } from './runtime/view.ts'

const RATINGS = 'cdc.user.ratings'
const TITLES = 'cdc.content.titles'
const runs = { numRuns: Number(process.env['CDLC_LAW_RUNS'] ?? 200) }
type Rating = CdcRows['cdc.user.ratings']

const DAY = 86_400_000
/** Lives of ratings in one partition: written, changed, removed and read again, at times that wander forwards. */
const ratings = (partition: number, maxLength = 30): fc.Arbitrary<readonly Change[]> => fc.array(fc.record({
  profile: fc.nat(2), title: fc.nat(1), stars: fc.integer({ min: 1, max: 10 }), hours: fc.integer({ min: -100, max: 30 }), act: fc.constantFrom('write', 'write', 'write', 'remove', 'snapshot'),
}), { maxLength }).map((steps) => {
  const rows = new Map<string, Rating>()
  let now = 20_000 * DAY
  return steps.flatMap(({ profile, title, stars, hours, act }, n): Change[] => {
    now += 5 * 3_600_000
    const id = { profile_id: `p${profile}`, title_id: `t${partition}${title}` }
    const cell = JSON.stringify(id)
    const before = rows.get(cell)
    if (act === 'write') {
      const after: Rating = { ...id, half_stars: stars, rated_at: now + hours * 3_600_000, version: n + 1 }
      rows.set(cell, after)
      return [before === undefined ? created(RATINGS, after) : updated(RATINGS, before, after)]
    }
    if (before === undefined) return []
    if (act === 'snapshot') return [snapshot(RATINGS, before)]
    rows.delete(cell)
    return [deleted(RATINGS, before)]
  })
})
/** With two that both take themselves for it, most of what one does the other undoes. */
const owners = fc.integer({ min: 1, max: 2 })
const twoPartitions = fc.tuple(ratings(0), ratings(1))

/** What one undisturbed run over each source partition emits, by output partition and source. */
async function undisturbed(processor: Processor, topic: string, logs: readonly (readonly Change[])[], column: string) {
  const expected = new Map<string, { offset: number; index: number; key: string; change: Output }[]>()
  let late = 0
  for (const [partition, log] of logs.entries()) {
    const driven = await driveProcessor(processor)
    for (const [offset, change] of log.entries()) {
      const from = driven.emitted().length
      driven.apply(change)
      driven.emitted().slice(from).forEach((output, index) => {
        const key = String((output.after ?? output.before)?.[column])
        const place = `${partitionOf(key, logs.length)} ${processorGroup(processor)}/${topic}/${partition}`
        expected.set(place, [...expected.get(place) ?? [], { offset, index, key, change: output }])
      })
    }
    late += driven.dropped('late')
  }
  return { expected, late }
}

/** Says each rating as often as it has half stars, two to a step. */
const stuttering: Processor = defineProcessor('file:///processors/stuttering.ts', {
  version: 3, from: { 'cdc.user.ratings': ['profile_id', 'title_id', 'half_stars', 'rated_at', 'version'] }, to: 'user.ratings-by-profile',
  state: { said: { key: ['title_id'], columns: { title_id: 'text', times: 'int' } } },
  apply: ({ op, before, after }, { said }) => {
    const { title_id = '', half_stars = 0 } = after ?? before ?? {}
    const times = said.get({ title_id })?.times ?? 0
    const now = Math.min(2, half_stars - times)
    const more = times + now < half_stars
    return [
      ...Array.from({ length: now }, () => ({ emit: { op, before, after } })),
      ...(more ? [{ put: 'said', row: { title_id, times: times + now } } as const, { again: true } as const] : [{ remove: 'said', key: { title_id } } as const]),
    ]
  },
})

const single = [['ratings-by-profile', byProfile, 'profile_id'], ['ratings-per-day', perDay, 'title_id'], ['of many steps', stuttering, 'profile_id']] as const
describe.each(single)('the processor %s', (_name, processor, column) => {
  test('tells the same whatever happens to its owners, its disks and its broker', async () => {
    await fc.assert(fc.asyncProperty(twoPartitions, schedules(), owners, async (logs, schedule, machines) => {
      const outcome = await outcomeOf(processor, new Map([[RATINGS, logs]]), column, schedule, machines)
      const { expected, late } = await undisturbed(processor, RATINGS, logs, column)
      const told = new Map<string, unknown[]>()
      toldBy(outcome, processor.to, 2).forEach((records, partition) => {
        for (const { source, place, key, change } of records) told.set(`${partition} ${source}`, [...told.get(`${partition} ${source}`) ?? [], { ...place, key, change }])
      })
      expect(told).toEqual(expected)
      expect(outcome.dropped['late'] ?? 0).toBe(late)
      expect(outcome.restored).toEqual(outcome.left)
    }), runs)
  })
})

test('records that come again, and end before an event that is half done, leave its first half done', async () => {
  const rating = (half_stars: number): Rating => ({ profile_id: 'p', title_id: 't', half_stars, rated_at: half_stars, version: half_stars })
  const log = [created(RATINGS, rating(1)), updated(RATINGS, rating(1), rating(3)), snapshot(RATINGS, rating(3))]
  const deliver = { act: 'deliver', machine: 0, topic: 0, partition: 0, shift: 0 } as const
  // the batch is cut within the last event, and the answer to its first part is lost; then the records before it come once more
  const outcome = await outcomeOf(stuttering, new Map([[RATINGS, [log]]]), 'profile_id', [
    { ...deliver, records: 1, fault: null }, { ...deliver, records: 3, fault: { step: 6, kind: 'lose' } }, { ...deliver, records: 1, fault: null }, { ...deliver, records: 1, fault: null },
  ])
  expect(toldBy(outcome, stuttering.to, 1)[0]?.map(({ place: { offset, index } }) => `${offset}/${index}`)).toEqual(['0/0', '1/0', '1/1', '1/2', '2/0', '2/1', '2/2'])
})

type Title = Pick<CdcRows['cdc.content.titles'], 'title_id' | 'version' | 'name' | 'kind' | 'release_year'>

/** Ratings and titles of one partition: their versions tell one time, their topics keep no common order. */
const tables = (partition: number) => fc.array(fc.record({
  what: fc.constantFrom('title', 'rating', 'rating', 'rating'), title: fc.nat(1), profile: fc.nat(2), stars: fc.integer({ min: 1, max: 10 }), act: fc.constantFrom('write', 'write', 'write', 'remove', 'snapshot'),
}), { maxLength: 40 }).map((steps) => {
  const rows = new Map<string, Rating | Title>()
  const logs: Record<string, Change[]> = { [RATINGS]: [], [TITLES]: [] }
  steps.forEach(({ what, title, profile, stars, act }, n) => {
    const title_id = `t${partition}${title}`
    const version = n + 1
    const topic = what === 'title' ? TITLES : RATINGS
    const cell = what === 'title' ? title_id : `${title_id}/${profile}`
    const before = rows.get(cell)
    const after: Rating | Title = what === 'title' ? { title_id, version, name: `name ${version}`, kind: 'movie', release_year: version % 3 === 0 ? null : 1900 + version }
      : { profile_id: `p${profile}`, title_id, half_stars: stars, rated_at: version * 1_000, version }
    if (act === 'write') {
      logs[topic]?.push((before === undefined ? created(topic, after) : updated(topic, before, after)))
      rows.set(cell, after)
    } else if (before !== undefined && act === 'remove') {
      logs[topic]?.push(deleted(topic, before))
      rows.delete(cell)
    } else if (before !== undefined) {
      logs[topic]?.push(snapshot(topic, before))
    }
  })
  return logs
})

/** Every rating that is there in the end, with the newest version of its title that was not newer, or else the first one. */
function temporalJoin(logs: Readonly<Record<string, readonly Change[]>>): ReadonlyMap<string, unknown> {
  const titles = (logs[TITLES] ?? []).flatMap(({ after }) => (after === null ? [] : [after as Title]))
  const ratings = new Map<string, Rating>()
  for (const { before, after } of logs[RATINGS] ?? []) {
    const { title_id, profile_id } = (after ?? before) as Rating
    if (after === null) ratings.delete(`${title_id}/${profile_id}`)
    else ratings.set(`${title_id}/${profile_id}`, after as Rating)
  }
  return new Map([...ratings].flatMap(([cell, rating]) => {
    const versions = titles.filter((title) => title.title_id === rating.title_id).sort((a, b) => a.version - b.version)
    const title = versions.filter(({ version }) => version <= rating.version).at(-1) ?? versions[0]
    return title === undefined ? [] : [[cell, { ...rating, title_version: title.version, name: title.name, kind: title.kind, release_year: title.release_year }] as const]
  }))
}

describe('the processor rated-titles', () => {
  test('ends with the temporal join of its tables, each change following on the one before, whatever happens', async () => {
    await fc.assert(fc.asyncProperty(fc.tuple(tables(0), tables(1)), schedules(), owners, async (logs, schedule, machines) => {
      const sources = new Map([RATINGS, TITLES].map((topic) => [topic, logs.map((log) => log[topic] ?? [])]))
      const outcome = await outcomeOf(ratedTitles, sources, 'title_id', schedule, machines)
      const table = new Map<string, unknown>()
      for (const records of toldBy(outcome, ratedTitles.to, 2)) {
        for (const { key, change: { op, before, after } } of records) {
          const cell = `${key}/${String((after ?? before)?.['profile_id'])}`
          expect({ op, before }).toEqual({ op: before === null ? 'c' : after === null ? 'd' : 'u', before: table.get(cell) ?? null })
          if (after === null) table.delete(cell)
          else table.set(cell, after)
        }
      }
      expect(table).toEqual(new Map(logs.flatMap((log) => [...temporalJoin(log)])))
      expect(outcome.restored).toEqual(outcome.left)
    }), runs)
  })
})

test.each([byProfile, perDay])('$name, ended in peace again and again, repeats nothing', async (processor) => {
  const logs = fc.sample(twoPartitions, { numRuns: 5, seed: 7 }).map((log) => new Map([[RATINGS, log]]))
  for (const sources of logs) {
    const column = processor === byProfile ? 'profile_id' : 'title_id'
    const outcome = await outcomeOf(processor, sources, column, Array.from({ length: 20 }, (_, n) => (n % 3 === 2
      ? { act: 'hire', machine: 0, wipe: n % 2 === 0, past: 'stop', fault: null } : { act: 'deliver', machine: 0, topic: 0, partition: n % 2, records: 4, shift: 0, fault: null })), 1)
    expect(toldBy(outcome, processor.to, 2).map((told) => told.length)).toEqual([0, 1].map((partition) => outcome.log.records(processor.to, partition).length))
  }
})

test('a batch that failed is applied when it comes again, by the worker that it failed', async () => {
  const log = Array.from({ length: 6 }, (_, n): Change => created(RATINGS, { profile_id: 'p', title_id: 't', half_stars: 1, rated_at: n, version: n }))
  const deliver = { act: 'deliver', machine: 0, topic: 0, partition: 0, records: 3, shift: 0 } as const
  for (const kind of ['refuse', 'lose', 'delay', 'tear'] as const) {
    const { worked } = await outcomeOf(perDay, new Map([[RATINGS, [log]]]), 'title_id', [{ ...deliver, fault: { step: 0, kind } }, { ...deliver, fault: null }, { ...deliver, fault: null }], 1)
    expect(worked).toEqual([6])
  }
})

describe('a fault at any step, of any kind', () => {
  const title = (version: number): Title => ({ title_id: 't', version, name: `name ${version}`, kind: 'movie', release_year: 1972 })
  const rating = (version: number, profile = 'p'): Rating => ({ profile_id: profile, title_id: 't', half_stars: version % 10, rated_at: version, version })
  const logs: Readonly<Record<string, readonly Change[]>> = {
    [TITLES]: [created(TITLES, title(1)), updated(TITLES, title(1), title(4)), updated(TITLES, title(4), title(20))],
    [RATINGS]: [created(RATINGS, rating(3)), created(RATINGS, rating(5, 'q')), updated(RATINGS, rating(3), rating(6)), deleted(RATINGS, rating(5, 'q')), created(RATINGS, rating(9, 'q'))],
  }
  const sources = new Map([RATINGS, TITLES].map((topic) => [topic, [logs[topic] ?? []]]))
  const faults = [1, 2].flatMap((owners) => faultKinds.flatMap((kind) => Array.from({ length: 14 }, (_, step) => ({ kind, step, owners }))))

  test.each(faults)('leaves the same temporal join: $kind $step, of $owners', async ({ owners, ...fault }) => {
    const none = { machine: 0, partition: 0, shift: 0, fault: null }
    const outcome = await outcomeOf(ratedTitles, sources, 'title_id', [
      { act: 'deliver', ...none, topic: 1, records: 1 },
      // the owner fails with this batch in hand, and the next one hears of the other topic first
      { act: 'deliver', ...none, topic: 0, records: 4, fault },
      { act: 'hire', machine: 0, wipe: false, past: 'forget', fault: null },
      { act: 'deliver', ...none, topic: 1, records: 1 },
      { act: 'wake', machine: 0 },
      { act: 'settle' },
      { act: 'hire', machine: 0, wipe: true, past: 'kill', fault },
    ], owners)
    const table = new Map<string, unknown>()
    for (const { key, change: { before, after } } of toldBy(outcome, ratedTitles.to, 1).flat()) {
      const cell = `${key}/${String((after ?? before)?.['profile_id'])}`
      expect(before).toEqual(table.get(cell) ?? null)
      if (after === null) table.delete(cell)
      else table.set(cell, after)
    }
    expect(table).toEqual(temporalJoin(logs))
    expect(outcome.restored).toEqual(outcome.left)
  })
})
