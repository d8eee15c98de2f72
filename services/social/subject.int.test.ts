/** What may be liked, answered and reported, over the real MySQL: what one does not see is not there. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { heat, realSocial, type Joined, type RealSocial } from './testing.ts'

let social: RealSocial
beforeAll(async () => {
  social = await realSocial()
})
afterAll(() => social.close())

const own = (who: Joined, path: string): string => `/v1/members/${who.profile_id}/${path}`
const post = (who: Joined, path: string, payload: object, expected: number) => social.as(who, expected, { method: 'POST', url: own(who, path), payload })
const idOf = async (who: Joined, path: string, payload: object, key: string): Promise<string> => (await post(who, path, payload, 201)).json<Readonly<Record<string, string>>>()[key] ?? ''
const review = (who: Joined) => idOf(who, 'reviews', { title_id: heat, body: 'long', spoiler: false, language: 'en' }, 'review_id')
const comment = (who: Joined, subject_id: string, answers: object = {}) => idOf(who, 'comments', { subject_kind: 'review', subject_id, body: 'so', ...answers }, 'comment_id')
const like = (who: Joined, kind: string, id: string, expected: number) => social.as(who, expected, { method: 'PUT', url: own(who, `likes/${kind}/${id}`) })
const block = (who: Joined, other: Joined) => social.as(who, 200, { method: 'PUT', url: own(who, `blocks/${other.profile_id}`) })
const likes = async (who: Joined) => (await social.rows<{ readonly subject_id: string }>('SELECT subject_id FROM likes WHERE profile_id = ?', who.profile_id)).map(({ subject_id }) => subject_id)
const [three, refused] = [() => Promise.all(['ada', 'bob', 'eve'].map((name) => social.join(name))) as Promise<[Joined, Joined, Joined]>, { code: 'subject_not_found' }]

describe('a comment', () => {
  test('on what is not shown is not there either: it is neither liked nor reported', async () => {
    const [ada, bob, eve] = await three()
    const comment_id = await comment(bob, await review(ada))
    await block(ada, eve)
    expect((await like(eve, 'comment', comment_id, 404)).json()).toMatchObject(refused)
    expect((await post(eve, 'reports', { subject_kind: 'comment', subject_id: comment_id, reason: 'spam' }, 404)).json()).toMatchObject(refused)
    await like(ada, 'comment', comment_id, 201)
  })
  test('of somebody who has blocked one is not answered, and they are told of nothing', async () => {
    const [ada, bob, eve] = await three()
    const review_id = await review(ada)
    const comment_id = await comment(bob, review_id)
    await block(bob, eve)
    expect((await post(eve, 'comments', { subject_kind: 'review', subject_id: review_id, parent_id: comment_id, body: 'no' }, 422)).json()).toMatchObject({ code: 'unknown_subject' })
    expect(await social.notifications(bob.profile_id)).toEqual([])
    await comment(eve, review_id)
  })
  test('that is hidden is answered by nobody but its author', async () => {
    const [ada, bob, eve] = await three()
    const review_id = await review(ada)
    const comment_id = await comment(bob, review_id)
    const report_id = await idOf(eve, 'reports', { subject_kind: 'comment', subject_id: comment_id, reason: 'abuse' }, 'report_id')
    await social.as(social.moderator, 200, { method: 'POST', url: `/v1/moderation/reports/${report_id}/decision`, payload: { decision: 'hide' } })
    await post(ada, 'comments', { subject_kind: 'review', subject_id: review_id, parent_id: comment_id, body: 'no' }, 422)
    await comment(bob, review_id, { parent_id: comment_id })
  })
})

test('a private list is commented on by those who keep it, though its owner is private', async () => {
  const [ada, bob, eve] = [await social.join('ada', { is_private: true }), await social.join('bob'), await social.join('eve')]
  const list_id = await idOf(ada, 'lists', { name: 'Ours', visibility: 'private', ranked: false }, 'list_id')
  const words = { subject_kind: 'list', subject_id: list_id, body: 'more' }
  await post(bob, 'comments', words, 404)
  // whom a private owner lets keep a list sees it
  await social.as(bob, 200, { method: 'PUT', url: own(bob, `following/${ada.profile_id}`) })
  await social.as(ada, [200, 201, 204], { method: 'PUT', url: own(ada, `follow-requests/${bob.profile_id}`) })
  await social.as(ada, [200, 201, 204], { method: 'PUT', url: own(ada, `lists/${list_id}/collaborators/${bob.profile_id}`) })
  await post(bob, 'comments', words, 201)
  await post(eve, 'comments', words, 404)
})
test('a like is of a kind: under another it is neither there nor taken back', async () => {
  const [ada, bob] = await three()
  const review_id = await review(ada)
  await like(bob, 'review', review_id, 201)
  await like(bob, 'review', review_id, 200)
  for (const kind of ['list', 'comment']) expect((await like(bob, kind, review_id, 404)).json()).toMatchObject(refused)
  await social.as(bob, 204, { method: 'DELETE', url: own(bob, `likes/list/${review_id}`) })
  expect(await likes(bob)).toEqual([review_id])
  await social.as(bob, 204, { method: 'DELETE', url: own(bob, `likes/review/${review_id}`) })
  expect(await likes(bob)).toEqual([])
})

test('what a private member says and likes is told to those whom they have let in, and later to nobody', async () => {
  const [ada, eve] = [await social.join('ada'), await social.join('eve', { is_private: true })]
  const review_id = await review(ada)
  const said = await comment(ada, review_id)
  const [mute_comment, mute_answer] = [await comment(eve, review_id), await comment(eve, review_id, { parent_id: said })]
  await like(eve, 'review', review_id, 201)
  expect(await social.notifications(ada.profile_id)).toEqual([])
  await social.as(ada, 200, { method: 'PUT', url: own(ada, `following/${eve.profile_id}`) })
  await social.as(eve, 200, { method: 'PUT', url: own(eve, `follow-requests/${ada.profile_id}`) })
  const heard = await comment(eve, review_id)
  await like(eve, 'comment', said, 201)
  for (const comment_id of [mute_comment, mute_answer]) await social.as(eve, 204, { method: 'DELETE', url: own(eve, `comments/${comment_id}`) })
  const told = (await social.notifications(ada.profile_id)).filter(({ type, kind }) => type === 'NotificationSent' && !kind.startsWith('follow'))
  expect(told.map(({ notification_id }) => notification_id)).toEqual([`commented:${heard}`, `comment_liked:${said}.${eve.profile_id}`])
})
test('who no longer sees a review is not told that their comment on it was answered or liked', async () => {
  const [ada, bob] = [await social.join('ada', { is_private: true }), await social.join('bob')]
  await social.as(bob, 200, { method: 'PUT', url: own(bob, `following/${ada.profile_id}`) })
  await social.as(ada, 200, { method: 'PUT', url: own(ada, `follow-requests/${bob.profile_id}`) })
  const review_id = await review(ada)
  const said = await comment(bob, review_id)
  await social.as(ada, [200, 204], { method: 'DELETE', url: own(ada, `followers/${bob.profile_id}`) })
  await comment(ada, review_id, { parent_id: said })
  await like(ada, 'comment', said, 201)
  expect((await social.notifications(bob.profile_id)).filter(({ type, kind }) => type === 'NotificationSent' && !kind.startsWith('follow'))).toEqual([])
})
