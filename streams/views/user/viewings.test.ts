import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ScyllaReader } from '../../runtime/readers.ts'
import { created, deleted, drive, snapshot, updated } from '../../runtime/testing.ts'
import { histories, someOf } from '../histories.ts'
import { byText } from '../text.ts'
import view, { NO_DAY, viewing, viewingsOf, viewingsPage } from './viewings.ts'

const topic = 'cdc.user.viewings'
interface Some { readonly viewing_id?: string; readonly title_id?: string; readonly profile_id?: string; readonly tags_sealed?: Uint8Array | null; readonly version?: number }
const seen = (watched_on: number | null, over: Some = {}) => ({
  viewing_id: 'v1', profile_id: 'p1', title_id: 't1', watched_on, half_stars: 8, liked: 1, rewatch: 0, tags_sealed: null, version: 1, created_at: 1, updated_at: 1, ...over,
})
const kinds = ['viewings', 'of_profile', 'of_title']

function asked(rows: readonly unknown[] = []) {
  const questions: [string, readonly unknown[]][] = []
  const reader: ScyllaReader = {
    table: (row) => row,
    run: async (cql, params) => {
      questions.push([cql, params])
      return rows as never
    },
  }
  return { reader, questions }
}

describe('viewings', () => {
  it('given a viewing, has it by itself, in its day of the diary, and among those of its title', () => {
    const driven = drive(view).apply(created(topic, seen(20_000)))
    expect(kinds.map((row) => driven.rows(row))).toEqual([[seen(20_000)], [{ day: 20_000, ...seen(20_000) }], [seen(20_000)]])
  })

  it('given one whose day nobody knows, has it on no day, which comes after every other', () => {
    const driven = drive(view).apply(created(topic, seen(null)))
    expect(driven.rows('of_profile')).toEqual([{ day: NO_DAY, ...seen(null) }])
    expect(NO_DAY).toBeLessThan(Date.parse('0000-01-01') / 86_400_000)
    expect(view.rows.of_profile).toMatchObject({ key: ['profile_id', 'day', 'viewing_id'], clustering: { day: 'desc', viewing_id: 'desc' } })
  })

  it('given tags, keeps them sealed, as text', () => {
    const sealed = seen(1, { tags_sealed: new Uint8Array([0, 255, 16]) })
    const driven = drive(view).apply(created(topic, sealed))
    expect(kinds.map((row) => driven.rows(row)[0]?.['tags_sealed'])).toEqual(['AP8Q', 'AP8Q', 'AP8Q'])
  })

  it('given another day, moves it in the diary; given none any more, to the end', () => {
    const driven = drive(view).apply(created(topic, seen(5)), updated(topic, seen(5), seen(9, { version: 2 })))
    expect(driven.rows('of_profile')).toEqual([{ day: 9, ...seen(9, { version: 2 }) }])
    driven.apply(updated(topic, seen(9, { version: 2 }), seen(null, { version: 3 })))
    expect(driven.rows('of_profile')).toEqual([{ day: NO_DAY, ...seen(null, { version: 3 }) }])
  })

  it('given two viewings of one title on one day, has both', () => {
    const driven = drive(view).apply(created(topic, seen(5)), created(topic, seen(5, { viewing_id: 'v2' })))
    expect(kinds.map((row) => driven.rows(row).length)).toEqual([2, 2, 2])
  })

  it('given a viewing removed, has nothing', () => {
    const driven = drive(view).apply(created(topic, seen(null)), snapshot(topic, seen(null)), deleted(topic, seen(null)))
    expect(kinds.flatMap((row) => driven.rows(row))).toEqual([])
  })

  it('is asked for one by its id', async () => {
    const { reader, questions } = asked([seen(5)])
    expect([await viewing(reader, 'v1'), await viewing(asked().reader, 'v1')]).toEqual([seen(5), undefined])
    expect(questions).toEqual([[expect.stringMatching(/FROM viewings WHERE viewing_id = \?$/), ['v1']]])
  })

  it('is asked for a page of the diary, from the newest day or after the last one seen, and for a title\'s', async () => {
    const { reader, questions } = asked()
    await viewingsPage(reader, { profile_id: 'p1', limit: 3 })
    await viewingsPage(reader, { profile_id: 'p1', limit: 3, after: { day: NO_DAY, viewing_id: 'v1' } })
    await viewingsOf(reader, 'p1', 't1')
    const selected = 'SELECT viewing_id, profile_id, title_id, watched_on, half_stars, liked, rewatch, tags_sealed, version, created_at, updated_at FROM'
    expect(questions).toEqual([
      [`${selected} of_profile WHERE profile_id = ? LIMIT ?`, ['p1', 3]],
      [`${selected} of_profile WHERE profile_id = ? AND (day, viewing_id) < (?, ?) LIMIT ?`, ['p1', NO_DAY, 'v1', 3]],
      [`${selected} of_title WHERE profile_id = ? AND title_id = ? LIMIT ?`, ['p1', 't1', 100]],
    ])
  })

  it('follows from the final table, whatever happened on the way', () => {
    const rows = fc.record({ viewing_id: someOf('v1', 'v2', 'v3'), profile_id: someOf('p1', 'p2'), title_id: someOf('t1', 't2'), watched_on: someOf(null, -1, 5) })
    const history = histories(view, { [topic]: rows.map(({ watched_on, ...row }) => seen(watched_on, { ...row, version: 0 })) })
    fc.assert(fc.property(history, ({ changes, final }) => {
      const driven = drive(view).apply(...changes)
      const byId = (row: string) => driven.rows(row).toSorted((a, b) => byText(String(a['viewing_id']), String(b['viewing_id'])))
      expect(kinds.map(byId)).toEqual([final[topic], final[topic].map((row) => ({ day: row.watched_on ?? NO_DAY, ...row })), final[topic]])
    }))
  })
})
