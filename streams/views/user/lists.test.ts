import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ScyllaReader } from '../../runtime/readers.ts'
import { created, deleted, drive, snapshot, updated } from '../../runtime/testing.ts'
import { histories, someOf } from '../histories.ts'
import { byText } from '../text.ts'
import view, { collaborationsOf, collaboratorsOf, entriesPage, list, listsByIds, listsOfProfile, listsWithTitle } from './lists.ts'

const [lists, entries, collaborators] = ['cdc.user.lists', 'cdc.user.list_entries', 'cdc.user.list_collaborators'] as const
interface Some { readonly profile_id?: string; readonly name?: string; readonly visibility?: string; readonly title_id?: string; readonly version?: number; readonly created_at?: number }
const kept = (list_id: string, over: Some = {}) => ({
  list_id, profile_id: 'p1', kind: 'custom', name: 'Heists', description_id: null, visibility: 'public', ranked: 1, cloned_from: null, version: 1, created_at: 5, updated_at: 5, ...over,
})
const entry = (title_id: string, place: string, over: { list_id?: string; version?: number } = {}) =>
  ({ list_id: 'l1', title_id, place, note_id: null, added_by: 'p1', version: 1, added_at: 5, ...over })
const keeper = (list_id: string, profile_id: string, version = 1) => ({ list_id, profile_id, version, added_at: 5 })
const [byList, byEntry, byKeeper] = [['lists', 'of_profile'], ['entries', 'with_title'], ['collaborators', 'collaborations']]
const columnsOf = (row: object): string => Object.keys(row).join(', ')

/** Answers what it was asked for, but nothing for the id `none`, and keeps the questions. */
function asked() {
  const questions: [string, readonly unknown[]][] = []
  const reader: ScyllaReader = {
    table: (row) => row,
    run: async (cql, params) => {
      questions.push([cql, params])
      return (params.includes('none') ? [] : [params[0]]) as never
    },
  }
  return { reader, questions }
}

describe('lists', () => {
  it('given lists, has each by itself and among its maker\'s, whatever its visibility', () => {
    const [open, secret] = [kept('l1'), kept('l2', { visibility: 'private' })]
    const driven = drive(view).apply(created(lists, open), created(lists, secret))
    expect(byList.map((row) => driven.rows(row))).toEqual([[open, secret], [open, secret]])
  })

  it('given a list whose name is written over and that is then removed, has nothing of it', () => {
    const nameless = kept('l1', { name: '', version: 2 })
    const driven = drive(view).apply(created(lists, kept('l1')), updated(lists, kept('l1'), nameless))
    expect(byList.map((row) => driven.rows(row))).toEqual([[nameless], [nameless]])
    driven.apply(snapshot(lists, nameless), deleted(lists, nameless))
    expect(byList.map((row) => driven.rows(row))).toEqual([[], []])
  })

  it('given entries, has them in the order of their places, compared as text, and by their titles', () => {
    const [second, first, elsewhere] = [entry('t1', 'b'), entry('t2', 'aZ'), entry('t1', 'Z', { list_id: 'l2' })]
    const driven = drive(view).apply(created(entries, second), created(entries, first), created(entries, elsewhere))
    expect([driven.rows('entries'), driven.rows('with_title')]).toEqual([[first, second, elsewhere], [second, elsewhere, first]])
  })

  it('given an entry that moves, has it once, in its new place', () => {
    const [before, after] = [entry('t1', 'b'), entry('t1', 'a', { version: 2 })]
    const driven = drive(view).apply(created(entries, before), updated(entries, before, after))
    expect(byEntry.map((row) => driven.rows(row))).toEqual([[after], [after]])
  })

  it('given two entries in one place, as two who add at once may leave them, has both', () => {
    const driven = drive(view).apply(created(entries, entry('t1', 'b')), created(entries, entry('t2', 'b')))
    expect(driven.rows('entries')).toHaveLength(2)
  })

  it('given an entry or a collaborator removed, has nothing of them', () => {
    const driven = drive(view).apply(created(entries, entry('t1', 'b')), created(collaborators, keeper('l1', 'p2')), created(collaborators, keeper('l1', 'p3')))
    expect(byKeeper.map((row) => driven.rows(row))).toEqual([[keeper('l1', 'p2'), keeper('l1', 'p3')], [keeper('l1', 'p2'), keeper('l1', 'p3')]])
    driven.apply(deleted(entries, entry('t1', 'b')), deleted(collaborators, keeper('l1', 'p2')))
    expect([...byEntry, ...byKeeper].map((row) => driven.rows(row))).toEqual([[], [], [keeper('l1', 'p3')], [keeper('l1', 'p3')]])
  })

  it('is asked for several by their ids, in the order given, and leaves out those that are not there', async () => {
    const { reader, questions } = asked()
    expect([await listsByIds(reader, ['b', 'none', 'a']), await list(reader, 'l1'), await list(reader, 'none')]).toEqual([['b', 'a'], 'l1', undefined])
    expect([...new Set(questions.map(([cql]) => cql))]).toEqual([`SELECT ${columnsOf(view.rows.lists.columns)} FROM lists WHERE list_id = ?`])
  })

  it('is asked for a maker\'s lists newest first, and for entries by place, from the start or after the last one seen', async () => {
    const { reader, questions } = asked()
    await listsOfProfile(reader, { profile_id: 'p1', limit: 3 })
    await listsOfProfile(reader, { profile_id: 'p1', limit: 3, after: { created_at: 5, list_id: 'l1' } })
    await entriesPage(reader, { list_id: 'l1', limit: 3 })
    await entriesPage(reader, { list_id: 'l1', limit: 3, after: { place: 'b', title_id: 't1' } })
    const [ofProfile, inList] = [`SELECT ${columnsOf(view.rows.lists.columns)} FROM of_profile WHERE profile_id = ?`, `SELECT ${columnsOf(view.rows.entries.columns)} FROM entries WHERE list_id = ?`]
    expect(questions).toEqual([
      [`${ofProfile} LIMIT ?`, ['p1', 3]],
      [`${ofProfile} AND (created_at, list_id) < (?, ?) LIMIT ?`, ['p1', 5, 'l1', 3]],
      [`${inList} LIMIT ?`, ['l1', 3]],
      [`${inList} AND (place, title_id) > (?, ?) LIMIT ?`, ['l1', 'b', 't1', 3]],
    ])
    expect(view.rows.of_profile.clustering).toEqual({ created_at: 'desc', list_id: 'desc' })
    expect(view.rows.entries).not.toHaveProperty('clustering')
  })

  it('is asked which lists have a title, who keeps a list, and which lists one keeps', async () => {
    const { reader, questions } = asked()
    await listsWithTitle(reader, 't1', 7)
    await collaboratorsOf(reader, 'l1')
    await collaborationsOf(reader, 'p2')
    const keepers = 'SELECT list_id, profile_id, version, added_at FROM'
    expect(questions).toEqual([
      [`SELECT ${columnsOf(view.rows.entries.columns)} FROM with_title WHERE title_id = ? LIMIT ?`, ['t1', 7]],
      [`${keepers} collaborators WHERE list_id = ? LIMIT ?`, ['l1', 200]],
      [`${keepers} collaborations WHERE profile_id = ? LIMIT ?`, ['p2', 200]],
    ])
  })

  it('follows from the final tables, whatever happened on the way', () => {
    const history = histories(view, {
      [lists]: fc.record({ id: someOf('l1', 'l2'), profile_id: someOf('p1', 'p2'), created_at: someOf(1, 2) }).map(({ id, ...row }) => kept(id, { ...row, version: 0 })),
      [entries]: fc.record({ list_id: someOf('l1', 'l2'), title_id: someOf('t1', 't2'), place: someOf('a', 'b') })
        .map(({ list_id, title_id, place }) => entry(title_id, place, { list_id, version: 0 })),
      [collaborators]: fc.record({ list_id: someOf('l1', 'l2'), profile_id: someOf('p1', 'p2') }).map(({ list_id, profile_id }) => keeper(list_id, profile_id, 0)),
    })
    fc.assert(fc.property(history, ({ changes, final }) => {
      const driven = drive(view).apply(...changes)
      const byId = (row: string, ...ids: readonly string[]) => {
        const idOf = (found: Readonly<Record<string, unknown>>): string => ids.map((id) => String(found[id])).join(' ')
        return driven.rows(row).toSorted((a, b) => byText(idOf(a), idOf(b)))
      }
      expect(byList.map((row) => byId(row, 'list_id'))).toEqual(byList.map(() => final[lists]))
      expect(byEntry.map((row) => byId(row, 'list_id', 'title_id'))).toEqual(byEntry.map(() => final[entries]))
      expect(byKeeper.map((row) => byId(row, 'list_id', 'profile_id'))).toEqual(byKeeper.map(() => final[collaborators]))
    }))
  })
})
