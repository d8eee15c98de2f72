/** Reviews over the real MySQL, with views that have caught up. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../shared/clock.ts'
import { hourly } from './limits.ts'
import { alien, heat, missing, realSocial, type Joined, type RealSocial } from './testing.ts'

let social: RealSocial
beforeAll(async () => {
  social = await realSocial()
})
afterAll(() => social.close())

interface Made { readonly review_id: string; readonly etag: string; readonly version: number; readonly edits: number }
const words = { title_id: heat, body: '**Long**, and never *slow*.', spoiler: false, language: 'en', stars: 4.5 }
const write = async (who: Joined, some: object = {}, expected = 201, headers = {}): Promise<Made> => {
  const answer = await social.as(who, expected, { method: 'POST', url: `/v1/members/${who.profile_id}/reviews`, payload: { ...words, ...some }, headers })
  return { ...answer.json<Omit<Made, 'etag'>>(), etag: String(answer.headers.etag) }
}
const change = (who: Joined, review_id: string, payload: object, expected = 200, headers = {}) =>
  social.as(who, expected, { method: 'PATCH', url: `/v1/members/${who.profile_id}/reviews/${review_id}`, payload, headers })
const remove = (who: Joined, review_id: string, expected = 204, headers = {}) =>
  social.as(who, expected, { method: 'DELETE', url: `/v1/members/${who.profile_id}/reviews/${review_id}`, headers })
const get = (who: Joined | undefined, path: string, expected = 200, headers = {}) =>
  social.as(who, expected, { url: `${path}${who === undefined ? '' : `?as=${who.profile_id}`}`, headers })
const post = async (who: Joined, path: string, payload: object) =>
  (await social.as(who, 201, { method: 'POST', url: `/v1/members/${who.profile_id}/${path}`, payload })).json<{ readonly comment_id: string; readonly report_id: string }>()
const put = (who: Joined, path: string) => social.as(who, [200, 201, 204], { method: 'PUT', url: `/v1/members/${who.profile_id}/${path}` })

describe('a review', () => {
  test('is written, read, changed and removed', async () => {
    const ada = await social.join('ada')
    const made = await write(ada)
    expect((await get(undefined, `/v1/reviews/${made.review_id}`)).json()).toMatchObject({
      title_id: heat, profile_id: ada.profile_id, handle: ada.handle, stars: 4.5, spoiler: false, state: 'published', edits: 0, likes: 0, comments: 0,
      body: words.body, body_html: '<p><strong>Long</strong>, and never <em>slow</em>.</p>\n',
    })
    const { headers } = await change(ada, made.review_id, { body: 'Short.', stars: null }, 200, { 'if-match': made.etag })
    await change(ada, made.review_id, { spoiler: true }, 412, { 'if-match': made.etag })
    await remove(ada, made.review_id, 412, { 'if-match': made.etag })
    expect((await get(undefined, `/v1/reviews/${made.review_id}`)).json()).toMatchObject({ body: 'Short.', stars: null, edits: 1 })
    const gone = await remove(ada, made.review_id, 204, { 'if-match': String(headers.etag) })
    await get(ada, `/v1/reviews/${made.review_id}`, 404, { 'read-after': String(gone.headers.etag) })
    await remove(ada, made.review_id, 404)
  })
  test('keeps what it said before for its author and for moderators, and nothing of what was not changed', async () => {
    const [ada, bob] = [await social.join('ada'), await social.join('bob')]
    const { review_id, version } = await write(ada, { body: 'first' })
    for (const payload of [{ body: 'second' }, { body: 'second' }, { spoiler: true }, { body: 'third' }]) await change(ada, review_id, payload)
    const edits = (await get(ada, `/v1/reviews/${review_id}/edits`)).json<{ items: { edit: number; body: string; written_at: string }[] }>()
    expect(edits).toMatchObject({ items: [{ edit: 0, body: 'first', written_at: new Date(Math.floor(version / 1_000)).toISOString() }, { edit: 1, body: 'second' }], next_cursor: null })
    expect((await social.as(social.moderator, 200, { url: `/v1/reviews/${review_id}/edits` })).json()).toEqual(edits)
    await get(bob, `/v1/reviews/${review_id}/edits`, 404)
    await get(undefined, `/v1/reviews/${review_id}/edits`, 401)
  })
  test('is of an entry of the diary that its profile has of that title, and of no other', async () => {
    const [ada, bob] = [await social.join('ada'), await social.join('bob')]
    const viewing_id = newId(social.platform.clock.micros())
    social.viewings.set(viewing_id, { profile_id: ada.profile_id, title_id: heat })
    for (const [who, some] of [[bob, { viewing_id }], [ada, { viewing_id, title_id: alien }], [ada, { viewing_id: missing }]] as const) {
      expect(await write(who, some, 422)).toMatchObject({ code: 'unknown_viewing', errors: [{ field: 'viewing_id' }] })
    }
    expect(await write(ada, { viewing_id })).toMatchObject({ viewing_id })
  })
  test('changes its version with what it says, and with nothing else', async () => {
    const ada = await social.join('ada')
    const { review_id, etag } = await write(ada)
    expect((await change(ada, review_id, { body: words.body, stars: 4.5, spoiler: false })).headers.etag).toBe(etag)
    expect((await change(ada, review_id, { language: 'pt-BR' })).headers.etag).not.toBe(etag)
  })
  test('is written once under a key, and the key keeps none of its words', async () => {
    const ada = await social.join('ada')
    const key = { 'idempotency-key': `review-${ada.profile_id}` }
    const first = await write(ada, {}, 201, key)
    expect((await write(ada, {}, 201, key)).review_id).toBe(first.review_id)
    expect(await social.rows('SELECT review_id FROM reviews WHERE profile_id = ?', ada.profile_id)).toHaveLength(1)
    const [kept] = await social.rows<{ readonly body: string }>('SELECT body FROM idempotency_keys WHERE idempotency_key = ?', key['idempotency-key'])
    expect(kept?.body).toContain(first.review_id)
    expect(kept?.body).not.toContain('never')
  })
  test('of somebody else is neither changed nor removed, as one that there is not', async () => {
    const [ada, bob] = [await social.join('ada'), await social.join('bob')]
    const { review_id } = await write(ada)
    const [theirs, none] = [await change(bob, review_id, { spoiler: true }, 404), await change(bob, missing, { spoiler: true }, 404)]
    expect([theirs, none].map((answer) => answer.json<{ code: string; detail: string }>()).map(({ code, detail }) => `${code}: ${detail}`)).toEqual(
      ['review_not_found: no review has this id', 'review_not_found: no review has this id'])
    await remove(bob, review_id, 404)
    await social.as(bob, 404, { method: 'DELETE', url: `/v1/members/${ada.profile_id}/reviews/${review_id}` })
  })
  test('needs a title that there is, and a card', async () => {
    const ada = await social.join('ada')
    await write(ada, { title_id: missing }, 422)
    const nobody = { ...social.profile(), handle: '' }
    await write(nobody, {}, 409)
  })
  test('is written as often as the hour allows', async () => {
    const ada = await social.join('ada')
    await write(ada)
    await social.database.read((sql) => sql.run("UPDATE action_counts SET count = ? WHERE account_id = ? AND action = 'review'", [hourly.review, ada.account_id]))
    await write(ada, {}, 429)
    expect(await social.rows('SELECT text_id FROM texts WHERE account_id = ?', ada.account_id)).toHaveLength(1)
  })
})

describe('who sees a review', () => {
  test('of a private member: those whom they have let in', async () => {
    const [ada, bob, eve] = [await social.join('ada', { is_private: true }), await social.join('bob'), await social.join('eve')]
    const { review_id } = await write(ada)
    await put(bob, `following/${ada.profile_id}`)
    await get(bob, `/v1/reviews/${review_id}`, 404)
    await put(ada, `follow-requests/${bob.profile_id}`)
    await get(bob, `/v1/reviews/${review_id}`)
    await get(ada, `/v1/reviews/${review_id}`)
    await get(eve, `/v1/reviews/${review_id}`, 404)
    await get(undefined, `/v1/reviews/${review_id}`, 404)
    await get(undefined, `/v1/members/${ada.handle}/reviews`, 404)
  })
  test('where one has blocked the other: neither', async () => {
    const [ada, bob] = [await social.join('ada'), await social.join('bob')]
    const [hers, his] = [await write(ada), await write(bob)]
    await put(ada, `blocks/${bob.profile_id}`)
    await get(bob, `/v1/reviews/${hers.review_id}`, 404)
    await get(ada, `/v1/reviews/${his.review_id}`, 404)
    await get(undefined, `/v1/reviews/${his.review_id}`)
  })
})

describe('what is told of a review', () => {
  test('is told again as it changes, with the time at which it was written, and is taken back with it', async () => {
    const ada = await social.join('ada')
    const { review_id } = await write(ada)
    await change(ada, review_id, { stars: 2 })
    await remove(ada, review_id)
    const told = await social.activity(ada.profile_id)
    expect(told.map(({ type, activity_id, half_stars }) => [type, activity_id, half_stars])).toEqual([
      ['ActivityRecorded', `reviewed:${review_id}`, 9], ['ActivityRecorded', `reviewed:${review_id}`, 4], ['ActivityWithdrawn', `reviewed:${review_id}`, 4],
    ])
    expect(new Set(told.map(({ occurred_at }) => occurred_at)).size).toBe(1)
    expect(new Set(told.map(({ version }) => version)).size).toBe(3)
  })
  test('and all that was said of it, is gone with it', async () => {
    const [ada, bob, cyd] = [await social.join('ada'), await social.join('bob'), await social.join('cyd')]
    const { review_id } = await write(ada)
    await change(ada, review_id, { body: 'again' })
    const { comment_id } = await post(bob, 'comments', { subject_kind: 'review', subject_id: review_id, body: 'yes' })
    await post(cyd, 'comments', { subject_kind: 'review', subject_id: review_id, parent_id: comment_id, body: 'no' })
    for (const [who, subject] of [[bob, `review/${review_id}`], [ada, `comment/${comment_id}`]] as const) await put(who, `likes/${subject}`)
    await post(cyd, 'reports', { subject_kind: 'review', subject_id: review_id, reason: 'spam' })
    const other = await write(ada, { title_id: alien })
    await remove(ada, review_id)
    for (const [table, column] of [['review_edits', 'review_id'], ['comments', 'subject_id'], ['likes', 'subject_id'], ['reports', 'subject_id']] as const) {
      expect(await social.rows(`SELECT 1 FROM ${table} WHERE ${column} IN (?, ?)`, review_id, comment_id), table).toEqual([])
    }
    for (const { account_id } of [bob, cyd]) expect(await social.rows('SELECT text_id FROM texts WHERE account_id = ?', account_id)).toEqual([])
    for (const who of [ada, bob, cyd]) {
      const [activity, notices] = [new Map<string, string>(), new Map<string, string>()]
      for (const { activity_id, type } of await social.activity(who.profile_id)) activity.set(activity_id, type)
      for (const { notification_id, type } of await social.notifications(who.profile_id)) notices.set(notification_id, type)
      expect([...activity].filter(([, type]) => type === 'ActivityRecorded').map(([id]) => id)).toEqual(who === ada ? [`reviewed:${other.review_id}`] : [])
      expect([...notices.values()].filter((type) => type === 'NotificationSent')).toEqual([])
    }
  })
})
