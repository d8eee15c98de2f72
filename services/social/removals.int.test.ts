/** Removing what is much: gone for everybody at once, and row by row in pieces, whoever dies in between. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../shared/clock.ts'
import { putList } from './list-commands.ts'
import { sweep } from './sweep.ts'
import { heat, realSocial, type Joined, type RealSocial } from './testing.ts'

let social: RealSocial
beforeAll(async () => {
  social = await realSocial()
})
afterAll(() => social.close())

const own = ({ profile_id }: Joined, path: string): string => `/v1/members/${profile_id}/${path}`
const made = async (who: Joined, path: string, payload: object) =>
  (await social.as(who, 201, { method: 'POST', url: own(who, path), payload })).json<{ readonly review_id: string; readonly list_id: string }>()
const list = async (who: Joined) => (await made(who, 'lists', { name: 'Heists', visibility: 'public', ranked: false })).list_id
const left = async (table: string, column: string, id: string): Promise<number> =>
  (await social.rows<{ readonly rows: number }>(`SELECT COUNT(*) AS \`rows\` FROM ${table} WHERE ${column} = ?`, id))[0]?.rows ?? 0
/** As many rows as others would have made by hand. */
async function many(subject_kind: 'list' | 'review', subject_id: string, { likes, entries }: { readonly likes: number; readonly entries: number }): Promise<void> {
  const id = (): string => newId(social.platform.clock.micros())
  const rows = (count: number, row: (index: number) => readonly (string | number | Date)[]) => Array.from({ length: count }, (_, index) => row(index))
  await social.database.transact(async (sql) => {
    await sql.runMany('INSERT INTO likes (subject_id, profile_id, subject_kind, liked_at, version) VALUES ?', rows(likes, () => [subject_id, id(), subject_kind, new Date(0), 1]))
    await sql.runMany('INSERT INTO list_entries (list_id, title_id, place, added_by, version, added_at) VALUES ?', rows(entries, (index) => [subject_id, id(), `V${index}`, id(), 1, new Date(0)]))
  })
}
/** Others may have left something, too: turns until `isDone`. */
async function sweepUntil(isDone: () => Promise<boolean>): Promise<void> {
  for (let turns = 0; turns < 20 && !(await isDone()); turns++) await sweep(social.ports, () => {}, () => false)
}
const takenBack = async ({ profile_id }: Joined, kind: string): Promise<number> =>
  (await social.notifications(profile_id)).filter((told) => told.kind === kind && told.type === 'NotificationWithdrawn').length

test('a list that is full and much liked is gone at once; what is left of it goes in pieces, and what its owner was told of it is taken back', async () => {
  const [ada, bob] = [await social.join('ada'), await social.join('bob')]
  const list_id = await list(ada)
  await social.as(ada, 204, { method: 'PUT', url: own(ada, `lists/${list_id}/collaborators/${bob.profile_id}`) })
  await many('list', list_id, { likes: 650, entries: 2_500 })
  await social.as(ada, 204, { method: 'DELETE', url: own(ada, `lists/${list_id}`) })
  await social.as(ada, 404, { url: `/v1/lists/${list_id}?as=${ada.profile_id}` })
  await social.as(ada, 404, { method: 'DELETE', url: own(ada, `lists/${list_id}`) })
  await social.as(bob, 404, { method: 'PUT', url: own(bob, `likes/list/${list_id}`) })
  expect([await left('likes', 'subject_id', list_id), await left('list_entries', 'list_id', list_id), await left('list_collaborators', 'list_id', list_id)]).toEqual([50, 2_500, 0])
  // whoever brings a list of that id along again waits, or it would go with what is left
  const again = { list_id, profile_id: ada.profile_id, kind: 'custom', name: 'Heists', description_id: null, visibility: 'public', ranked: false, cloned_from: null } as const
  await expect(social.database.transact((sql) => putList(sql, again, { now_us: social.platform.clock.micros() }))).rejects.toMatchObject({ code: 'overloaded' })
  // somebody begins to sweep, and dies after one piece
  let pieces = 0
  await sweep(social.ports, () => {}, () => pieces++ > 0)
  await sweepUntil(async () => (await left('removals', 'subject_id', list_id)) === 0)
  expect([await left('likes', 'subject_id', list_id), await left('list_entries', 'list_id', list_id), await takenBack(ada, 'list_liked')]).toEqual([0, 0, 650])
})
test('a review that was much liked likewise', async () => {
  const ada = await social.join('ada')
  const { review_id } = await made(ada, 'reviews', { title_id: heat, body: 'Long.', spoiler: false, language: 'en' })
  await many('review', review_id, { likes: 650, entries: 0 })
  await social.as(ada, 204, { method: 'DELETE', url: own(ada, `reviews/${review_id}`) })
  expect([await left('reviews', 'review_id', review_id), await left('likes', 'subject_id', review_id)]).toEqual([0, 50])
  await sweepUntil(async () => (await left('removals', 'subject_id', review_id)) === 0)
  expect([await left('likes', 'subject_id', review_id), await takenBack(ada, 'review_liked')]).toEqual([0, 650])
})
test('whoever leaves is gone at once with their handle, and may come back when what they had made is gone, too', async () => {
  const [ada, bob] = [await social.join('ada'), await social.join('bob')]
  for (let lists = 0; lists < 45; lists++) await list(ada)
  await social.as(ada, 204, { method: 'DELETE', url: own(ada, 'card') })
  await social.as(bob, 404, { url: `/v1/members/${ada.handle}?as=${bob.profile_id}` })
  expect(await left('lists', 'profile_id', ada.profile_id)).toBeGreaterThan(20)
  const card = { handle: ada.handle, name: 'ada', is_private: false }
  const answer = await social.as(ada, 503, { method: 'PUT', url: own(ada, 'card'), payload: card })
  expect(answer.headers).toMatchObject({ 'retry-after': '1' })
  await sweepUntil(async () => (await left('social_profiles', 'profile_id', ada.profile_id)) === 0)
  expect(await left('lists', 'profile_id', ada.profile_id)).toBe(0)
  await social.as(ada, 201, { method: 'PUT', url: own(ada, 'card'), payload: card })
})
test('an account that is erased leaves nothing of what it had begun to remove', async () => {
  const ada = await social.join('ada')
  const list_id = await list(ada)
  await many('list', list_id, { likes: 650, entries: 0 })
  await social.as(ada, 204, { method: 'DELETE', url: own(ada, `lists/${list_id}`) })
  await social.as(ada, 204, { method: 'DELETE', url: own(ada, 'card') })
  expect([await left('removals', 'owner_id', ada.profile_id), await left('likes', 'subject_id', list_id), await left('social_profiles', 'profile_id', ada.profile_id)]).toEqual([0, 0, 0])
})
