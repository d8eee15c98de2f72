import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Neo4jReader } from '../../runtime/readers.ts'
import { created, deleted, drive, snapshot, updated } from '../../runtime/testing.ts'
import { histories, someOf } from '../histories.ts'
import { byText } from '../text.ts'
import view, { findMembers, whoToFollow } from './social-graph.ts'

const relations = 'cdc.user.relations'
const profiles = 'cdc.user.social_profiles'
const [ratings, reviews, viewings] = ['cdc.user.ratings', 'cdc.user.reviews', 'cdc.user.viewings'] as const
const pair = { profile_id: 'p1', other_id: 'p2' }
const relation = (follow: string, blocked = 0, muted = 0) => ({ ...pair, follow, blocked, muted })
const edges = ['follows', 'blocks', 'passes_over']

/** Answers the questions in turn. */
function answering(...answers: readonly (readonly unknown[])[]) {
  const left = [...answers]
  const asked: Readonly<Record<string, unknown>>[] = []
  const reader: Neo4jReader = {
    label: (row) => row, type: (row) => row, search: (row) => row,
    run: async (_cypher, params) => {
      asked.push(params)
      return (left.shift() ?? []) as never
    },
  }
  return { reader, asked }
}

describe('social-graph', () => {
  it.each([
    ['follows', relation('following'), ['follows']], ['asks', relation('requested'), ['passes_over']], ['blocks', relation('none', 1), ['blocks']],
    ['mutes whom they follow', relation('following', 0, 1), ['follows', 'passes_over']], ['has let go of', relation('none'), []],
  ])('given one who %s another, has the edges of that', (_what, after, held) => {
    const before = relation('following', 1, 1)
    for (const driven of [drive(view).apply(created(relations, after)), drive(view).apply(created(relations, before), updated(relations, before, after))]) {
      expect(edges.map((row) => driven.rows(row))).toEqual(edges.map((row) => (held.includes(row) ? [pair] : [])))
    }
  })

  it('given a relation removed, has no edge', () => {
    const driven = drive(view).apply(created(relations, relation('following', 1, 1)), deleted(relations, relation('following', 1, 1)))
    expect(edges.flatMap((row) => driven.rows(row))).toEqual([])
  })

  it('given a card, has a member to be found by handle and name, whatever their marks', () => {
    const card = { profile_id: 'p1', handle: 'ada_l', name: 'Adá', is_private: 1 }
    const driven = drive(view).apply(created(profiles, card))
    expect(driven.rows('member')).toEqual([{ ...card, search_text: 'ada l ada adal' }])
  })

  it('given a card that is written over, keeps nothing of it', () => {
    const card = (handle: string | null, name: string) => ({ profile_id: 'p1', handle, name, is_private: 0 })
    const driven = drive(view).apply(created(profiles, card('ada', 'Ada')), updated(profiles, card('ada', 'Ada'), card(null, '')))
    expect(driven.rows('member')).toEqual([])
  })

  it('given ratings, keeps those of 4 stars and more, and lower ones apart', () => {
    const rating = (half_stars: number) => ({ profile_id: 'p1', title_id: 't1', half_stars })
    const driven = drive(view).apply(created(ratings, rating(8)))
    const of = { profile_id: 'p1', title_id: 't1' }
    expect([driven.rows('liked'), driven.rows('rated_lower')]).toEqual([[{ ...of, half_stars: 8 }], []])
    driven.apply(snapshot(ratings, rating(7)))
    expect([driven.rows('liked'), driven.rows('rated_lower')]).toEqual([[], [of]])
  })

  it('given reviews and viewings, keeps each as it stands, and no review that a moderator has hidden', () => {
    const of = { profile_id: 'p1', title_id: 't1' }
    const [first, again] = [{ ...of, viewing_id: 'v1' }, { ...of, viewing_id: 'v2' }]
    const review = (state: string) => ({ ...of, review_id: 'r1', state })
    const driven = drive(view).apply(created(viewings, first), created(viewings, again), deleted(viewings, first), created(reviews, review('published')))
    expect([driven.rows('watched'), driven.rows('reviewed')]).toEqual([[again], [{ ...of, review_id: 'r1' }]])
    expect(driven.apply(updated(reviews, review('published'), review('hidden'))).rows('reviewed')).toEqual([])
  })

  it('suggests by taste where too few are followed by those one follows, nobody twice and no more than asked', async () => {
    const followed = (profile_id: string) => ({ profile_id, score: 2, mutual: 1, reason: 'followed' })
    const taste = [{ profile_id: 'p2', score: 1, shared: 3 }, { profile_id: 'p3', score: 0.5, shared: 2 }, { profile_id: 'p4', score: 0.2, shared: 1 }]
    const { reader } = answering([followed('p2')], taste)
    expect(await whoToFollow(reader, 'p1', { limit: 2 })).toEqual([followed('p2'), { profile_id: 'p3', score: 0.5, mutual: 0, reason: 'taste' }])
    const enough = answering([followed('p2'), followed('p3')])
    expect([await whoToFollow(enough.reader, 'p1', { limit: 2 }), enough.asked.length]).toEqual([[followed('p2'), followed('p3')], 1])
  })

  it('asks nothing for words without letters, and for nobody in particular where no viewer is named', async () => {
    const { reader, asked } = answering()
    expect(await findMembers(reader, '(:*', { offset: 0, limit: 5 })).toEqual([])
    await findMembers(reader, 'ada', { offset: 0, limit: 5 })
    expect(asked).toEqual([expect.objectContaining({ viewer_id: null, offset: 0, limit: 5 })])
  })

  it('follows from the final table, whatever happened on the way', () => {
    const rows = fc.record({
      profile_id: someOf('p1', 'p2'), other_id: someOf('p2', 'p3'), follow: someOf('none', 'requested', 'following'), blocked: someOf(0, 1), muted: someOf(0, 1),
    })
    const history = histories(view, { [relations]: rows.map((row) => ({ ...row, followed_at: null, version: 0, updated_at: 0 })) })
    fc.assert(fc.property(history, ({ changes, final }) => {
      const driven = drive(view).apply(...changes)
      const those = (holds: (row: (typeof final)[typeof relations][number]) => boolean) => final[relations].filter(holds)
        .map(({ profile_id, other_id }) => ({ profile_id, other_id })).toSorted((a, b) => byText(a.profile_id + a.other_id, b.profile_id + b.other_id))
      expect(driven.rows('follows')).toEqual(those(({ follow }) => follow === 'following'))
      expect(driven.rows('blocks')).toEqual(those(({ blocked }) => blocked === 1))
      expect(driven.rows('passes_over')).toEqual(those(({ follow, muted }) => follow === 'requested' || muted === 1))
    }))
  })
})
