import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  abortRebuild, accept, beginGrace, beginRebuild, buildDropped, type Builds, caughtUp, type Change, dropVersion, EditionError, type Entry, firstBuilds, NOTHING, remainsOf,
  retire, reviveVersion, roleOf, rollBack, switchReaders, type ViewBuilds, type ViewChange, worked,
} from './editions.ts'
import { groupName, storeName } from './view.ts'

const version = { name: 'title-stats', version: 2, store: 'redis', rows: { stats: { key: ['title_id'], columns: { title_id: 'text' } } } } as const
const first = firstBuilds(version)
const after = (...changes: readonly Change[]): Builds => changes.reduce((builds, change) => change(builds), first)
const shape = ({ live, building, previous, retire_at, dropping, last_build }: Builds) => ({ live, building, previous, retire_at, dropping, last_build })

describe('the builds of a view', () => {
  test('begin with build 0, which names nothing anew', () => {
    expect(shape(first)).toEqual({ live: 0, building: null, previous: null, retire_at: null, dropping: [], last_build: 0 })
    expect([groupName({ ...version, build: 0 }), storeName({ ...version, build: 3 })]).toEqual(['title-stats-v2', 'title-stats_v2_b3'])
  })

  test('are rebuilt beside the live one, switched, kept for a grace, and dropped', () => {
    expect(shape(after(caughtUp, beginRebuild))).toEqual({ live: 0, building: 1, previous: null, retire_at: null, dropping: [], last_build: 1 })
    const switched = after(caughtUp, beginRebuild, switchReaders)
    expect(shape(switched)).toEqual({ live: 1, building: null, previous: 0, retire_at: null, dropping: [], last_build: 1 })
    expect(worked(switched)).toEqual([1, 0])
    const retired = retire(1_000)(beginGrace(1_000)(switched))
    expect(shape(retired)).toEqual({ live: 1, building: null, previous: null, retire_at: null, dropping: [0], last_build: 1 })
    expect(shape(buildDropped(0)(retired))).toEqual({ live: 1, building: null, previous: null, retire_at: null, dropping: [], last_build: 1 })
  })

  test('go back to the previous one, and forth again', () => {
    const back = after(beginRebuild, switchReaders, beginGrace(1_000), rollBack)
    expect(shape(back)).toEqual({ live: 0, building: null, previous: 1, retire_at: null, dropping: [], last_build: 1 })
    expect(shape(rollBack(back))).toMatchObject({ live: 1, previous: 0 })
  })

  test('give up what was kept before, where a rebuild follows a rebuild', () => {
    expect(shape(after(beginRebuild, switchReaders, beginRebuild, switchReaders))).toEqual({ live: 2, building: null, previous: 1, retire_at: null, dropping: [0], last_build: 2 })
  })

  test('never use the number of an aborted build again', () => {
    expect(shape(after(beginRebuild, abortRebuild, beginRebuild))).toEqual({ live: 0, building: 2, previous: null, retire_at: null, dropping: [1], last_build: 2 })
  })

  test('of a version that is dropped are all given up; wanted again, it begins anew', () => {
    const dropped = after(caughtUp, beginRebuild, switchReaders, beginRebuild, dropVersion)
    expect({ ...shape(dropped), caught_up: dropped.caught_up }).toEqual({ live: null, building: null, previous: null, retire_at: null, dropping: [1, 2, 0], last_build: 2, caught_up: false })
    expect(shape(reviveVersion(dropped))).toMatchObject({ live: 3, last_build: 3 })
  })

  test.each<[string, Change, Builds]>([
    ['a second rebuild at once', beginRebuild, after(beginRebuild)],
    ['a rebuild of what was dropped', beginRebuild, after(dropVersion)],
    ['a switch to nothing', switchReaders, first],
    ['going back to nothing', rollBack, after(beginRebuild)],
    ['a grace for nothing', beginGrace(1), first],
    ['retiring before the grace has begun', retire(5), after(beginRebuild, switchReaders)],
    ['retiring before the grace is over', retire(4), after(beginRebuild, switchReaders, beginGrace(5))],
    ['aborting nothing', abortRebuild, first],
    ['noting the removal of a build in use', buildDropped(0), first],
    ['noting twice that it caught up', caughtUp, after(caughtUp)],
    ['dropping twice', dropVersion, after(dropVersion)],
    ['reviving what lives', reviveVersion, first],
  ])('refuse %s', (_, change, builds) => {
    expect(() => change(builds)).toThrow(EditionError)
  })

  test('are dropped by what their record says of them, though no code does', () => {
    expect(remainsOf(after(beginRebuild), 1)).toMatchObject({ name: 'title-stats', version: 2, build: 1, store: 'redis', rows: version.rows })
  })
})

const changes: Readonly<Record<string, readonly [ViewChange, Change]>> = {
  caughtUp: ['CaughtUp', caughtUp], begin: ['RebuildBegun', beginRebuild], switch: ['Switched', switchReaders], rollBack: ['RolledBack', rollBack],
  grace: ['GraceBegun', beginGrace(10)], retire: ['Retired', retire(10)], abort: ['Aborted', abortRebuild],
  clear: ['BuildDropped', (builds) => buildDropped(builds.dropping[0] ?? NOTHING)(builds)], drop: ['VersionDropped', dropVersion], revive: ['VersionRevived', reviveVersion],
}
/** Several writers, each of which may have read less than there is when it writes, as `lateness` says. */
const writes = fc.array(fc.record({ change: fc.constantFrom(...Object.values(changes)), lateness: fc.nat(3), edition: fc.constantFrom('a-v1', 'b-v1') }), { maxLength: 60 })

interface Written { readonly record: ViewBuilds; readonly before: Builds }

/** The topic as these writers would leave it, and what each believed it changed. */
function topicOf(plan: readonly { readonly change: readonly [ViewChange, Change]; readonly lateness: number; readonly edition: string }[]): readonly Written[] {
  const topic: Written[] = []
  for (const { change: [name, change], lateness, edition } of plan) {
    const seen = fold(topic.slice(0, Math.max(0, topic.length - lateness)).map(({ record }) => record))
    const entry = seen.get(edition)
    const before: Builds = entry?.builds ?? { ...first, edition }
    let made: Builds
    try {
      made = change(before)
    } catch {
      continue // refused, so not written
    }
    const change_id = String(topic.length)
    topic.push({ before, record: { ...made, expects: entry?.offset ?? NOTHING, change: name, change_id, changed_at: 0, changed_by: 'test' } })
  }
  return topic
}

function fold(records: readonly ViewBuilds[]): ReadonlyMap<string, Entry> {
  const book = new Map<string, Entry>()
  records.forEach((record, offset) => accept(book, offset, record))
  return book
}

describe('the topic of changes', () => {
  test('holds one history, whoever writes to it and however late they read', () => {
    fc.assert(fc.property(writes, (plan) => {
      const topic = topicOf(plan)
      const book = new Map<string, Entry>()
      const states = new Map<string, Builds>()
      const everUsed = new Map<string, Set<number>>()
      topic.forEach(({ record, before }, offset) => {
        if (!accept(book, offset, record)) return
        // what counts was made from what counted before it: no change is lost, none is made from a state that was not
        expect(before).toEqual(states.get(record.edition) ?? { ...first, edition: record.edition })
        states.set(record.edition, record)
        const named = [record.live, record.building, record.previous, ...record.dropping].filter((build) => build !== null)
        expect(new Set(named).size).toBe(named.length)
        expect(Math.max(...named, 0)).toBeLessThanOrEqual(record.last_build)
        const gone = everUsed.get(record.edition) ?? new Set()
        everUsed.set(record.edition, gone)
        for (const build of named) expect(gone.has(build), `build ${build} comes back`).toBe(false)
        for (let build = 0; build <= record.last_build; build++) if (roleOf(record, build) === 'gone') gone.add(build)
      })
    }), { numRuns: 500 })
  })

  test('reads the same again from any place, and however often', () => {
    fc.assert(fc.property(writes, fc.nat(60), (plan, from) => {
      const records = topicOf(plan).map(({ record }) => record)
      const book = new Map(fold(records))
      records.forEach((record, offset) => { if (offset >= from) expect(accept(book, offset, record)).toBe(false) })
      expect(book).toEqual(fold(records))
    }))
  })

  test('lets the first of two changes of one state win', () => {
    const write = (name: ViewChange, made: Builds): ViewBuilds => ({ ...made, expects: NOTHING, change: name, change_id: name, changed_at: 0, changed_by: 'test' })
    const book = new Map<string, Entry>()
    expect([accept(book, 4, write('RebuildBegun', beginRebuild(first))), accept(book, 5, write('VersionDropped', dropVersion(first)))]).toEqual([true, false])
    expect(book.get(first.edition)).toMatchObject({ offset: 4, builds: { change: 'RebuildBegun' } })
  })
})
