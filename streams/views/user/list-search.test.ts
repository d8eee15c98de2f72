import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { created, deleted, drive, updated } from '../../runtime/testing.ts'
import { histories, someOf } from '../histories.ts'
import { searchText } from '../text.ts'
import view, { findLists } from './list-search.ts'

const topic = 'cdc.user.lists'
const list = (over: { readonly list_id?: string; readonly kind?: string; readonly name?: string; readonly visibility?: string } = {}) =>
  ({ list_id: 'l1', profile_id: 'p1', kind: 'custom', name: 'Heist Films', visibility: 'public', ...over })
const found = { list_id: 'l1', profile_id: 'p1', name: 'Heist Films', search_text: 'heist films heistfilms' }

describe('list-search', () => {
  it('given lists, has the public ones that have a name and were made to be shown', () => {
    const others = [list({ visibility: 'unlisted' }), list({ visibility: 'private' }), list({ kind: 'watchlist' }), list({ kind: 'favourites' }), list({ name: '' })]
    const driven = drive(view).apply(created(topic, list()), ...others.map((one, index) => created(topic, { ...one, list_id: `o${index}` })))
    expect(driven.rows('list')).toEqual([found])
  })

  it.each(['unlisted', 'private'])('given a list that becomes %s, no longer has it, and has it again once it is public', (visibility) => {
    const driven = drive(view).apply(created(topic, list()), updated(topic, list(), list({ visibility })))
    expect(driven.rows('list')).toEqual([])
    expect(driven.apply(updated(topic, list({ visibility }), list())).rows('list')).toEqual([found])
  })

  it('given a list that loses its name or is removed, has nothing of it', () => {
    expect(drive(view).apply(created(topic, list()), updated(topic, list(), list({ name: '' }))).rows('list')).toEqual([])
    expect(drive(view).apply(created(topic, list()), deleted(topic, list())).rows('list')).toEqual([])
  })

  it('given no words, asks the store nothing', async () => {
    const reader = { label: String, type: String, search: String, run: () => Promise.reject(new Error('asked')) }
    expect(await findLists(reader, ' *:! ', { offset: 0, limit: 9 })).toEqual([])
  })

  it('follows from the final table, whatever happened on the way', () => {
    const history = histories(view, {
      [topic]: fc.record({
        list_id: someOf('l1', 'l2'), kind: someOf('custom', 'watchlist'), name: someOf('', 'Heists', 'Été'), visibility: someOf('public', 'unlisted', 'private'),
      }).map((row) => ({ ...row, profile_id: 'p1', description_id: null, ranked: 0, cloned_from: null, version: 0, created_at: 0, updated_at: 0 })),
    })
    fc.assert(fc.property(history, ({ changes, final }) => {
      expect(drive(view).apply(...changes).rows('list')).toEqual(final[topic]
        .filter(({ kind, name, visibility }) => kind === 'custom' && name !== '' && visibility === 'public')
        .map(({ list_id, profile_id, name }) => ({ list_id, profile_id, name, search_text: searchText(name) })))
    }))
  })
})
