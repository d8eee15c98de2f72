/** Reports and what becomes of them, over the real MySQL, with views that have caught up. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { heat, missing, realSocial, type Joined, type RealSocial } from './testing.ts'

let social: RealSocial
beforeAll(async () => {
  social = await realSocial()
})
afterAll(() => social.close())

const send = async (who: Joined, path: string, payload: object, expected = 201) => (await social.as(who, expected, { method: 'POST', url: `/v1/members/${who.profile_id}/${path}`, payload }))
  .json<{ readonly review_id: string; readonly comment_id: string; readonly list_id: string; readonly report_id: string; readonly code: string }>()
const review = async (who: Joined) => (await send(who, 'reviews', { title_id: heat, body: 'buy my film', spoiler: false, language: 'en' })).review_id
const comment = async (who: Joined, subject_id: string, some: object = {}) => (await send(who, 'comments', { subject_kind: 'review', subject_id, body: 'buy mine', ...some })).comment_id
const report = async (who: Joined, subject_kind: string, subject_id: string, some: object = {}) => (await send(who, 'reports', { subject_kind, subject_id, reason: 'spam', ...some })).report_id
const decide = async (report_id: string, decision: string, expected = 200, headers = {}) =>
  (await social.as(social.moderator, expected, { method: 'POST', url: `/v1/moderation/reports/${report_id}/decision`, payload: { decision }, headers }))
    .json<{ readonly reports: number; readonly state: string }>()
const status = async (review_id: string, who?: Joined) =>
  (await social.as(who, [200, 404], { url: `/v1/reviews/${review_id}${who === undefined ? '' : `?as=${who.profile_id}`}` })).statusCode
const told = async ({ profile_id }: Joined) => (await social.notifications(profile_id)).filter(({ kind }) => kind === 'moderated')
const last = async ({ profile_id }: Joined, activity_id: string) => (await social.activity(profile_id)).findLast((one) => one.activity_id === activity_id)?.type

describe('a report', () => {
  test('is made once by each', async () => {
    const [ada, bob, cyd] = [await social.join('ada'), await social.join('bob'), await social.join('cyd')]
    const review_id = await review(ada)
    await report(bob, 'review', review_id)
    expect(await send(bob, 'reports', { subject_kind: 'review', subject_id: review_id, reason: 'abuse' }, 409)).toMatchObject({ code: 'already_reported' })
    await report(cyd, 'review', review_id)
  })
  test('has a note that MySQL keeps sealed', async () => {
    const [ada, bob] = [await social.join('ada'), await social.join('bob')]
    const report_id = await report(bob, 'review', await review(ada), { note: 'third time today' })
    const [row] = await social.rows<{ readonly note_sealed: Buffer }>('SELECT note_sealed FROM reports WHERE report_id = ?', report_id)
    expect(row?.note_sealed.length).toBeGreaterThan(0)
    expect(row?.note_sealed.includes('third')).toBe(false)
  })
  test('is of what one sees', async () => {
    const [ada, bob] = [await social.join('ada', { is_private: true }), await social.join('bob')]
    for (const subject_id of [missing, await review(ada)]) {
      expect(await send(bob, 'reports', { subject_kind: 'review', subject_id, reason: 'spam' }, 404)).toMatchObject({ code: 'subject_not_found' })
    }
  })
})

describe('a decision', () => {
  test('to dismiss changes nothing but the reports, all of the same subject, and is made once', async () => {
    const [ada, bob, cyd] = [await social.join('ada'), await social.join('bob'), await social.join('cyd')]
    const review_id = await review(ada)
    const [first, second] = [await report(bob, 'review', review_id), await report(cyd, 'review', review_id)]
    expect(await decide(second, 'dismiss')).toEqual({ report_id: second, state: 'dismissed', reports: 2 })
    expect(await decide(first, 'hide', 409)).toMatchObject({ code: 'report_decided' })
    expect([await status(review_id), await told(ada)]).toEqual([200, []])
    await decide(missing, 'dismiss', 404)
  })
  test('to hide leaves a review to its author and moderators; feeds forget it, and its author is told', async () => {
    const [ada, bob] = [await social.join('ada'), await social.join('bob')]
    const review_id = await review(ada)
    const report_id = await report(bob, 'review', review_id)
    const key = { 'idempotency-key': `decision-${report_id}` }
    expect(await decide(report_id, 'hide', 200, key)).toMatchObject({ state: 'upheld', reports: 1 })
    expect(await decide(report_id, 'hide', 200, key)).toMatchObject({ state: 'upheld', reports: 1 })
    expect([await status(review_id), await status(review_id, bob), await status(review_id, ada)]).toEqual([404, 404, 200])
    await social.as(social.moderator, 200, { url: `/v1/reviews/${review_id}` })
    expect(await last(ada, `reviewed:${review_id}`)).toBe('ActivityWithdrawn')
    expect(await told(ada)).toMatchObject([{ type: 'NotificationSent', notification_id: `moderated:${review_id}`, actor_id: null, subject_kind: 'review', subject_id: review_id }])
  })
  test('to hide holds though the author changes the review, and nobody else likes or answers it', async () => {
    const [ada, bob] = [await social.join('ada'), await social.join('bob')]
    const review_id = await review(ada)
    await decide(await report(bob, 'review', review_id), 'hide')
    await social.as(ada, 200, { method: 'PATCH', url: `/v1/members/${ada.profile_id}/reviews/${review_id}`, payload: { body: 'buy it now' } })
    expect([await status(review_id), await last(ada, `reviewed:${review_id}`)]).toEqual([404, 'ActivityWithdrawn'])
    await social.as(bob, 404, { method: 'PUT', url: `/v1/members/${bob.profile_id}/likes/review/${review_id}` })
    await send(bob, 'comments', { subject_kind: 'review', subject_id: review_id, body: 'no' }, 404)
  })
  test('to hide a comment leaves the others', async () => {
    const [ada, bob] = [await social.join('ada'), await social.join('bob')]
    const review_id = await review(ada)
    const [spam, kept] = [await comment(bob, review_id), await comment(bob, review_id)]
    await decide(await report(ada, 'comment', spam), 'hide')
    const thread = async (who: Joined) => (await social.as(who, 200, { url: `/v1/reviews/${review_id}/comments?as=${who.profile_id}` }))
      .json<{ items: { comment_id: string }[] }>().items.map(({ comment_id }) => comment_id)
    expect([await thread(ada), await thread(bob)]).toEqual([[kept], [spam, kept]])
    expect([await last(bob, `commented:${spam}`), await last(bob, `commented:${kept}`)]).toEqual(['ActivityWithdrawn', 'ActivityRecorded'])
    expect(await told(bob)).toMatchObject([{ type: 'NotificationSent', notification_id: `moderated:${spam}` }])
  })
  test.each(['review', 'comment', 'list'])('to remove a %s removes it with what was said of it and its reports; its author is told last of all', async (kind) => {
    const [ada, bob, cyd] = [await social.join('ada'), await social.join('bob'), await social.join('cyd')]
    const [table, subject_id] = kind === 'review' ? ['reviews', await review(ada)]
      : kind === 'comment' ? ['comments', await comment(ada, await review(bob))]
        : ['lists', (await send(ada, 'lists', { name: 'buy these', visibility: 'public', ranked: false })).list_id]
    await social.as(bob, 201, { method: 'PUT', url: `/v1/members/${bob.profile_id}/likes/${kind}/${subject_id}` })
    await report(cyd, kind, subject_id)
    const { state, reports } = await decide(await report(bob, kind, subject_id), 'remove')
    expect([state, reports]).toEqual(['upheld', 2])
    for (const [from, column] of [[table, `${kind}_id`], ['likes', 'subject_id'], ['reports', 'subject_id']]) {
      expect(await social.rows(`SELECT 1 FROM ${from} WHERE ${column} = ?`, subject_id)).toEqual([])
    }
    expect(await last(bob, `liked:${subject_id}.${bob.profile_id}`)).toBe('ActivityWithdrawn')
    // in the order of versions, by which views go
    expect((await told(ada)).at(-1)).toMatchObject({ type: 'NotificationSent', subject_id })
  })
  test('that several make at once is made by one of them', async () => {
    const [ada, bob, cyd] = [await social.join('ada'), await social.join('bob'), await social.join('cyd')]
    const review_id = await review(ada)
    const ids = [await report(bob, 'review', review_id), await report(cyd, 'review', review_id)]
    const answers = await Promise.all([...ids, ...ids].map((report_id) =>
      social.as(social.moderator, [200, 409], { method: 'POST', url: `/v1/moderation/reports/${report_id}/decision`, payload: { decision: 'hide' } })))
    expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([200, 409, 409, 409])
    expect(await told(ada)).toHaveLength(1)
  })
})
