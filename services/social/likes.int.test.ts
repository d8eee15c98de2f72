/** Likes over the real MySQL. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { alien, heat, missing, realSocial, type Joined, type RealSocial } from './testing.ts'

let social: RealSocial
beforeAll(async () => {
  social = await realSocial()
})
afterAll(() => social.close())

const made = async (who: Joined, path: string, payload: object) =>
  (await social.as(who, 201, { method: 'POST', url: `/v1/members/${who.profile_id}/${path}`, payload })).json<{ readonly review_id: string; readonly list_id: string; readonly comment_id: string }>()
const review = async (who: Joined) => (await made(who, 'reviews', { title_id: heat, body: 'Long.', spoiler: false, language: 'en' })).review_id
const list = async (who: Joined, visibility = 'public') => (await made(who, 'lists', { name: 'Heists', visibility, ranked: false })).list_id
const comment = async (who: Joined, subject_kind: string, subject_id: string) => (await made(who, 'comments', { subject_kind, subject_id, body: 'yes' })).comment_id
const like = (who: Joined, kind: string, subject_id: string, expected: number | readonly number[] = 201) =>
  social.as(who, expected, { method: 'PUT', url: `/v1/members/${who.profile_id}/likes/${kind}/${subject_id}` })
const unlike = (who: Joined, kind: string, subject_id: string, expected = 204) =>
  social.as(who, expected, { method: 'DELETE', url: `/v1/members/${who.profile_id}/likes/${kind}/${subject_id}` })
const block = (who: Joined, { profile_id }: Joined) => social.as(who, [200, 201, 204], { method: 'PUT', url: `/v1/members/${who.profile_id}/blocks/${profile_id}` })
const liked = async ({ profile_id }: Joined) => (await social.activity(profile_id)).filter(({ kind }) => kind === 'liked').map(({ type, activity_id }) => [type, activity_id])
const notices = async ({ profile_id }: Joined, kind: string) =>
  (await social.notifications(profile_id)).filter((told) => told.kind === kind).map(({ type, notification_id }) => [type, notification_id])

describe('a like', () => {
  test('is told once, though it is given twice, and is taken back once', async () => {
    const [ada, bob] = [await social.join('ada'), await social.join('bob')]
    const review_id = await review(ada)
    const first = await like(bob, 'review', review_id)
    expect((await like(bob, 'review', review_id, 200)).json()).toEqual(first.json())
    await unlike(bob, 'review', review_id)
    await unlike(bob, 'review', review_id)
    expect(await liked(bob)).toEqual([['ActivityRecorded', `liked:${review_id}.${bob.profile_id}`], ['ActivityWithdrawn', `liked:${review_id}.${bob.profile_id}`]])
    expect(await notices(ada, 'review_liked')).toEqual([['NotificationSent', `review_liked:${review_id}.${bob.profile_id}`], ['NotificationWithdrawn', `review_liked:${review_id}.${bob.profile_id}`]])
    expect(new Set((await social.activity(bob.profile_id)).map(({ occurred_at }) => occurred_at)).size).toBe(1)
  })
  test('is one, however often it is given at once', async () => {
    const [ada, bob] = [await social.join('ada'), await social.join('bob')]
    const review_id = await review(ada)
    const answers = await Promise.all(Array.from({ length: 8 }, () => like(bob, 'review', review_id, [200, 201])))
    expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([...Array<number>(7).fill(200), 201])
    expect(await liked(bob)).toHaveLength(1)
  })
  test.each(['title', 'list', 'comment'])('of a %s is told, too', async (kind) => {
    const [ada, bob] = [await social.join('ada'), await social.join('bob')]
    const subject_id = kind === 'title' ? alien : kind === 'list' ? await list(ada) : await comment(ada, 'review', await review(ada))
    await like(bob, kind, subject_id)
    expect(await liked(bob)).toEqual([['ActivityRecorded', `liked:${subject_id}.${bob.profile_id}`]])
    expect(await notices(ada, `${kind}_liked`)).toHaveLength(kind === 'title' ? 0 : 1)
  })
  test('of what is one’s own is told to nobody', async () => {
    const ada = await social.join('ada')
    await like(ada, 'review', await review(ada))
    expect(await social.notifications(ada.profile_id)).toEqual([])
  })
})

describe('what one does not see, one does not like', () => {
  test('what there is not, what is private, and what is of those who have blocked one are the same', async () => {
    const [ada, bob, eve] = [await social.join('ada'), await social.join('bob', { is_private: true }), await social.join('eve')]
    const [of_ada, of_bob, kept] = [await review(ada), await review(bob), await list(ada, 'private')]
    const said = await comment(eve, 'review', of_ada)
    await block(ada, eve)
    const answers = [
      await like(eve, 'review', missing, 404), await like(eve, 'review', of_ada, 404), await like(eve, 'review', of_bob, 404), await like(eve, 'list', kept, 404),
      await like(eve, 'title', missing, 404),
    ]
    expect(new Set(answers.map((answer) => answer.json<{ code: string; detail: string }>()).map(({ code, detail }) => `${code} ${detail}`)).size).toBe(1)
    // her own comment is under what she does not see any more
    await like(eve, 'comment', said, 404)
    expect(await liked(eve)).toEqual([])
  })
  test('but what one has liked before may be taken back', async () => {
    const [ada, eve] = [await social.join('ada'), await social.join('eve')]
    const review_id = await review(ada)
    await like(eve, 'review', review_id)
    await block(ada, eve)
    await unlike(eve, 'review', review_id)
    expect(await social.rows('SELECT 1 FROM likes WHERE subject_id = ?', review_id)).toEqual([])
  })
})
