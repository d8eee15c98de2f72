import { describe, expect, test } from 'vitest'
import type { Known, Value } from './ledger.ts'
import { commandOf, surelySees, valueAfter } from './relating.ts'

const is = (value: Value, ...tried: readonly Value[]): Known => ({ acknowledged: { id: '', value, version: 1 }, tried })
const never = (...tried: readonly Value[]): Known => ({ acknowledged: undefined, tried })
const next = (ours: Known | undefined, theirs?: Known, { isPrivate = false, isHostile = false } = {}) => commandOf({ ours, theirs, isPrivate }, isHostile)

describe('the next command', () => {
  test('follows and unfollows; asks, and is let in', () => {
    expect([next(undefined), next(is(null)), next(is('following')), next(is('requested'))]).toEqual(['follow', 'follow', 'unfollow', 'let_in'])
    expect([valueAfter('follow', false), valueAfter('follow', true), valueAfter('let_in', true), valueAfter('unfollow', false)]).toEqual(['following', 'requested', 'following', null])
  })
  test('blocks whoever is told of for sure, and unblocks', () => {
    expect([next(is('following'), is('following'), { isHostile: true }), next(is('blocked'))]).toEqual(['block', 'unblock'])
    expect(next(is('following'), never('following'), { isHostile: true })).toBeUndefined()
  })
  test('is none for whom the other has blocked, or may have', () => {
    expect([next(undefined, is('blocked')), next(undefined, is(null, 'blocked')), next(is(null, null), is('blocked'))]).toEqual([undefined, undefined, undefined])
  })
  test('is what was undecided, once more', () => {
    expect([next(never('following')), next(is(null, 'requested'), undefined, { isPrivate: true }), next(is('requested', 'following'), undefined, { isPrivate: true })])
      .toEqual(['follow', 'follow', 'let_in'])
    expect([next(is('following', null)), next(is('blocked', null)), next(is('following', 'blocked'), is('following', null))]).toEqual(['unfollow', 'unblock', 'block'])
  })
})

test('what another does is seen unless they are private, or either may have blocked the other', () => {
  const sees = (ours: Known | undefined, theirs?: Known, isPrivate = false): boolean => surelySees({ ours, theirs, isPrivate })
  expect([sees(undefined), sees(is('following'), undefined, true)]).toEqual([true, true])
  expect([sees(undefined, undefined, true), sees(is('requested'), undefined, true), sees(is('blocked')), sees(undefined, is('blocked')), sees(never('following'))])
    .toEqual([false, false, false, false, false])
})
