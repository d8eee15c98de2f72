import { expect, test } from 'vitest'
import { openCaretaker } from './caretaker.ts'
import type { Editions } from './editions-log.ts'
import { abortRebuild, beginGrace, beginRebuild, type Builds, caughtUp, type Change, dropVersion, type Entry, firstBuilds, switchReaders, versionName } from './editions.ts'
import { failurePolicy } from './failure.ts'
import type { ViewStore } from './store.ts'
import { groupName, type View } from './view.ts'

const view: View = { name: 'things', version: 1, build: 0, store: 'memory', from: { 'cdc.things': ['id'] }, rows: { thing: { key: ['id'], columns: { id: 'text' } } }, failure: failurePolicy(), touches: undefined, apply: () => [] }

/** Everything a caretaker has to do with: the book, a topic with `end` records, groups and stores. */
function house({ changes = [], views = [view], end = 10 }: { readonly changes?: readonly Change[]; readonly views?: readonly View[]; readonly end?: number } = {}) {
  const state = { now: 0, committed: 0, busy: new Set<string>(), storeAway: 0, read: true }
  const done: string[] = []
  let builds: Builds = changes.reduce((before, change) => change(before), firstBuilds(view))
  const entry = (): Entry => ({ offset: 0, builds: { ...builds, expects: -1, change: 'CaughtUp', change_id: '', changed_at: 0, changed_by: '' } })
  const editions: Editions = {
    known: async () => {}, state: () => (state.read ? 'read' : 'unread'), of: () => builds, all: () => [entry()], onChange: () => () => {}, close: async () => {},
    async change(_version, name, change) {
      builds = change(builds)
      done.push(name)
      return entry()
    },
  }
  const store = async (of: View): Promise<ViewStore> => ({
    positions: async () => ({ fence: '', next: new Map() }),
    async drop() {
      if (state.storeAway-- > 0) throw new Error('away')
      done.push(`dropped ${groupName(of)}`)
    },
  }) as Pick<ViewStore, 'positions' | 'drop'> as ViewStore
  const caretaker = openCaretaker({
    editions, store, views, log: () => {}, clock: { now: () => state.now },
    kafka: { offsets: async () => [{ partition: 0, low: 0, high: end }] },
    groups: {
      committed: async () => new Map([['cdc.things/0', state.committed]]), list: async () => new Map(), members: async () => [], offsetsAt: async () => new Map(), close: async () => {},
      remove: async (group) => (state.busy.has(group) ? 'busy' : 'removed'),
    },
  })
  return { state, done, caretaker, builds: () => builds, rounds: async (n: number) => { for (let i = 0; i < n; i++) await caretaker.round() } }
}

test('a new version is noted as caught up once it has come to the end of its topics, whoever fills it', async () => {
  const { state, done, builds, rounds } = house()
  state.committed = 9
  await rounds(3)
  expect(builds().caught_up).toBe(false)
  state.committed = 10
  await rounds(3)
  expect([builds().caught_up, done]).toEqual([true, ['CaughtUp']])
})

test('a build is retired when its grace is over, and then removed with its group, in that order', async () => {
  const { state, done, builds, rounds } = house({ changes: [caughtUp, beginRebuild, switchReaders, beginGrace(1_000)] })
  state.now = 999
  await rounds(2)
  expect(done).toEqual([])
  state.now = 1_000
  await rounds(2)
  expect(done).toEqual(['Retired', 'dropped things-v1', 'BuildDropped'])
  expect(builds()).toMatchObject({ live: 1, previous: null, dropping: [] })
})

test('a build whose group has members is left alone until they are gone', async () => {
  const { state, done, rounds } = house({ changes: [caughtUp, beginRebuild, abortRebuild] })
  state.busy.add('things-v1-b1')
  await rounds(3)
  expect(done).toEqual([])
  state.busy.clear()
  await rounds(1)
  expect(done).toEqual(['dropped things-v1-b1', 'BuildDropped'])
})

test('a removal that fails rests longer each time, and is done in the end', async () => {
  const { state, done, rounds } = house({ changes: [caughtUp, beginRebuild, abortRebuild] })
  state.storeAway = 3
  let count = 0
  for (; done.length === 0; count++) await rounds(1)
  expect([count, done]).toEqual([12, ['dropped things-v1-b1', 'BuildDropped']]) // rests of 1, 3 and 7 rounds
})

test('what a worker wrote that left after its build was gone is removed; of a build that is wanted, nothing', async () => {
  const { done, caretaker, rounds } = house({ changes: [caughtUp] })
  caretaker.left({ ...view, build: 0 })
  caretaker.left({ ...view, build: 5 })
  await rounds(2)
  expect(done).toEqual(['dropped things-v1-b5'])
})

test('a version that was dropped, and that this process defines, begins anew', async () => {
  const { builds, rounds } = house({ changes: [dropVersion] })
  await rounds(2)
  expect(builds()).toMatchObject({ live: 1, dropping: [], last_build: 1 })
})

test('a version that no code here defines is removed, not begun anew', async () => {
  const { builds, rounds } = house({ changes: [dropVersion], views: [] })
  await rounds(2)
  expect([versionName(view), builds().live, builds().dropping]).toEqual(['things-v1', null, []])
})

test('nothing is touched before the book has been read', async () => {
  const { state, done, caretaker, rounds } = house({ changes: [caughtUp, beginRebuild, abortRebuild] })
  state.read = false
  caretaker.left({ ...view, build: 5 })
  await rounds(3)
  expect(done).toEqual([])
})
