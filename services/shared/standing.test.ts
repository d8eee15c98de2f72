import { expect, test } from 'vitest'
import { peopleOf, standingTo, type CardRow, type RelationRow } from './standing.ts'

const card = (profile_id: string, some: Partial<CardRow> = {}): CardRow => ({ profile_id, handle: profile_id, is_private: 0, ...some })
const relation = (profile_id: string, other_id: string, some: Partial<RelationRow> = {}): RelationRow => ({ profile_id, other_id, follow: 'none', blocked: 0, muted: 0, ...some })

test('each is met as the viewer stands to them, whoever else is among the rows; who is leaving is not there', () => {
  const cards = [card('me', { is_private: 1 }), card('closed', { is_private: 1 }), card('open'), card('friend', { is_private: 1 }), card('enemy'), card('foe'), card('gone', { handle: null })]
  const ours = [relation('me', 'friend', { follow: 'following', muted: 1 }), relation('me', 'closed', { follow: 'requested' }), relation('me', 'foe', { blocked: 1 })]
  const theirs = [relation('enemy', 'me', { blocked: 1, follow: 'following' }), relation('open', 'me', { follow: 'following' })]
  const people = peopleOf({ viewer_id: 'me', moderates: false }, cards, ours, theirs)
  expect([...people].map(([id, { standing }]) => [id, standing])).toEqual(
    [['me', 'self'], ['closed', 'outsider'], ['open', 'stranger'], ['friend', 'follower'], ['enemy', 'blocked'], ['foe', 'blocked']])
  expect([people.get('friend')?.ours, people.get('friend')?.theirs, people.get('open')?.theirs]).toEqual([ours[0], undefined, theirs[1]])
})
test('a moderator is one to all, and nobody in particular is nobody’s follower', () => {
  const follows = { follow: 'following', blocked: false, muted: false }
  expect(standingTo({ viewer_id: 'me', moderates: true }, card('closed', { is_private: 1 }), undefined, { ...follows, blocked: true })).toBe('moderator')
  expect(standingTo({ viewer_id: undefined, moderates: false }, card('closed', { is_private: 1 }), undefined, undefined)).toBe('outsider')
})
