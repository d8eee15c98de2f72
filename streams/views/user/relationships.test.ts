import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ScyllaReader } from '../../runtime/readers.ts'
import { created, deleted, drive, snapshot, updated } from '../../runtime/testing.ts'
import { histories, someOf } from '../histories.ts'
import { byText } from '../text.ts'
import view, { followersPage, followingPage, relationsFrom, relationsTo, requestsPage } from './relationships.ts'

const topic = 'cdc.user.relations'
const relation = (follow: string, followed_at: number | null = 5, over: { blocked?: number; muted?: number; other_id?: string; version?: number } = {}) =>
  ({ profile_id: 'p1', other_id: 'p2', follow, blocked: 0, muted: 0, followed_at, version: 1, ...over })
const listed = (followed_at: number, version = 1) => ({ profile_id: 'p1', other_id: 'p2', followed_at, version })
const lists = ['following', 'followers', 'requests']

/** Answers what it was asked, with its parameters, and the given rows to all of it. */
function asked(answer: (params: readonly unknown[]) => readonly unknown[] = () => []) {
  const questions: [string, readonly unknown[]][] = []
  const reader: ScyllaReader = {
    table: (row) => row,
    run: async (cql, params) => {
      questions.push([cql, params])
      return answer(params) as never
    },
  }
  return { reader, questions }
}

describe('relationships', () => {
  it('given a follow, has it from both sides and in both lists', () => {
    const driven = drive(view).apply(created(topic, relation('following')))
    expect([driven.rows('outgoing'), driven.rows('incoming')]).toEqual([[relation('following')], [relation('following')]])
    expect(lists.map((row) => driven.rows(row))).toEqual([[listed(5)], [listed(5)], []])
  })

  it('given one who asks, waits with the one who is asked, and once let in follows', () => {
    const driven = drive(view).apply(created(topic, relation('requested')))
    expect(lists.map((row) => driven.rows(row))).toEqual([[], [], [listed(5)]])
    driven.apply(updated(topic, relation('requested'), relation('following', 9, { version: 2 })))
    expect(lists.map((row) => driven.rows(row))).toEqual([[listed(9, 2)], [listed(9, 2)], []])
  })

  it('given a block, has the relation but lists nobody', () => {
    const blocked = relation('none', null, { blocked: 1, version: 2 })
    const driven = drive(view).apply(created(topic, relation('following')), updated(topic, relation('following'), blocked))
    expect([driven.rows('outgoing'), ...lists.map((row) => driven.rows(row))]).toEqual([[blocked], [], [], []])
  })

  it('given a follow renewed at another time, lists it once', () => {
    const driven = drive(view).apply(created(topic, relation('following')), updated(topic, relation('following'), relation('following', 9)))
    expect(driven.rows('followers')).toEqual([listed(9)])
  })

  it('given a relation removed, has nothing', () => {
    const driven = drive(view).apply(created(topic, relation('following')), snapshot(topic, relation('following')), deleted(topic, relation('following')))
    expect(Object.keys(view.rows).flatMap((row) => driven.rows(row))).toEqual([])
  })

  it('asks for several in one question, of the one side and of the other', async () => {
    const { reader } = asked((params) => [params])
    expect(await relationsTo(reader, 'p1', ['p4', 'p3', 'p2'])).toEqual([['p1', ['p4', 'p3', 'p2']]])
    expect(await relationsFrom(reader, ['p4', 'p3', 'p2'], 'p1')).toEqual([['p1', ['p4', 'p3', 'p2']]])
  })

  it('pages each list after the last one seen, by time and then by who is at the other end', async () => {
    const { reader, questions } = asked()
    const page = { profile_id: 'p1', limit: 3, after: { followed_at: 5, id: 'p2' } }
    for (const ask of [followingPage, followersPage, requestsPage]) await ask(reader, page)
    expect(questions).toEqual([
      ['following WHERE profile_id = ? AND (followed_at, other_id) < (?, ?) LIMIT ?', 'following'],
      ['followers WHERE other_id = ? AND (followed_at, profile_id) < (?, ?) LIMIT ?', 'followers'],
      ['requests WHERE other_id = ? AND (followed_at, profile_id) < (?, ?) LIMIT ?', 'requests'],
    ].map(([cql]) => [`SELECT profile_id, other_id, followed_at, version FROM ${cql}`, ['p1', 5, 'p2', 3]]))
  })

  it('follows from the final table, whatever happened on the way', () => {
    const rows = fc.record({
      profile_id: someOf('p1', 'p2'), other_id: someOf('p2', 'p3'), follow: someOf('none', 'requested', 'following'), blocked: someOf(0, 1), muted: someOf(0, 1),
      followed_at: someOf(1, 2, 3),
    })
    const history = histories(view, { [topic]: rows.map((row) => ({ ...row, version: 0, updated_at: 0 })) })
    fc.assert(fc.property(history, ({ changes, final }) => {
      const driven = drive(view).apply(...changes)
      const seen = (row: string) => driven.rows(row).map(({ profile_id, other_id, version }) => `${profile_id} ${other_id} ${version}`).toSorted(byText)
      const left = (...follows: readonly string[]) => final[topic].filter(({ follow }) => follows.includes(follow))
        .map(({ profile_id, other_id, version }) => `${profile_id} ${other_id} ${version}`).toSorted(byText)
      const all = left('none', 'requested', 'following')
      expect([seen('outgoing'), seen('incoming')]).toEqual([all, all])
      expect(lists.map(seen)).toEqual([left('following'), left('following'), left('requested')])
    }))
  })
})
