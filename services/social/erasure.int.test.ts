/** What a person has a right to: to be told all that they made here, and to have it gone, wherever others have answered it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../shared/clock.ts'
import { eraseAccount, eraseProfile } from './erasure.ts'
import { exportAccount } from './export.ts'
import { idOf, prepareToTell, record } from './tell.ts'
import { heat, realSocial, titles, type Joined, type RealSocial } from './testing.ts'
import { addText } from './texts.ts'

let social: RealSocial
beforeAll(async () => {
  social = await realSocial()
})
afterAll(() => social.close())

const send = (who: Joined, method: 'POST' | 'PUT', path: string, payload?: object) =>
  social.as(who, [200, 201, 204], { method, url: `/v1/members/${who.profile_id}/${path}`, ...(payload === undefined ? {} : { payload }) })
const listOf = async (who: Joined): Promise<string> =>
  (await send(who, 'POST', 'lists', { name: 'Heists', description: 'of mine', visibility: 'public', ranked: true })).json<{ list_id: string }>().list_id

/** A review, told of. */
async function review({ profile_id, account_id }: Joined, body: string): Promise<string> {
  await prepareToTell(social.ports)
  return social.database.transact(async (sql) => {
    const version = social.ports.clock.micros()
    const [review_id, at] = [newId(version), new Date(version / 1_000)]
    await sql.run(
      'INSERT INTO reviews (review_id, title_id, profile_id, text_id, spoiler, language, state, edits, version, created_at, updated_at) VALUES (?, ?, ?, ?, 0, ?, ?, 0, ?, ?, ?)',
      [review_id, heat, profile_id, await addText(social.ports, sql, account_id, body), 'en', 'published', version, at, at],
    )
    const about = { title_id: heat, subject_kind: 'review', subject_id: review_id, occurred_at: at.getTime(), version }
    await record(social.ports, sql, { activity_id: idOf('reviewed', review_id), profile_id, kind: 'reviewed', ...about })
    return review_id
  })
}
/** A comment or an answer, and a like of it. */
async function comment({ profile_id, account_id }: Joined, subject_id: string, body: string, parent_id: string | null = null): Promise<string> {
  return social.database.transact(async (sql) => {
    const version = social.ports.clock.micros()
    const [comment_id, at] = [newId(version), new Date(version / 1_000)]
    await sql.run('INSERT INTO comments (comment_id, subject_id, subject_kind, parent_id, profile_id, text_id, state, version, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      [comment_id, subject_id, 'review', parent_id, profile_id, await addText(social.ports, sql, account_id, body), 'published', version, at, at])
    await sql.run('INSERT INTO likes (subject_id, profile_id, subject_kind, liked_at, version) VALUES (?, ?, ?, ?, ?)', [comment_id, profile_id, 'comment', at, version])
    return comment_id
  })
}

/** Two who know each other: each has made something, at what is the other's too. */
async function acquainted() {
  const [ada, bob] = [await social.join('ada', { bio: 'I watch films.' }), await social.join('bob')]
  await send(ada, 'PUT', `following/${bob.profile_id}`)
  await send(bob, 'PUT', `following/${ada.profile_id}`)
  const [hers, his] = [await listOf(ada), await listOf(bob)]
  await send(ada, 'PUT', `lists/${hers}/entries/${heat}`, { note: 'by ada' })
  await send(bob, 'PUT', `lists/${his}/collaborators/${ada.profile_id}`)
  await send(ada, 'PUT', `lists/${his}/entries/${heat}`, { note: 'by ada, at his' })
  await send(bob, 'PUT', `lists/${his}/entries/${titles[1] ?? ''}`, { note: 'by bob' })
  await send(ada, 'PUT', `watchlist/${heat}`)
  const [her_review, his_review] = [await review(ada, 'her review'), await review(bob, 'his review')]
  const at_hers = await comment(bob, her_review, 'his comment')
  await comment(ada, her_review, 'her answer', at_hers)
  const at_his = await comment(ada, his_review, 'her comment')
  await comment(bob, his_review, 'his answer', at_his)
  return { ada, bob, hers, his, her_review, his_review }
}

const places = [
  ['social_profiles', 'profile_id'], ['relations', 'profile_id'], ['relations', 'other_id'], ['reviews', 'profile_id'], ['likes', 'profile_id'], ['comments', 'profile_id'], ['lists', 'profile_id'],
  ['list_entries', 'added_by'], ['list_collaborators', 'profile_id'], ['notification_marks', 'profile_id'], ['reports', 'reporter_id'],
] as const
const ofAccount = ['social_profiles', 'texts', 'review_edits', 'reports', 'action_counts', 'social_keys'] as const
const left = async (table: string, column: string, id: string): Promise<readonly string[]> =>
  (await social.rows(`SELECT 1 FROM ${table} WHERE ${column} = ?`, id)).map(() => `${table}.${column}`)
const leftOf = async ({ profile_id }: Joined): Promise<readonly string[]> => (await Promise.all(places.map(([table, column]) => left(table, column, profile_id)))).flat()
const bodies = async (who: Joined): Promise<readonly string[]> => {
  const lines: string[] = []
  for await (const { file, line } of exportAccount(social.ports, who.account_id)) lines.push(`${file} ${line}`)
  return lines
}

describe('an account that is erased', () => {
  test('leaves no row, and nothing that was said of what it made; what others made elsewhere stays', async () => {
    const { ada, bob, his, her_review, his_review } = await acquainted()
    for (let pieces = 0; !(await eraseAccount(social.ports, ada.account_id, () => true)); pieces++) expect(pieces).toBeLessThan(60)
    expect(await leftOf(ada)).toEqual([])
    expect((await Promise.all(ofAccount.map((table) => left(table, 'account_id', ada.account_id)))).flat()).toEqual([])
    expect([await left('comments', 'subject_id', her_review), await left('comments', 'subject_id', his_review)]).toEqual([[], []])
    const kept = await social.rows<{ readonly note_id: string | null; readonly added_by: string }>('SELECT note_id, added_by FROM list_entries WHERE list_id = ? ORDER BY place', his)
    expect(kept.map(({ note_id, added_by }) => [note_id === null, added_by])).toEqual([[true, bob.profile_id], [false, bob.profile_id]])
    expect((await bodies(bob)).filter((line) => line.includes('his review') || line.includes('by bob'))).toHaveLength(2)
  })
  test('takes back what it was told to have done', async () => {
    const { ada, bob } = await acquainted()
    expect(await eraseAccount(social.ports, ada.account_id, () => false)).toBe(true)
    for (const who of [ada, bob]) {
      const last = new Map((await social.activity(who.profile_id)).map((told) => [told.activity_id, told]))
      const standing = [...last.values()].filter(({ type }) => type === 'ActivityRecorded').map(({ kind }) => kind)
      expect(standing.toSorted()).toEqual(who === ada ? [] : ['listed', 'reviewed'])
    }
    const held = new Map((await social.notifications(bob.profile_id)).map((told) => [told.notification_id, told]))
    expect([...held.values()].filter(({ type, actor_id }) => type === 'NotificationSent' && actor_id === ada.profile_id)).toEqual([])
  })
  test('may be erased again, or without ever having been here', async () => {
    const ada = await social.join('ada')
    for (let times = 0; times < 2; times++) expect(await eraseAccount(social.ports, ada.account_id, () => false)).toBe(true)
  })
})

test('a profile that is erased leaves its account’s key, and the account’s other profile as it was', async () => {
  const ada = await social.join('ada', { bio: 'one' })
  const other = await social.join('ada', { account_id: ada.account_id, bio: 'two' })
  expect(await eraseProfile(social.ports, ada.profile_id, () => false)).toBe(true)
  expect(await leftOf(ada)).toEqual([])
  expect((await bodies(other)).filter((line) => line.includes('"bio":"two"'))).toHaveLength(1)
})

test('an export holds all that the account made, with its words opened, and no words of others', async () => {
  const { ada } = await acquainted()
  const lines = await bodies(ada)
  for (const said of ['I watch films.', 'of mine', 'by ada"', 'by ada, at his', 'her review', 'her answer', 'her comment']) expect(lines.filter((line) => line.includes(said))).toHaveLength(1)
  for (const said of ['his comment', 'his answer', 'by bob']) expect(lines.some((line) => line.includes(said))).toBe(false)
  const files = Object.entries(Object.groupBy(lines, (line) => line.slice(0, line.indexOf(' ')))).map(([file, rows]) => [file, rows?.length ?? 0])
  expect(Object.fromEntries(files)).toEqual({ social_profiles: 1, relations: 1, reviews: 1, comments: 2, likes: 2, lists: 2, list_entries: 3, list_collaborators: 1 })
})
