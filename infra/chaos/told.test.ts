import { expect, test } from 'vitest'
import type { Row } from './holds.ts'
import { createLedger, type Entry, type Kind, type Value } from './ledger.ts'
import { activityOf, isPrivate, nameOf, notificationsOf } from './told.ts'

const ack = (kind: Kind, id: string, value: Value, version: number, by?: string): Entry => ({ do: 'ack', at: 0, kind, id, value, version, ...(by === undefined ? {} : { by }) })
const cards = [ack('card', 'ada', nameOf(false, 0), 1), ack('card', 'bob', nameOf(false, 1), 1), ack('card', 'cy', nameOf(true, 2), 1)]
/** A ledger of these, and MySQL as they leave it. */
function after(...entries: readonly Entry[]) {
  const ledger = createLedger([...cards, ...entries])
  const rows = (kind: Kind): ReadonlyMap<string, Row> =>
    new Map([...ledger.known(kind)].flatMap(([id, { acknowledged: row }]) => (row === undefined || row.value === null ? [] : [[id, { value: row.value, version: row.version }]])))
  const plain = ({ told, stands }: ReturnType<typeof activityOf>) => ({ told: told.map(({ id, version }) => `${id} ${version}`), stands: Object.fromEntries(stands) })
  return { activity: plain(activityOf(ledger, rows)), notifications: plain(notificationsOf(ledger, rows)), ledger }
}

test('whether a member is private is told by the name on the card', () => {
  const { ledger } = after()
  expect(['ada', 'cy', 'nobody'].map((id) => isPrivate(ledger, id))).toEqual([false, true, false])
})
test('a follower is news, and told to who is followed; it is taken back', () => {
  expect(after(ack('relation', 'ada.bob', 'following', 5))).toMatchObject({
    activity: { told: ['followed:ada.bob 5'], stands: { 'followed:ada.bob': true } }, notifications: { told: ['followed:ada.bob 5'], stands: { 'followed:ada.bob': true } },
  })
  expect(after(ack('relation', 'ada.bob', 'following', 5), ack('relation', 'ada.bob', null, 5))).toMatchObject({
    activity: { told: ['followed:ada.bob 5'], stands: { 'followed:ada.bob': false } }, notifications: { stands: { 'followed:ada.bob': false } },
  })
})
test('a private member is told of who asks, who then hears that they were let in', () => {
  const { activity, notifications } = after(ack('relation', 'ada.cy', 'requested', 5), ack('relation', 'ada.cy', 'following', 6))
  expect(activity).toEqual({ told: ['followed:ada.cy 6'], stands: { 'followed:ada.cy': true } })
  expect(notifications).toEqual({
    told: ['follow_requested:ada.cy 5', 'follow_accepted:cy.ada 6'], stands: { 'follow_requested:ada.cy': false, 'follow_accepted:cy.ada': true },
  })
})
test('a block is told to nobody', () => {
  const nothing = { told: [], stands: { 'followed:ada.bob': false } }
  expect(after(ack('relation', 'ada.bob', 'blocked', 5))).toMatchObject({ activity: nothing, notifications: nothing })
})
test('a review is news each time it changes, a list and a comment when they are made', () => {
  const { activity } = after(
    ack('review', 'R', 7, 1, 'ada'), ack('review', 'R', 8, 2), ack('list', 'L', 'one', 3, 'ada'), ack('list', 'L', 'two', 4), ack('list', 'L', null, 4),
    ack('comment', 'C', 'R', 5, 'bob'), ack('comment', 'C', 'R', 6),
  )
  expect(activity.told).toEqual(['reviewed:R 1', 'reviewed:R 2', 'commented:C 5', 'listed:L 3'])
  expect(activity.stands).toEqual({ 'reviewed:R': true, 'listed:L': false, 'commented:C': true })
})
test('likes and comments are told to whose the thing is, but not their own, nor those of private members whom they may not see', () => {
  const review = ack('review', 'R', 7, 1, 'ada')
  expect(after(review, ack('like', 'R.bob', 'review', 9), ack('comment', 'C', 'R', 5, 'bob')).notifications.told).toEqual(['review_liked:R.bob 9', 'commented:C 5'])
  expect(after(review, ack('like', 'R.ada', 'review', 9), ack('like', 'T.bob', 'title', 9), ack('like', 'R.cy', 'review', 9), ack('comment', 'C', 'R', 5, 'ada')).notifications.told).toEqual([])
  const comment = (by: string): readonly Entry[] => [review, ack('comment', 'C', 'R', 5, by), ack('like', 'C.bob', 'comment', 7)]
  expect(after(...comment('ada')).notifications.told).toEqual(['comment_liked:C.bob 7'])
  expect(after(...comment('dee')).notifications.told, 'whether dee still sees the review nobody knows').toEqual(['commented:C 5'])
})
