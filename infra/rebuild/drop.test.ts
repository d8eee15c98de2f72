import { describe, expect, test } from 'vitest'
import type { Editions } from '@cdlc/streams/runtime/editions-log.ts'
import { beginRebuild, type Builds, caughtUp, type Change, dropVersion, EditionError, type Entry, firstBuilds, switchReaders } from '@cdlc/streams/runtime/editions.ts'
import { groupName, type View } from '@cdlc/streams/runtime/view.ts'
import type { LiveSinks } from '@cdlc/streams/sinks/live.ts'
import { orphanLines } from '../cli/views-list.ts'
import { dropVersionOf, orphans } from './drop.ts'

const rows = { thing: { key: ['id'], columns: { id: 'text' } } } as const
const builds = (name: string, version: number, ...changes: readonly Change[]): Builds => changes.reduce((before, change) => change(before), firstBuilds({ name, version, store: 'scylla', rows }))
const entry = (of: Builds): Entry => ({ offset: 0, builds: { ...of, expects: -1, change: 'CaughtUp', change_id: '', changed_at: 0, changed_by: '' } })

describe('what no code defines', () => {
  const defined = [{ name: 'a', version: 2 }, { name: 'b', version: 1 }] as unknown as readonly View[]
  const book = [builds('a', 1, caughtUp, beginRebuild), builds('a', 2), builds('b', 1), builds('gone', 3, caughtUp, dropVersion), { ...builds('c', 1, dropVersion), dropping: [] }].map(entry)

  test('is every version with something left, and none that is defined or quite gone', () => {
    expect(orphans(book, defined).map(({ edition }) => edition)).toEqual(['a-v1', 'gone-v3'])
  })

  test('is listed with its cure', () => {
    expect(orphanLines(book, defined)).toMatchObject([
      { name: 'a', version: 1, build: 0, role: 'live', state: 'orphaned', problem: 'no code defines it: cdlc views drop a --version 1' }, { name: 'gone', version: 3, role: 'dropping', state: 'orphaned' },
    ])
  })
})

describe('dropping a version', () => {
  /** A group in `busy` has members at one look. */
  function platform(of: Builds, { busy = [] as string[] } = {}) {
    let now = of
    const done: string[] = []
    const editions: Pick<Editions, 'known' | 'all' | 'change'> = {
      known: async () => {}, all: () => [entry(now)],
      async change(_version, name, change) { now = change(now); done.push(name); return entry(now) },
    }
    const live = { editions,
      groups: {
        members: async (group: string) => {
          if (!busy.includes(group)) return []
          busy.splice(busy.indexOf(group), 1)
          done.push(`${group} has workers`)
          return [{ client: 'old', host: 'x' }]
        },
        remove: async (group: string) => { done.push(`group ${group}`); return busy.includes(group) ? (busy.splice(busy.indexOf(group), 1), 'busy') : 'removed' },
      },
      store: async (view: View) => ({ drop: async () => { done.push(`rows ${groupName(view)} of ${Object.keys(view.rows).join()}`) } }) }
    return { live: live as unknown as LiveSinks, done, builds: () => now }
  }

  test('removes every build of it by what the record says, groups before and after rows', async () => {
    const { live, done, builds: now } = platform(builds('a', 1, beginRebuild, switchReaders))
    await dropVersionOf(live, 'a-v1')
    expect(done).toEqual(['VersionDropped', 'group a-v1-b1', 'rows a-v1-b1 of thing', 'group a-v1-b1', 'BuildDropped', 'group a-v1', 'rows a-v1 of thing', 'group a-v1', 'BuildDropped'])
    expect(now()).toMatchObject({ live: null, previous: null, dropping: [] })
  })

  test('waits for workers of older code to end before it begins, since they would begin the version again', async () => {
    const { live, done } = platform(builds('a', 1), { busy: ['a-v1'] })
    await dropVersionOf(live, 'a-v1')
    expect(done).toEqual(['a-v1 has workers', 'VersionDropped', 'group a-v1', 'rows a-v1 of thing', 'group a-v1', 'BuildDropped'])
  })

  test('leaves the rows of a build alone whose group has members again', async () => {
    const { live, done } = platform(builds('a', 1, dropVersion), { busy: ['a-v1'] })
    await dropVersionOf(live, 'a-v1')
    expect(done).toEqual(['group a-v1', 'group a-v1', 'rows a-v1 of thing', 'group a-v1', 'BuildDropped'])
  })

  test('that was begun before goes on; one that never was is refused', async () => {
    const { live, done } = platform(builds('a', 1, dropVersion))
    await dropVersionOf(live, 'a-v1')
    expect(done).not.toContain('VersionDropped')
    await expect(dropVersionOf(live, 'b-v1')).rejects.toThrow(EditionError)
  })
})
