import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isRefusal } from '../shared/errors.ts'
import { decide, evolve, relationCommands, strangers, told, type Around, type Pair, type RelationCommand, type RelationEvent, type Side } from './relation.ts'

const open: Around = { is_private: false, followed: 0, most: 3 }
const closed: Around = { ...open, is_private: true }
const side = (some: Partial<Side>): Side => ({ ...strangers, ...some })
const following = side({ follow: 'following', followed_at: 5 })
const requested = side({ follow: 'requested', followed_at: 5 })
const pair = (ours: Side = strangers, theirs: Side = strangers): Pair => ({ ours, theirs })
const code = (state: Pair, command: RelationCommand, around = open): unknown => {
  const decision = decide(state, command, around, 9)
  return isRefusal(decision) ? decision.code : decision
}

describe('who follows', () => {
  test('a public profile follows it at once', () => {
    expect(code(pair(), 'follow')).toEqual([{ type: 'Followed', at: 9 }])
  })
  test('a private profile asks first', () => {
    expect(code(pair(), 'follow', closed)).toEqual([{ type: 'Requested', at: 9 }])
  })
  test('whom they follow or have asked changes nothing', () => {
    expect([code(pair(following), 'follow', closed), code(pair(requested), 'follow', closed)]).toEqual([[], []])
  })
  test('whom they had asked, and who is public by now, follows', () => {
    expect(code(pair(requested), 'follow')).toEqual([{ type: 'FollowEnded', whose: 'ours', was: 'requested', at: 5 }, { type: 'Followed', at: 9 }])
  })
  test('as many as one may is told so', () => {
    expect([code(pair(), 'follow', { ...open, followed: 2 }), code(pair(), 'follow', { ...open, followed: 3 })]).toEqual([[{ type: 'Followed', at: 9 }], 'too_many_followed'])
  })
  test('whom they have blocked is told so, and whom they are blocked by does not find them', () => {
    expect([code(pair(side({ blocked: true })), 'follow'), code(pair(strangers, side({ blocked: true })), 'follow')]).toEqual(['blocked_by_you', 'member_not_found'])
  })
})

test('a request is granted or turned away once', () => {
  expect(code(pair(strangers, requested), 'let_in')).toEqual([{ type: 'LetIn', asked_at: 5, at: 9 }])
  expect(code(pair(strangers, requested), 'turn_away')).toEqual([{ type: 'FollowEnded', whose: 'theirs', was: 'requested', at: 5 }])
  expect([code(pair(strangers, following), 'let_in'), code(pair(strangers, following), 'turn_away'), code(pair(), 'let_in')]).toEqual([[], 'request_not_found', 'request_not_found'])
})

test('a request is no follower to be removed', () => {
  expect([code(pair(strangers, requested), 'remove_follower'), code(pair(strangers, following), 'remove_follower')])
    .toEqual([[], [{ type: 'FollowEnded', whose: 'theirs', was: 'following', at: 5 }]])
})

test('who blocks ends following and asking, both ways', () => {
  expect(code(pair(following, requested), 'block')).toEqual([
    { type: 'FollowEnded', whose: 'ours', was: 'following', at: 5 }, { type: 'FollowEnded', whose: 'theirs', was: 'requested', at: 5 }, { type: 'Blocked' }])
})

test('to whom they have blocked the other is not there, whatever the command', () => {
  for (const command of relationCommands) expect(code(pair(following, side({ blocked: true })), command)).toBe('member_not_found')
})

test('who is blocked takes back what they said themselves', () => {
  const theirs = side({ blocked: true })
  expect(code(pair(side({ muted: true }), theirs), 'unmute')).toEqual([{ type: 'Unmuted' }])
  expect(code(pair(side({ blocked: true }), theirs), 'unblock')).toEqual([{ type: 'Unblocked' }])
})

test('what is so already changes nothing', () => {
  const turned = side({ blocked: true, muted: true })
  expect([code(pair(turned), 'block'), code(pair(turned), 'mute'), code(pair(), 'unblock'), code(pair(), 'unmute'), code(pair(), 'unfollow')]).toEqual([[], [], [], [], []])
})

test('who is let in is told so, and the request is withdrawn from who granted it', () => {
  expect(told({ type: 'LetIn', asked_at: 5, at: 9 })).toEqual([
    { tell: 'unnotify', kind: 'follow_requested', to: 'ours', at: 5 },
    { tell: 'record', kind: 'followed', by: 'theirs', at: 9 },
    { tell: 'notify', kind: 'follow_accepted', to: 'theirs', at: 9 },
  ])
})

test('a request that ends was no following to be withdrawn', () => {
  expect(told({ type: 'FollowEnded', whose: 'theirs', was: 'requested', at: 5 })).toEqual([{ tell: 'unnotify', kind: 'follow_requested', to: 'ours', at: 5 }])
})

type Who = 'ada' | 'bob'
interface Step { readonly who: Who; readonly command: RelationCommand; readonly is_private: boolean }
const steps = fc.array(fc.record<Step>({ who: fc.constantFrom('ada', 'bob'), command: fc.constantFrom(...relationCommands), is_private: fc.boolean() }), { maxLength: 40 })
const seenBy = (who: Who, { ours, theirs }: Pair): Pair => (who === 'ada' ? { ours, theirs } : { ours: theirs, theirs: ours })
const otherOf = { ada: 'bob', bob: 'ada' } as const

/** Runs steps; after each, hands on the two sides, Ada's and Bob's, and what is held to be told. */
function run(history: readonly Step[], check: (sides: Pair, activities: ReadonlyMap<string, number>, notices: ReadonlyMap<string, number>) => void): void {
  let sides = pair()
  const [activities, notices] = [new Map<string, number>(), new Map<string, number>()]
  for (const [index, { who, command, is_private }] of history.entries()) {
    const state = seenBy(who, sides)
    const decision = decide(state, command, { is_private, followed: 0, most: 1 }, index)
    const events: readonly RelationEvent[] = isRefusal(decision) ? [] : decision
    sides = seenBy(who, events.reduce(evolve, state))
    const named = (whose: 'ours' | 'theirs'): Who => (whose === 'ours' ? who : otherOf[who])
    for (const said of events.flatMap(told)) {
      const [held, id] = 'by' in said ? [activities, named(said.by)] : [notices, `${said.kind} ${named(said.to)}`]
      if (said.tell === 'record' || said.tell === 'notify') held.set(id, said.at)
      else if (held.has(id)) {
        expect(held.get(id)).toBe(said.at) // views find what is withdrawn by when it was told
        held.delete(id)
      }
    }
    check(sides, activities, notices)
  }
}

describe('after any commands of two', () => {
  test('nobody follows or asks who is blocked, either way', () => {
    fc.assert(fc.property(steps, (history) => {
      run(history, ({ ours, theirs }) => {
        if (ours.blocked || theirs.blocked) expect([ours.follow, theirs.follow]).toEqual(['none', 'none'])
      })
    }))
  })
  test('what is followed or asked has a time, and nothing else has', () => {
    fc.assert(fc.property(steps, (history) => {
      run(history, (sides) => {
        for (const { follow, followed_at } of [sides.ours, sides.theirs]) expect(followed_at !== null).toBe(follow !== 'none')
      })
    }))
  })
  test('there is an activity for each following, as old as it, and none besides', () => {
    fc.assert(fc.property(steps, (history) => {
      run(history, ({ ours, theirs }, activities) => {
        const follows = [['ada', ours] as const, ['bob', theirs] as const].filter(([, { follow }]) => follow === 'following')
        expect(new Map(activities)).toEqual(new Map(follows.map(([who, { followed_at }]) => [who, followed_at])))
      })
    }))
  })
  test('there is a notification for each request, and it is gone once the request is', () => {
    fc.assert(fc.property(steps, (history) => {
      run(history, ({ ours, theirs }, _, notices) => {
        const asks = [['bob', ours] as const, ['ada', theirs] as const].filter(([, { follow }]) => follow === 'requested').map(([to]) => `follow_requested ${to}`)
        expect([...notices.keys()].filter((id) => id.startsWith('follow_requested')).toSorted()).toEqual(asks.toSorted())
      })
    }))
  })
})
