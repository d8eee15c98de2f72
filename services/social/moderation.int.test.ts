/** Reports and what becomes of them, over the real MySQL, with views that have caught up. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sweep } from './sweep.ts'
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
interface Queued { readonly subject_id: string }
/** What has reports in a state: of this subject, out of all pages. */
async function queued(subject_id: string, state: string): Promise<Queued | undefined> {
  for (let cursor: string | null = ''; cursor !== null; ) {
    const url: string = `/v1/moderation/reports?state=${state}&limit=100${cursor === '' ? '' : `&cursor=${cursor}`}`
    const page = (await social.as(social.moderator, 200, { url })).json<{ readonly items: readonly Queued[]; readonly next_cursor: string | null }>()
    const found = page.items.find((one) => one.subject_id === subject_id)
    if (found !== undefined) return found
    cursor = page.next_cursor
  }
  return undefined
}
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

describe('a card', () => {
  test('is reported by those who see it; the queue has its name and what it says', async () => {
    const [ada, bob, eve] = [await social.join('ada', { bio: 'buy *mine*', is_private: true }), await social.join('bob'), await social.join('eve')]
    await social.as(ada, 200, { method: 'PUT', url: `/v1/members/${ada.profile_id}/blocks/${eve.profile_id}` })
    for (const subject_id of [missing, ada.profile_id]) expect(await send(eve, 'reports', { subject_kind: 'profile', subject_id, reason: 'spam' }, 404)).toMatchObject({ code: 'subject_not_found' })
    const report_id = await report(bob, 'profile', ada.profile_id)
    expect(await queued(ada.profile_id, 'open')).toMatchObject({ report_id, subject_kind: 'profile', profile_id: ada.profile_id, name: 'ada', body: 'buy *mine*', decided_by: null })
    expect(await decide(report_id, 'hide', 409)).toMatchObject({ code: 'decision_not_possible' })
    expect(await decide(report_id, 'dismiss')).toMatchObject({ state: 'dismissed', reports: 1 })
  })
  test('that is removed goes with all that its holder made', async () => {
    const [ada, bob] = [await social.join('ada'), await social.join('bob')]
    await comment(ada, await review(bob))
    expect(await decide(await report(bob, 'profile', ada.profile_id), 'remove')).toMatchObject({ state: 'upheld', reports: 1 })
    await social.as(bob, 404, { url: `/v1/members/${ada.handle}?as=${bob.profile_id}` })
    for (let turns = 0; turns < 20 && (await social.rows('SELECT 1 FROM social_profiles WHERE profile_id = ?', ada.profile_id)).length > 0; turns++) await sweep(social.ports, () => {}, () => false)
    for (const [table, column] of [['social_profiles', 'profile_id'], ['comments', 'profile_id'], ['reports', 'subject_id']]) {
      expect(await social.rows(`SELECT 1 FROM ${table} WHERE ${column} = ?`, ada.profile_id)).toEqual([])
    }
  })
})

describe('a decision', () => {
  test('to restore shows again what was hidden, tells feeds of it as it was, and leaves word of who decided', async () => {
    const [ada, bob] = [await social.join('ada'), await social.join('bob')]
    const review_id = await review(ada)
    const comment_id = await comment(bob, review_id)
    for (const [who, kind, subject_id, activity_id] of [[bob, 'comment', comment_id, `commented:${comment_id}`], [ada, 'review', review_id, `reviewed:${review_id}`]] as const) {
      const report_id = await report(who === ada ? bob : ada, kind, subject_id)
      expect(await decide(report_id, 'restore', 409)).toMatchObject({ code: 'decision_not_possible' })
      await decide(report_id, 'hide')
      expect(await decide(report_id, 'restore')).toEqual({ report_id, state: 'restored', reports: 1 })
      const of = (await social.activity(who.profile_id)).filter((one) => one.activity_id === activity_id)
      expect(of.map(({ type }) => type)).toEqual(['ActivityRecorded', 'ActivityWithdrawn', 'ActivityRecorded'])
      const [first, , last] = of
      expect({ ...last, event_id: first?.event_id, version: first?.version }).toEqual(first)
      expect((await told(who)).map(({ type }) => type)).toEqual(['NotificationSent', 'NotificationWithdrawn'])
      const moderator_id = social.moderator.account_id
      expect(await queued(subject_id, 'restored')).toMatchObject({ decided_by: moderator_id, restored_by: moderator_id })
    }
    expect(await status(review_id, bob)).toBe(200)
    expect((await social.as(bob, 200, { url: `/v1/reviews/${review_id}/comments` })).json()).toMatchObject({ items: [{ comment_id, state: 'published' }] })
  })

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
