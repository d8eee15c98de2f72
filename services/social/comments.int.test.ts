/** Comments over the real MySQL, with views that have caught up. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { heat, missing, realSocial, type Joined, type RealSocial } from './testing.ts'

let social: RealSocial
beforeAll(async () => {
  social = await realSocial()
})
afterAll(() => social.close())

const review = async (who: Joined) =>
  (await social.as(who, 201, { method: 'POST', url: `/v1/members/${who.profile_id}/reviews`, payload: { title_id: heat, body: 'Long.', spoiler: false, language: 'en' } }))
    .json<{ review_id: string }>().review_id
const list = async (who: Joined, visibility = 'public') =>
  (await social.as(who, 201, { method: 'POST', url: `/v1/members/${who.profile_id}/lists`, payload: { name: 'Heists', visibility, ranked: false } })).json<{ list_id: string }>().list_id
const send = (who: Joined, some: object, expected: number | readonly number[] = 201) =>
  social.as(who, expected, { method: 'POST', url: `/v1/members/${who.profile_id}/comments`, payload: { subject_kind: 'review', body: 'yes', ...some } })
const comment = async (who: Joined, some: object) => (await send(who, some)).json<{ comment_id: string }>().comment_id
const change = (who: Joined, comment_id: string, body: string, expected = 200) =>
  social.as(who, expected, { method: 'PATCH', url: `/v1/members/${who.profile_id}/comments/${comment_id}`, payload: { body } })
const remove = (who: Joined, comment_id: string, expected = 204) => social.as(who, expected, { method: 'DELETE', url: `/v1/members/${who.profile_id}/comments/${comment_id}` })
const put = (who: Joined, path: string) => social.as(who, [200, 201, 204], { method: 'PUT', url: `/v1/members/${who.profile_id}/${path}` })
interface Said { readonly comment_id: string; readonly parent_id: string | null; readonly body: string }
const thread = async (subject_id: string, who?: Joined, kind = 'reviews') =>
  (await social.as(who, 200, { url: `/v1/${kind}/${subject_id}/comments${who === undefined ? '' : `?as=${who.profile_id}`}` })).json<{ items: readonly Said[] }>().items
const ids = async (subject_id: string, who?: Joined) => (await thread(subject_id, who)).map(({ comment_id }) => comment_id)
/** What was told of and to somebody, and has not been taken back. */
async function standing({ profile_id }: Joined): Promise<readonly string[]> {
  const held = new Map<string, string>()
  for (const { activity_id, type } of await social.activity(profile_id)) held.set(activity_id, type)
  for (const { notification_id, type } of await social.notifications(profile_id)) held.set(`to: ${notification_id}`, type)
  return [...held].filter(([, type]) => type === 'ActivityRecorded' || type === 'NotificationSent').map(([id]) => id)
}

describe('a comment', () => {
  test('is written, changed and removed; the author of the review is told of it while it is there', async () => {
    const [ada, bob] = [await social.join('ada'), await social.join('bob')]
    const review_id = await review(ada)
    const comment_id = await comment(bob, { subject_id: review_id, body: '*yes*' })
    expect(await thread(review_id)).toMatchObject([{ comment_id, profile_id: bob.profile_id, handle: bob.handle, parent_id: null, body: '*yes*', body_html: '<p><em>yes</em></p>\n', likes: 0 }])
    expect([await standing(bob), (await standing(ada)).filter((told) => told.startsWith('to:'))]).toEqual([[`commented:${comment_id}`], [`to: commented:${comment_id}`]])
    await change(bob, comment_id, 'no')
    expect((await thread(review_id)).map(({ body }) => body)).toEqual(['no'])
    await change(ada, comment_id, 'mine now', 404)
    await remove(bob, comment_id)
    await remove(bob, comment_id, 404)
    await change(bob, comment_id, 'still there?', 404)
    expect([await thread(review_id), await standing(bob)]).toEqual([[], []])
    expect((await standing(ada)).filter((told) => told.startsWith('to:'))).toEqual([])
    expect(await social.rows('SELECT text_id FROM texts WHERE account_id = ?', bob.account_id)).toEqual([])
  })
  test('stands under a list, too, and its owner is told', async () => {
    const [ada, bob] = [await social.join('ada'), await social.join('bob')]
    const list_id = await list(ada)
    const comment_id = await comment(bob, { subject_kind: 'list', subject_id: list_id })
    expect((await thread(list_id, undefined, 'lists')).map((said) => said.comment_id)).toEqual([comment_id])
    expect(await standing(ada)).toContain(`to: commented:${comment_id}`)
    await send(bob, { subject_kind: 'review', subject_id: list_id }, 404)
  })
  test('on what is one’s own is told to feeds, and to nobody in particular', async () => {
    const ada = await social.join('ada')
    const comment_id = await comment(ada, { subject_id: await review(ada) })
    expect(await standing(ada)).toContain(`commented:${comment_id}`)
    expect(await social.notifications(ada.profile_id)).toEqual([])
  })
})

describe('an answer', () => {
  test('is told to whom it answers, and to the author of the review, who is told once', async () => {
    const [ada, bob, cyd] = [await social.join('ada'), await social.join('bob'), await social.join('cyd')]
    const review_id = await review(ada)
    const [his, hers] = [await comment(bob, { subject_id: review_id }), await comment(ada, { subject_id: review_id })]
    const [to_his, to_hers] = [await comment(cyd, { subject_id: review_id, parent_id: his }), await comment(cyd, { subject_id: review_id, parent_id: hers })]
    expect((await standing(bob)).filter((told) => told.startsWith('to:'))).toEqual([`to: answered:${to_his}`])
    expect((await standing(ada)).filter((told) => told.startsWith('to:'))).toEqual([his, to_his, to_hers].map((id) => `to: commented:${id}`))
  })
  test('has no answers, and answers what was said of the same thing', async () => {
    const [ada, bob] = [await social.join('ada'), await social.join('bob')]
    const [review_id, other] = [await review(ada), await review(ada)]
    const said = await comment(bob, { subject_id: review_id })
    const answer = await comment(ada, { subject_id: review_id, parent_id: said })
    for (const [subject_id, parent_id, code] of [[review_id, answer, 'answer_to_an_answer'], [other, said, 'unknown_subject'], [review_id, missing, 'unknown_subject']] as const) {
      expect((await send(bob, { subject_id, parent_id }, 422)).json()).toMatchObject({ code })
    }
  })
  test('goes with what it answers, with its likes, and is taken back from everybody', async () => {
    const [ada, bob, cyd] = [await social.join('ada'), await social.join('bob'), await social.join('cyd')]
    const review_id = await review(ada)
    const said = await comment(bob, { subject_id: review_id })
    const answer = await comment(cyd, { subject_id: review_id, parent_id: said })
    const kept = await comment(cyd, { subject_id: review_id })
    await put(bob, `likes/comment/${answer}`)
    await remove(bob, said)
    expect(await ids(review_id)).toEqual([kept])
    expect([await standing(bob), await standing(cyd)]).toEqual([[], [`commented:${kept}`]])
    expect((await standing(ada)).filter((told) => told.startsWith('to:'))).toEqual([`to: commented:${kept}`])
    expect(await social.rows('SELECT 1 FROM likes WHERE subject_id = ?', answer)).toEqual([])
  })
  test('that is liked while what it answers is removed leaves no like behind', async () => {
    const [ada, bob, cyd] = [await social.join('ada'), await social.join('bob'), await social.join('cyd')]
    const review_id = await review(ada)
    for (let round = 0; round < 5; round++) {
      const said = await comment(bob, { subject_id: review_id })
      const answer = await comment(bob, { subject_id: review_id, parent_id: said })
      await Promise.all([remove(bob, said), social.as(cyd, [201, 404], { method: 'PUT', url: `/v1/members/${cyd.profile_id}/likes/comment/${answer}` })])
      expect(await social.rows('SELECT 1 FROM likes WHERE subject_id = ?', answer)).toEqual([])
    }
    expect([await standing(cyd), await standing(bob)]).toEqual([[], []])
  })
  test('that is written while what it answers is removed is either gone with it or refused', async () => {
    const [ada, bob, cyd] = [await social.join('ada'), await social.join('bob'), await social.join('cyd')]
    const review_id = await review(ada)
    for (let round = 0; round < 5; round++) {
      const said = await comment(bob, { subject_id: review_id })
      await Promise.all([remove(bob, said), send(cyd, { subject_id: review_id, parent_id: said }, [201, 422])])
    }
    expect(await ids(review_id)).toEqual([])
    expect(await standing(cyd)).toEqual([])
  })
})

describe('who may', () => {
  test('remove a comment: its author, and whose review or list it is on, and nobody else', async () => {
    const [ada, bob, eve] = [await social.join('ada'), await social.join('bob'), await social.join('eve')]
    const [review_id, list_id] = [await review(ada), await list(ada)]
    const on = [await comment(bob, { subject_id: review_id }), await comment(bob, { subject_kind: 'list', subject_id: list_id })]
    for (const comment_id of on) {
      await remove(eve, comment_id, 404)
      await remove(ada, comment_id)
    }
    expect(await standing(bob)).toEqual([])
  })
  test('comment: who sees what it is on; missing, private and blocked are the same', async () => {
    const [ada, bob, eve] = [await social.join('ada'), await social.join('bob', { is_private: true }), await social.join('eve')]
    const [of_ada, of_bob, kept] = [await review(ada), await review(bob), await list(ada, 'private')]
    await put(ada, `blocks/${eve.profile_id}`)
    const answers = [
      await send(eve, { subject_id: missing }, 404), await send(eve, { subject_id: of_ada }, 404), await send(eve, { subject_id: of_bob }, 404),
      await send(eve, { subject_kind: 'list', subject_id: kept }, 404),
    ]
    expect(new Set(answers.map((answer) => answer.json<{ code: string; detail: string }>()).map(({ code, detail }) => `${code} ${detail}`)).size).toBe(1)
  })
  test('read a comment: whom its author has not blocked', async () => {
    const [ada, bob, eve] = [await social.join('ada'), await social.join('bob'), await social.join('eve')]
    const review_id = await review(ada)
    const said = await comment(bob, { subject_id: review_id })
    await put(bob, `blocks/${eve.profile_id}`)
    expect([await ids(review_id, eve), await ids(review_id, ada)]).toEqual([[], [said]])
  })
})
