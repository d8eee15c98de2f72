import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ScyllaReader } from '../../runtime/readers.ts'
import { created, deleted, drive, snapshot, updated } from '../../runtime/testing.ts'
import { histories, someOf } from '../histories.ts'
import { byText } from '../text.ts'
import view, { comment, commentsByIds, review, reviewsByIds, reviewsOfProfile, reviewsOfTitle, textsByIds, thread } from './reviews.ts'

const [reviews, comments, texts] = ['cdc.user.reviews', 'cdc.user.comments', 'cdc.user.texts'] as const
interface Some { readonly title_id?: string; readonly profile_id?: string; readonly subject_id?: string; readonly state?: string; readonly version?: number; readonly created_at?: number }
const written = (review_id: string, over: Some = {}) => ({
  review_id, title_id: 't1', profile_id: 'p1', viewing_id: null, text_id: 'x1', half_stars: 8, spoiler: 0, language: 'en', state: 'published', edits: 0, version: 1,
  created_at: 5, updated_at: 5, ...over,
})
const said = (comment_id: string, over: Some = {}) => ({
  comment_id, subject_id: 'r1', subject_kind: 'review', parent_id: null, profile_id: 'p2', text_id: 'x2', state: 'published', version: 1, created_at: 5, updated_at: 5, ...over,
})
const worded = (body_sealed: Uint8Array, version = 1) => ({ text_id: 'x1', account_id: 'a1', body_sealed, version })
const [byReview, byComment] = [['reviews', 'of_title', 'of_profile'], ['comments', 'thread']]
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

describe('reviews', () => {
  it('given a review, has it by itself, among those of its title and among its author\'s', () => {
    const driven = drive(view).apply(created(reviews, written('r1')))
    expect(byReview.map((row) => driven.rows(row))).toEqual([[written('r1')], [written('r1')], [written('r1')]])
  })

  it('given one that is hidden, has it still, as hidden: who may see it is the reader\'s to say', () => {
    const hidden = written('r1', { state: 'hidden', version: 2 })
    const driven = drive(view).apply(created(reviews, written('r1')), updated(reviews, written('r1'), hidden))
    expect(byReview.map((row) => driven.rows(row))).toEqual([[hidden], [hidden], [hidden]])
  })

  it('given one that is taken back, has nothing of it, and leaves alone what was written at the same time', () => {
    const driven = drive(view).apply(created(reviews, written('r1')), created(reviews, written('r2')), snapshot(reviews, written('r1')), deleted(reviews, written('r1')))
    expect(byReview.map((row) => driven.rows(row))).toEqual([[written('r2')], [written('r2')], [written('r2')]])
  })

  it('given comments, has each by itself and all in the thread of what they are on, oldest first', () => {
    const [first, second, elsewhere] = [said('c2', { created_at: 5 }), said('c1', { created_at: 9 }), said('c3', { subject_id: 'l1' })]
    const driven = drive(view).apply(created(comments, second), created(comments, first), created(comments, elsewhere))
    expect(driven.rows('comments')).toEqual([second, first, elsewhere])
    expect(driven.rows('thread')).toEqual([elsewhere, first, second])
    expect(view.rows.thread).not.toHaveProperty('clustering')
  })

  it('given a comment hidden, has it as hidden; removed, has nothing', () => {
    const hidden = said('c1', { state: 'hidden', version: 2 })
    const driven = drive(view).apply(created(comments, said('c1')), updated(comments, said('c1'), hidden))
    expect(byComment.map((row) => driven.rows(row))).toEqual([[hidden], [hidden]])
    driven.apply(deleted(comments, hidden))
    expect(byComment.map((row) => driven.rows(row))).toEqual([[], []])
  })

  it('given a text, keeps it sealed, and empty once it is written over; removed, has nothing', () => {
    const body = worded(new Uint8Array([0, 255, 16]))
    const driven = drive(view).apply(created(texts, body))
    expect(driven.rows('texts')).toEqual([{ ...body, body_sealed: 'AP8Q' }])
    const empty = worded(new Uint8Array(), 2)
    expect(driven.apply(updated(texts, body, empty)).rows('texts')).toEqual([{ ...empty, body_sealed: '' }])
    expect(driven.apply(deleted(texts, empty)).rows('texts')).toEqual([])
  })

  it('is asked for several by their ids, in the order given, and leaves out those that are not there', async () => {
    const { reader, questions } = asked()
    for (const ask of [reviewsByIds, commentsByIds, textsByIds]) expect(await ask(reader, ['b', 'none', 'a'])).toEqual(['b', 'a'])
    expect([await review(reader, 'r1'), await review(reader, 'none'), await comment(reader, 'c1'), await comment(reader, 'none')]).toEqual(['r1', undefined, 'c1', undefined])
    expect([...new Set(questions.map(([cql]) => cql))]).toEqual([
      `SELECT ${columnsOf(view.rows.reviews.columns)} FROM reviews WHERE review_id = ?`, `SELECT ${columnsOf(view.rows.comments.columns)} FROM comments WHERE comment_id = ?`,
      'SELECT text_id, account_id, body_sealed, version FROM texts WHERE text_id = ?',
    ])
  })

  it('is asked for reviews newest first, and for comments oldest first, from the start or after the last one seen', async () => {
    const { reader, questions } = asked()
    for (const after of [{}, { after: { created_at: 5, review_id: 'r1' } }]) {
      await reviewsOfTitle(reader, { title_id: 't1', limit: 3, ...after })
      await reviewsOfProfile(reader, { profile_id: 'p1', limit: 3, ...after })
    }
    await thread(reader, { subject_id: 'r1', limit: 3 })
    await thread(reader, { subject_id: 'r1', limit: 3, after: { created_at: 5, comment_id: 'c1' } })
    expect(questions.map(([cql, params]) => [cql.replace(/^SELECT .* FROM /, ''), params])).toEqual([
      ['of_title WHERE title_id = ? LIMIT ?', ['t1', 3]],
      ['of_profile WHERE profile_id = ? LIMIT ?', ['p1', 3]],
      ['of_title WHERE title_id = ? AND (created_at, review_id) < (?, ?) LIMIT ?', ['t1', 5, 'r1', 3]],
      ['of_profile WHERE profile_id = ? AND (created_at, review_id) < (?, ?) LIMIT ?', ['p1', 5, 'r1', 3]],
      ['thread WHERE subject_id = ? LIMIT ?', ['r1', 3]],
      ['thread WHERE subject_id = ? AND (created_at, comment_id) > (?, ?) LIMIT ?', ['r1', 5, 'c1', 3]],
    ])
    expect([view.rows.of_title.clustering, view.rows.of_profile.clustering]).toEqual([{ created_at: 'desc', review_id: 'desc' }, { created_at: 'desc', review_id: 'desc' }])
  })

  it('follows from the final tables, whatever happened on the way', () => {
    const history = histories(view, {
      [reviews]: fc.record({ id: someOf('r1', 'r2'), title_id: someOf('t1', 't2'), profile_id: someOf('p1', 'p2'), created_at: someOf(1, 2) })
        .map(({ id, ...row }) => written(id, { ...row, version: 0 })),
      [comments]: fc.record({ id: someOf('c1', 'c2'), subject_id: someOf('r1', 'r2'), created_at: someOf(1, 2) }).map(({ id, ...row }) => said(id, { ...row, version: 0 })),
    })
    fc.assert(fc.property(history, ({ changes, final }) => {
      const driven = drive(view).apply(...changes)
      const byId = (row: string, id: string) => driven.rows(row).toSorted((a, b) => byText(String(a[id]), String(b[id])))
      expect(byReview.map((row) => byId(row, 'review_id'))).toEqual(byReview.map(() => final[reviews]))
      expect(byComment.map((row) => byId(row, 'comment_id'))).toEqual(byComment.map(() => final[comments]))
    }))
  })
})
