/** What becomes of what was reported, and of what its author was told, over the real MySQL. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { heat, realSocial, type Joined, type RealSocial } from './testing.ts'

let social: RealSocial
beforeAll(async () => {
  social = await realSocial()
})
afterAll(() => social.close())

const own = (who: Joined, path: string): string => `/v1/members/${who.profile_id}/${path}`
const made = async (who: Joined, path: string, payload: object, key: string): Promise<string> =>
  (await social.as(who, 201, { method: 'POST', url: own(who, path), payload })).json<Readonly<Record<string, string>>>()[key] ?? ''
const review = (who: Joined, body = 'so *long*') => made(who, 'reviews', { title_id: heat, body, spoiler: false, language: 'en' }, 'review_id')
const comment = (who: Joined, subject_id: string, body = 'no') => made(who, 'comments', { subject_kind: 'review', subject_id, body }, 'comment_id')
const list = (who: Joined) => made(who, 'lists', { name: 'Heists', visibility: 'public', ranked: false, description: 'of mine' }, 'list_id')
const report = (who: Joined, subject_kind: string, subject_id: string, some: object = {}) => made(who, 'reports', { subject_kind, subject_id, reason: 'spam', ...some }, 'report_id')
const settle = (report_id: string, decision: string, expected: number | readonly number[] = 200) =>
  social.as(social.moderator, expected, { method: 'POST', url: `/v1/moderation/reports/${report_id}/decision`, payload: { decision } })

interface Reported { readonly report_id: string; readonly subject_id: string; readonly reports: number }
interface Queue { readonly items: readonly Reported[]; readonly next_cursor: string | null }
/** What has reports in a state, out of all pages, of these subjects. */
async function queued(subject_ids: readonly string[], state = 'open'): Promise<readonly Reported[]> {
  const found: Reported[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const url: string = `/v1/moderation/reports?state=${state}&limit=20${cursor === '' ? '' : `&cursor=${cursor}`}`
    const { items, next_cursor }: Queue = (await social.as(social.moderator, 200, { url })).json<Queue>()
    found.push(...items.filter(({ subject_id }) => subject_ids.includes(subject_id)))
    cursor = next_cursor
  }
  return found
}
/** Notifications of a decision that an author holds: ids, with the time that each was told with. */
async function told(who: Joined): Promise<ReadonlyMap<string, number>> {
  const events = (await social.notifications(who.profile_id)).filter(({ kind }) => kind === 'moderated')
  const held = new Map<string, number>()
  for (const { type, notification_id, occurred_at } of events) {
    if (type === 'NotificationSent') held.set(notification_id, occurred_at)
    else {
      // views find it by its time
      expect(held.get(notification_id)).toBe(occurred_at)
      held.delete(notification_id)
    }
  }
  return held
}
const recorded = async (who: Joined, activity_id: string) => (await social.activity(who.profile_id)).findLast((event) => event.activity_id === activity_id)?.type

describe('the queue', () => {
  test('has each subject once, by its oldest report, with what it says and who said why', async () => {
    const [ada, bob, eve] = [await social.join('ada'), await social.join('bob'), await social.join('eve')]
    const [first, second, third] = [await review(ada), await list(ada), await review(ada, 'short')]
    const ids = [await report(bob, 'review', first, { note: 'selling' }), await report(bob, 'list', second), await report(eve, 'review', first)]
    await report(eve, 'review', third)
    const found = await queued([first, second, third])
    expect(found.map(({ subject_id, reports }) => [subject_id, reports])).toEqual([[first, 2], [second, 1], [third, 1]])
    expect(found[0]).toMatchObject({
      report_id: ids[0], subject_kind: 'review', state: 'open', profile_id: ada.profile_id, name: null, body: 'so *long*',
      first: [{ report_id: ids[0], reporter_id: bob.profile_id, reason: 'spam', note: 'selling' }, { report_id: ids[2], reporter_id: eve.profile_id, note: null }],
    })
    expect(found[1]).toMatchObject({ subject_kind: 'list', name: 'Heists', body: 'of mine' })
    expect((await settle(ids[2] ?? '', 'dismiss')).json()).toEqual({ report_id: ids[2], state: 'dismissed', reports: 2 })
    expect((await queued([first, second, third])).map(({ subject_id }) => subject_id)).toEqual([second, third])
    expect(await queued([first, second, third], 'dismissed')).toMatchObject([{ subject_id: first, reports: 2 }])
  })
  test('is for those who moderate', async () => {
    const ada = await social.join('ada')
    await social.as(ada, 403, { url: '/v1/moderation/reports' })
    await social.as(undefined, 401, { url: '/v1/moderation/reports' })
    await social.as(ada, 403, { method: 'POST', url: `/v1/moderation/reports/${ada.profile_id}/decision`, payload: { decision: 'hide' } })
  })
})

describe('what its author was told', () => {
  test('of a review that was hidden is taken back when they remove it, and nothing is left of the reports', async () => {
    const [ada, bob] = [await social.join('ada'), await social.join('bob')]
    const review_id = await review(ada)
    await settle(await report(bob, 'review', review_id), 'hide')
    expect([[...(await told(ada)).keys()], await recorded(ada, `reviewed:${review_id}`)]).toEqual([[`moderated:${review_id}`], 'ActivityWithdrawn'])
    await social.as(ada, 204, { method: 'DELETE', url: own(ada, `reviews/${review_id}`) })
    expect([...await told(ada)]).toEqual([])
    expect(await social.rows('SELECT 1 FROM reports WHERE subject_id = ?', review_id)).toEqual([])
  })
  test('of a comment is taken back when the review goes that it was on', async () => {
    const [ada, bob] = [await social.join('ada'), await social.join('bob')]
    const review_id = await review(ada)
    const comment_id = await comment(bob, review_id)
    await settle(await report(ada, 'comment', comment_id), 'hide')
    expect([[...(await told(bob)).keys()], await recorded(bob, `commented:${comment_id}`)]).toEqual([[`moderated:${comment_id}`], 'ActivityWithdrawn'])
    await social.as(ada, 204, { method: 'DELETE', url: own(ada, `reviews/${review_id}`) })
    expect([...await told(bob)]).toEqual([])
  })
  test('stays where a moderator removes it, and says no longer that it was hidden', async () => {
    const [ada, bob] = [await social.join('ada'), await social.join('bob')]
    const review_id = await review(ada)
    await settle(await report(bob, 'review', review_id), 'hide')
    const before = (await told(ada)).get(`moderated:${review_id}`) ?? 0
    expect((await settle(await report(ada, 'review', review_id), 'remove')).json()).toMatchObject({ state: 'upheld', reports: 1 })
    expect((await told(ada)).get(`moderated:${review_id}`)).toBeGreaterThan(before)
    await social.as(ada, 404, { url: `/v1/reviews/${review_id}?as=${ada.profile_id}` })
    for (const table of ['reviews', 'reports', 'review_edits']) expect(await social.rows(`SELECT 1 FROM ${table} WHERE ${table === 'reports' ? 'subject_id' : 'review_id'} = ?`, review_id)).toEqual([])
    expect(await social.rows('SELECT 1 FROM texts WHERE account_id = ?', ada.account_id)).toEqual([])
  })
  test('of a list that was hidden twice is one notification, with the time of the first', async () => {
    const [ada, bob, eve] = [await social.join('ada'), await social.join('bob'), await social.join('eve')]
    const list_id = await list(ada)
    await settle(await report(bob, 'list', list_id), 'hide')
    const first = await told(ada)
    await social.as(bob, 404, { url: `/v1/lists/${list_id}?as=${bob.profile_id}` })
    expect([first.size, await recorded(ada, `listed:${list_id}`)]).toEqual([1, 'ActivityWithdrawn'])
    await social.as(ada, 200, { method: 'PATCH', url: own(ada, `lists/${list_id}`), payload: { visibility: 'public' } })
    await settle(await report(eve, 'list', list_id), 'hide')
    expect(await told(ada)).toEqual(first)
    await social.as(ada, 204, { method: 'DELETE', url: own(ada, `lists/${list_id}`) })
    expect([...await told(ada)]).toEqual([])
  })
})

test('a watchlist is not hidden, as its owner could not show it again; the report stays open', async () => {
  const [ada, bob] = [await social.join('ada'), await social.join('bob')]
  await social.as(ada, [200, 201], { method: 'PUT', url: own(ada, `watchlist/${heat}`), payload: {} })
  const [watchlist] = await social.rows<{ readonly list_id: string }>("SELECT list_id FROM lists WHERE profile_id = ? AND kind = 'watchlist'", ada.profile_id)
  const report_id = await report(bob, 'list', watchlist?.list_id ?? '')
  expect((await settle(report_id, 'hide', 409)).json()).toMatchObject({ code: 'list_is_fixed' })
  expect(await queued([watchlist?.list_id ?? ''])).toHaveLength(1)
})
test('of two decisions at once one counts, while its author removes it', async () => {
  const [ada, bob] = [await social.join('ada'), await social.join('bob')]
  for (let turn = 0; turn < 5; turn++) {
    const review_id = await review(ada)
    const report_id = await report(bob, 'review', review_id)
    const [hidden, removed] = await Promise.all([
      settle(report_id, 'hide', [200, 404, 409]), settle(report_id, 'remove', [200, 404, 409]),
      social.as(ada, [204, 404], { method: 'DELETE', url: own(ada, `reviews/${review_id}`) }),
    ])
    expect([hidden, removed].filter(({ statusCode }) => statusCode === 200).length).toBeLessThan(2)
    expect(await social.rows('SELECT 1 FROM reports WHERE subject_id = ?', review_id)).toEqual([])
  }
})
