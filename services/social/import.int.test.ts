/** What is brought along from elsewhere, over the real MySQL: made once, as of when it was done, and told to nobody. */
import { create } from './testing-import.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../shared/clock.ts'
import { hourly } from './limits.ts'
import { importItems, mostItems } from './import.ts'
import { alien, heat, missing, realSocial, titles, type Joined, type RealSocial } from './testing.ts'

let social: RealSocial
beforeAll(async () => {
  social = await realSocial()
})
afterAll(() => social.close())

const id = (): string => newId(social.platform.clock.micros())
const bring = async (who: Pick<Joined, 'account_id' | 'profile_id'>, ...items: ReturnType<typeof create>[]): Promise<readonly (string | undefined)[]> =>
  ((await importItems(social.ports, { account_id: who.account_id, profile_id: who.profile_id, items })).outcomes ?? []).map(({ code }) => code)
const at = Date.parse('2019-03-04')
const get = async (who: Joined, path: string) => (await social.as(who, 200, { url: `${path}?as=${who.profile_id}` })).json<Readonly<Record<string, unknown>> & { readonly items: readonly object[] }>()

describe('a person who brings along what they had elsewhere', () => {
  test('has it here as of when they did it, and nobody is told', async () => {
    const ada = await social.join('ada')
    const [review, list] = [id(), id()]
    const items = [
      create(review, { review: { title_id: heat, body: '*Long*.', half_stars: 9, written_at: at } }),
      create(list, { list: { name: 'Heists', description: 'of **all** times', ranked: true, visibility: 'public', created_at: at } }),
      create('1', { list_entry: { list_id: list, title_id: alien, note: 'in space', added_at: at } }), create('2', { list_entry: { list_id: list, title_id: heat, added_at: at } }),
      create('3', { like: { title_id: heat, liked_at: at } }), create('4', { watchlist_entry: { title_id: alien, added_at: at } }),
    ]
    expect(await bring(ada, ...items)).toEqual(items.map(() => 'made'))
    const dated = { created_at: '2019-03-04T00:00:00.000Z' }
    expect(await get(ada, `/v1/reviews/${review}`)).toMatchObject({ title_id: heat, body: '*Long*.', stars: 4.5, language: 'und', viewing_id: null, ...dated })
    expect(await get(ada, `/v1/lists/${list}`)).toMatchObject({ name: 'Heists', description: 'of **all** times', ranked: true, visibility: 'public', ...dated })
    expect((await get(ada, `/v1/lists/${list}/entries`)).items).toMatchObject([{ title_id: alien, position: 1, note: 'in space' }, { title_id: heat, position: 2, note: null }])
    expect((await get(ada, `/v1/members/${ada.profile_id}/watchlist`)).items).toMatchObject([{ title_id: alien, added_at: '2019-03-04T00:00:00.000Z' }])
    expect(await social.rows('SELECT liked_at FROM likes WHERE profile_id = ?', ada.profile_id)).toEqual([{ liked_at: new Date(at) }])
    expect(await social.activity(ada.profile_id)).toEqual([])
    const before = await social.rows('SELECT * FROM list_entries WHERE added_by = ?', ada.profile_id)
    expect(await bring(ada, ...items)).toEqual(items.map(() => 'present'))
    expect(await social.rows('SELECT * FROM list_entries WHERE added_by = ?', ada.profile_id)).toEqual(before)
    expect(await social.rows('SELECT COUNT(*) AS texts FROM texts WHERE account_id = ?', ada.account_id)).toEqual([{ texts: 3 }])
  })
  test('is held up by no hourly limit, nor counted by any', async () => {
    const ada = await social.join('ada')
    const reviews = Array.from({ length: hourly.review + 1 }, () => create(id(), { review: { title_id: heat, body: 'again' } }))
    expect(new Set(await bring(ada, ...reviews))).toEqual(new Set(['made']))
    expect(await social.rows("SELECT 1 FROM action_counts WHERE account_id = ? AND action IN ('review', 'list_entry', 'like', 'list')", ada.account_id)).toEqual([])
  })
  test('hears of what cannot be made, and has the rest', async () => {
    const [ada, bob] = [await social.join('ada'), await social.join('bob')]
    const theirs = id()
    await bring(bob, create(theirs, { review: { title_id: heat, body: 'mine' } }))
    await social.as(ada, [200, 201], { method: 'PUT', url: `/v1/members/${ada.profile_id}/watchlist/${heat}` })
    const [watchlist] = await social.rows<{ readonly list_id: string }>('SELECT list_id FROM lists WHERE profile_id = ?', ada.profile_id)
    expect(await bring(
      ada,
      create(id(), { review: { title_id: missing, body: 'of what?' } }), create(theirs, { review: { title_id: heat, body: 'not mine' } }), create(id(), { review: { title_id: heat, body: ' ' } }),
      create('1', { list_entry: { list_id: id(), title_id: heat } }), create('2', { list_entry: { list_id: watchlist?.list_id ?? '', title_id: alien } }),
      create(id(), { list: { name: 'two\nlines', visibility: 'private' } }), create('3', {}), create('4', { like: { title_id: alien } }), create('5', { like: { title_id: "' OR 1=1" } }),
    )).toEqual(['unknown_title', 'invalid_request', 'invalid_request', 'list_not_found', 'list_not_found', 'invalid_request', 'invalid_request', 'made', 'invalid_request'])
    expect(await get(bob, `/v1/reviews/${theirs}`)).toMatchObject({ body: 'mine' })
    await expect(bring(ada, ...Array.from({ length: mostItems + 1 }, () => create('6', { like: { title_id: heat } })))).rejects.toMatchObject({ code: 'invalid_request' })
  })
  test('brings it to a profile of their own, which has a card', async () => {
    const [ada, bob] = [await social.join('ada'), await social.join('bob')]
    const bare = social.profile()
    const like = create('1', { like: { title_id: titles[3] ?? '' } })
    await expect(bring({ ...ada, profile_id: bob.profile_id }, like)).rejects.toMatchObject({ code: 'profile_not_found' })
    await expect(bring({ ...ada, profile_id: bare.profile_id }, like)).rejects.toMatchObject({ code: 'profile_not_found' })
    await expect(bring({ ...ada, profile_id: missing }, like)).rejects.toMatchObject({ code: 'profile_not_found' })
    await expect(bring(bare, like)).rejects.toMatchObject({ code: 'social_profile_needed' })
    expect(await social.rows('SELECT 1 FROM likes WHERE profile_id IN (?, ?)', bob.profile_id, bare.profile_id)).toEqual([])
  })
})
