import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RedisReader } from '../../runtime/readers.ts'
import { created, deleted, drive, snapshot, updated } from '../../runtime/testing.ts'
import { histories, someOf } from '../histories.ts'
import view, { entryCounts, profileCounts, reviewCounts, subjectCounts } from './social-counts.ts'

const relations = 'cdc.user.relations'
const byOther = 'user.relations-by-other'
const likes = 'cdc.user.likes'
const comments = 'cdc.user.comments'
const none = { followers: 0, following: 0, likes: 0, comments: 0, reviews: 0, entries: 0 }
const relation = (follow: string, version = 1) => ({ profile_id: 'p1', other_id: 'p2', follow, version })
const like = (profile_id: string, version = 1) => ({ subject_id: 's1', profile_id, version })
const comment = (state: string, version = 1) => ({ subject_id: 's1', comment_id: 'c1', state, version })

describe('social-counts', () => {
  it('given a follow, counts it with the one who follows and the one who is followed, each from its own topic', () => {
    const driven = drive(view).apply(created(relations, relation('following')))
    expect(driven.rows('counts')).toEqual([{ id: 'p1', ...none, following: 1 }])
    driven.apply(created(byOther, relation('following')))
    expect(driven.rows('counts')).toEqual([{ id: 'p1', ...none, following: 1 }, { id: 'p2', ...none, followers: 1 }])
  })

  it('given one who asks, counts them once they are let in, and no longer once they are turned away', () => {
    const driven = drive(view).apply(created(byOther, relation('requested')))
    expect(driven.rows('counts')).toEqual([])
    driven.apply(updated(byOther, relation('requested'), relation('following', 2)))
    expect(driven.rows('counts')).toMatchObject([{ followers: 1 }])
    driven.apply(updated(byOther, relation('following', 2), relation('none', 3)))
    expect(driven.rows('counts')).toEqual([])
  })

  it('given a like that is told again, removed and made again, counts it once', () => {
    const driven = drive(view).apply(created(likes, like('p1')), snapshot(likes, like('p1')), created(likes, like('p1')))
    expect(driven.rows('counts')).toEqual([{ id: 's1', ...none, likes: 1 }])
    driven.apply(deleted(likes, like('p1')), deleted(likes, like('p1')))
    expect([driven.rows('counts'), driven.rows('member')]).toEqual([[], []])
    driven.apply(created(likes, like('p1', 2)), created(likes, like('p2', 3)))
    expect(driven.rows('counts')).toMatchObject([{ likes: 2 }])
  })

  it('given a comment that a moderator hides and shows again, counts it while it is to be seen', () => {
    const driven = drive(view).apply(created(comments, comment('published')), updated(comments, comment('published'), comment('hidden', 2)))
    expect(driven.rows('counts')).toEqual([])
    expect(driven.apply(updated(comments, comment('hidden', 2), comment('published', 3))).rows('counts')).toMatchObject([{ comments: 1 }])
  })

  it('given a snapshot that has run ahead, is not led back by what is older', () => {
    const driven = drive(view).apply(snapshot(comments, comment('hidden', 3)), created(comments, comment('published', 1)))
    driven.apply(updated(comments, comment('published', 1), comment('published', 2)), deleted(comments, comment('published', 2)))
    expect([driven.rows('counts'), driven.rows('member').length]).toEqual([[], 1])
  })

  it('counts reviews of a title and titles of a list, and likes of the title beside them', () => {
    const driven = drive(view).apply(
      created('cdc.user.reviews', { title_id: 't1', review_id: 'r1', state: 'published', version: 1 }),
      created('cdc.user.reviews', { title_id: 't1', review_id: 'r2', state: 'hidden', version: 1 }),
      created('cdc.user.list_entries', { list_id: 'l1', title_id: 't1', version: 1 }), created(likes, { ...like('p1'), subject_id: 't1' }),
    )
    expect(driven.rows('counts')).toEqual([{ id: 'l1', ...none, entries: 1 }, { id: 't1', ...none, likes: 1, reviews: 1 }])
  })

  it('answers 0 where nothing is counted', async () => {
    const held = new Map([['a', { id: 'a', followers: 3, following: 2, likes: 5, comments: 4, reviews: 7, entries: 6 }]])
    const reader = { getMany: async (_row: string, keys: readonly { readonly id: string }[]) => keys.map(({ id }) => held.get(id)) }
    const asked = reader as unknown as RedisReader<typeof view.rows>
    expect([...await profileCounts(asked, ['b', 'a'])]).toEqual([['b', { followers: 0, following: 0 }], ['a', { followers: 3, following: 2 }]])
    expect([...await subjectCounts(asked, ['b', 'a'])]).toEqual([['b', { likes: 0, comments: 0 }], ['a', { likes: 5, comments: 4 }]])
    expect([...await reviewCounts(asked, ['b', 'a']), ...await entryCounts(asked, ['a', 'b'])]).toEqual([['b', 0], ['a', 7], ['a', 6], ['b', 0]])
  })

  it('follows from the final tables, whatever happened on the way and between them', () => {
    const person = someOf('p1', 'p2', 'p3')
    const pair = fc.record({ profile_id: person, other_id: person, follow: someOf('none', 'requested', 'following') })
    const history = histories(view, {
      [relations]: pair.map((row) => ({ ...row, blocked: 0, muted: 0, followed_at: 0, version: 0, updated_at: 0 })),
      [byOther]: pair.map((row) => ({ ...row, blocked: 0, muted: 0, followed_at: 0, version: 0 })),
      [likes]: fc.record({ subject_id: someOf('s1', 'p1'), profile_id: person }).map((row) => ({ ...row, subject_kind: 'review', liked_at: 0, version: 0 })),
      [comments]: fc.record({ comment_id: someOf('c1', 'c2'), state: someOf('published', 'hidden') })
        .map((row) => ({ ...row, subject_id: 's1', subject_kind: 'review', parent_id: null, profile_id: 'p1', text_id: 'x', version: 0, created_at: 0, updated_at: 0 })),
    })
    fc.assert(fc.property(history, ({ changes, final }) => {
      const expected = new Map<string, { -readonly [N in keyof typeof none]: number }>()
      const count = (id: string, number: keyof typeof none): void => {
        const counts = expected.get(id) ?? { ...none }
        counts[number]++
        expected.set(id, counts)
      }
      for (const { profile_id, follow } of final[relations]) if (follow === 'following') count(profile_id, 'following')
      for (const { other_id, follow } of final[byOther]) if (follow === 'following') count(other_id, 'followers')
      for (const { subject_id } of final[likes]) count(subject_id, 'likes')
      for (const { subject_id, state } of final[comments]) if (state === 'published') count(subject_id, 'comments')
      expect(new Map(drive(view).apply(...changes).rows('counts').map(({ id, ...counts }) => [id, counts]))).toEqual(expected)
    }))
  })
})
