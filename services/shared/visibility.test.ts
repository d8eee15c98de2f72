import { describe, expect, test } from 'vitest'
import { type Between, listsList, seesActivity, seesCard, seesList, seesPresence, seesWritten, standingOf } from './visibility.ts'

const none = { follow: 'none', blocked: false, muted: false }
const given = (some: Partial<Between>): Between => ({ viewer_id: 'viewer', owner_id: 'owner', is_private: false, ours: undefined, theirs: undefined, ...some })
const follows = { ...none, follow: 'following' }
const blocks = { ...none, blocked: true }

describe('standing', () => {
  test.each([
    ['of oneself', { viewer_id: 'owner', is_private: true }, 'self'],
    ['of nobody in particular', { viewer_id: undefined }, 'stranger'],
    ['of nobody in particular to a private profile', { viewer_id: undefined, is_private: true }, 'outsider'],
    ['of one who was let in', { is_private: true, ours: follows }, 'follower'],
    ['of one who has asked', { is_private: true, ours: { ...none, follow: 'requested' } }, 'outsider'],
    ['of one whom the owner follows, and no more', { is_private: true, theirs: follows }, 'outsider'],
    ['of one who is blocked, follower or not', { ours: follows, theirs: blocks }, 'blocked'],
    ['of one who blocks', { ours: { ...follows, blocked: true } }, 'blocked'],
    ['of one who mutes, who is no less a follower', { ours: { ...follows, muted: true } }, 'follower'],
    ['of a moderator whom the owner blocks', { theirs: blocks, is_private: true, moderates: true }, 'moderator'],
  ] as const)('%s', (_, some, expected) => { expect(standingOf(given(some))).toBe(expected) })
})

const standings = ['self', 'follower', 'stranger', 'outsider', 'blocked', 'moderator'] as const
const who = (sees: (standing: (typeof standings)[number]) => boolean): readonly string[] => standings.filter(sees)

test('activity is seen by all but outsiders and the blocked; a card by all but the blocked', () => {
  expect(who(seesActivity)).toEqual(['self', 'follower', 'stranger', 'moderator'])
  expect(who(seesCard)).toEqual(['self', 'follower', 'stranger', 'outsider', 'moderator'])
})

test('that somebody is here is seen where each follows the other, and by oneself', () => {
  const sees = (standing: (typeof standings)[number]): boolean => seesPresence(standing, follows, follows)
  expect(who(sees)).toEqual(['self', 'follower'])
  expect([seesPresence('follower', follows, none), seesPresence('follower', none, follows), seesPresence('follower', follows, undefined)]).toEqual([false, false, false])
})

test('what a moderator has hidden is seen by its author and moderators', () => {
  expect(who((standing) => seesWritten(standing, 'hidden'))).toEqual(['self', 'moderator'])
  expect(who((standing) => seesWritten(standing, 'published'))).toEqual(who(seesActivity))
})

test('a list is seen by its visibility; an unlisted one by its id alone; a private one by who keeps it', () => {
  expect(who((standing) => seesList(standing, 'public'))).toEqual(['self', 'follower', 'stranger', 'moderator'])
  expect(who((standing) => seesList(standing, 'unlisted'))).toEqual(['self', 'follower', 'stranger', 'moderator'])
  expect(who((standing) => listsList(standing, 'unlisted'))).toEqual(['self'])
  expect(who((standing) => seesList(standing, 'private'))).toEqual(['self', 'moderator'])
  expect(seesList('outsider', 'private', true) && listsList('stranger', 'unlisted', true)).toBe(true)
})
