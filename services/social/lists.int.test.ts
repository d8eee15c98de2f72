/** Lists over the real MySQL, with views that have caught up. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { alien, heat, missing, realSocial, type Joined, type RealSocial } from './testing.ts'

let social: RealSocial
beforeAll(async () => {
  social = await realSocial()
})
afterAll(() => social.close())

interface Made { readonly list_id: string; readonly etag: string; readonly cloned_from: string | null; readonly visibility: string; readonly name: string }
const words = { name: 'Heists', visibility: 'public', ranked: true }
const post = async (who: Joined, path: string, payload: object, expected = 201): Promise<Made> => {
  const answer = await social.as(who, expected, { method: 'POST', url: `/v1/members/${who.profile_id}/lists${path}`, payload })
  return { ...answer.json<Omit<Made, 'etag'>>(), etag: String(answer.headers.etag) }
}
const make = (who: Joined, some: object = {}): Promise<Made> => post(who, '', { ...words, ...some })
const put = (who: Joined, path: string, payload: object | undefined, expected: number | readonly number[] = [200, 201]) =>
  social.as(who, expected, { method: 'PUT', url: `/v1/members/${who.profile_id}/${path}`, ...(payload === undefined ? {} : { payload }) })
const remove = (who: Joined, path: string, expected = 204, headers = {}) => social.as(who, expected, { method: 'DELETE', url: `/v1/members/${who.profile_id}/${path}`, headers })
const get = (who: Joined | undefined, url: string, expected = 200) => social.as(who, expected, { url: `${url}${who === undefined ? '' : `?as=${who.profile_id}`}` })
const listed = async (who: Joined) => (await social.activity(who.profile_id)).filter(({ kind }) => kind === 'listed').map(({ type }) => type)

describe('a list', () => {
  test('is made, read with its description, changed and removed', async () => {
    const ada = await social.join('ada')
    const { list_id, etag } = await make(ada, { description: 'All of *them*' })
    expect((await get(undefined, `/v1/lists/${list_id}`)).json()).toMatchObject({ name: 'Heists', description: 'All of *them*', entries: 0, collaborators: [] })
    const url = `/v1/members/${ada.profile_id}/lists/${list_id}`
    await social.as(ada, 200, { method: 'PATCH', url, headers: { 'if-match': etag }, payload: { description: null, ranked: false } })
    await social.as(ada, 412, { method: 'PATCH', url, headers: { 'if-match': etag }, payload: { ranked: true } })
    expect((await get(undefined, `/v1/lists/${list_id}`)).json()).toMatchObject({ description: null, ranked: false })
    await remove(ada, `lists/${list_id}`)
    await get(ada, `/v1/lists/${list_id}`, 404)
    expect(await social.rows('SELECT text_id FROM texts WHERE account_id = ?', ada.account_id)).toEqual([])
  })
  test('is told of while all may find it, with the time at which it was made', async () => {
    const ada = await social.join('ada')
    const { list_id } = await make(ada, { visibility: 'private' })
    expect(await listed(ada)).toEqual([])
    for (const visibility of ['public', 'unlisted', 'public']) {
      await social.as(ada, 200, { method: 'PATCH', url: `/v1/members/${ada.profile_id}/lists/${list_id}`, payload: { visibility } })
    }
    await remove(ada, `lists/${list_id}`)
    expect(await listed(ada)).toEqual(['ActivityRecorded', 'ActivityWithdrawn', 'ActivityRecorded', 'ActivityWithdrawn'])
    expect(new Set((await social.activity(ada.profile_id)).map(({ occurred_at }) => occurred_at)).size).toBe(1)
  })
  test('that is private is seen by its owner alone, one that is unlisted by who knows it', async () => {
    const [ada, bob] = [await social.join('ada'), await social.join('bob')]
    const [hidden, unlisted] = [await make(ada, { visibility: 'private' }), await make(ada, { visibility: 'unlisted' })]
    await get(ada, `/v1/lists/${hidden.list_id}`)
    await get(bob, `/v1/lists/${hidden.list_id}`, 404)
    await get(bob, `/v1/lists/${unlisted.list_id}`)
    expect((await get(bob, `/v1/members/${ada.handle}/lists`)).json()).toMatchObject({ items: [] })
    expect((await get(ada, `/v1/members/${ada.handle}/lists`)).json<{ items: object[] }>().items).toHaveLength(2)
  })
  test('of somebody else is neither changed nor removed', async () => {
    const [ada, bob] = [await social.join('ada'), await social.join('bob')]
    const { list_id } = await make(ada)
    await remove(bob, `lists/${list_id}`, 404)
    await put(bob, `lists/${list_id}/entries/${heat}`, {}, 404)
    await social.as(bob, 404, { method: 'DELETE', url: `/v1/members/${ada.profile_id}/lists/${list_id}` })
  })
})

describe('a copy', () => {
  test('is private and has the titles in their order; a copy of it names it, and stays when what it came from goes', async () => {
    const [ada, bob] = [await social.join('ada'), await social.join('bob')]
    const first = await make(ada)
    await put(ada, `lists/${first.list_id}/entries/${heat}`, { note: 'mine' })
    await put(ada, `lists/${first.list_id}/entries/${alien}`, { after: null })
    const second = await post(bob, `/${first.list_id}/clones`, { name: 'Mine' })
    expect(second).toMatchObject({ cloned_from: first.list_id, visibility: 'private', name: 'Mine' })
    const third = await post(bob, `/${second.list_id}/clones`, {})
    expect(third.cloned_from).toBe(second.list_id)
    await remove(ada, `lists/${first.list_id}`)
    await remove(bob, `lists/${second.list_id}`)
    const { items } = (await get(bob, `/v1/lists/${third.list_id}/entries`)).json<{ items: { title_id: string; note: string | null }[] }>()
    expect(items.map(({ title_id, note }) => [title_id, note])).toEqual([[alien, null], [heat, null]])
  })
  test('of copies that were made of one another holds each list once, however they are copied in turn', async () => {
    const [ada, bob] = [await social.join('ada'), await social.join('bob')]
    let last = (await make(ada)).list_id
    await put(ada, `lists/${last}/entries/${heat}`, {})
    for (const who of [bob, bob, bob]) last = (await post(who, `/${last}/clones`, {})).list_id
    expect((await get(bob, `/v1/lists/${last}/entries`)).json<{ items: object[] }>().items).toHaveLength(1)
  })
  test('of a list that one may not see is refused as if there were none', async () => {
    const [ada, bob] = [await social.join('ada'), await social.join('bob')]
    const { list_id } = await make(ada, { visibility: 'private' })
    await post(bob, `/${list_id}/clones`, {}, 404)
    await post(bob, `/${missing}/clones`, {}, 404)
  })
})

describe('who keeps a list with its owner', () => {
  test('is told, adds and removes titles, and leaves with their notes but not with what they added', async () => {
    const [ada, bob] = [await social.join('ada'), await social.join('bob')]
    const { list_id } = await make(ada, { visibility: 'private' })
    const place = `lists/${list_id}/collaborators/${bob.profile_id}`
    await put(ada, place, undefined, 204)
    await put(ada, place, undefined, 204)
    expect((await social.notifications(bob.profile_id)).map(({ kind, type }) => [kind, type])).toEqual([['collaborator_added', 'NotificationSent']])
    await put(bob, `lists/${list_id}/entries/${heat}`, { note: 'watch this' })
    expect((await get(bob, `/v1/lists/${list_id}/entries`)).json()).toMatchObject({ items: [{ title_id: heat, note: 'watch this', added_by: bob.profile_id, position: 1 }] })
    await remove(bob, place)
    expect((await get(ada, `/v1/lists/${list_id}/entries`)).json()).toMatchObject({ items: [{ title_id: heat, note: null, added_by: ada.profile_id }] })
    await get(bob, `/v1/lists/${list_id}`, 404)
    expect((await social.notifications(bob.profile_id)).at(-1)?.type).toBe('NotificationWithdrawn')
    expect(await social.rows('SELECT text_id FROM texts WHERE account_id = ?', bob.account_id)).toEqual([])
  })
  test('is not named to another who does so, and whom they have blocked', async () => {
    const [ada, bob, eve] = [await social.join('ada'), await social.join('bob'), await social.join('eve')]
    const { list_id } = await make(ada)
    for (const { profile_id } of [bob, eve]) await put(ada, `lists/${list_id}/collaborators/${profile_id}`, undefined, 204)
    await put(bob, `lists/${list_id}/entries/${heat}`, {})
    await put(bob, `blocks/${eve.profile_id}`, undefined)
    expect((await put(eve, `lists/${list_id}/entries/${heat}`, { note: 'mine' }, 200)).json()).toMatchObject({ added_by: null })
    expect((await put(ada, `lists/${list_id}/entries/${heat}`, { note: 'mine' }, 200)).json()).toMatchObject({ added_by: bob.profile_id })
    expect((await get(eve, `/v1/lists/${list_id}`)).json()).toMatchObject({ collaborators: [eve.profile_id] })
  })
  test('is nobody who blocks the owner, or is blocked, or is the owner', async () => {
    const [ada, bob, eve] = [await social.join('ada'), await social.join('bob'), await social.join('eve')]
    const { list_id } = await make(ada)
    await put(bob, `blocks/${ada.profile_id}`, undefined)
    await put(ada, `blocks/${eve.profile_id}`, undefined)
    await put(ada, `lists/${list_id}/collaborators/${bob.profile_id}`, undefined, 404)
    await put(ada, `lists/${list_id}/collaborators/${eve.profile_id}`, undefined, 409)
    expect((await put(ada, `lists/${list_id}/collaborators/${ada.profile_id}`, undefined, [409, 422])).json()).toMatchObject({ code: 'relates_to_self' })
  })
})
