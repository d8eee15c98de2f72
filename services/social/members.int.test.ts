import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fresh } from '../real.ts'
import { missing, realSocial, type Joined, type Person, type RealSocial } from './testing.ts'

let social: RealSocial
beforeAll(async () => {
  social = await realSocial()
})
afterAll(() => social.close())

const someHandle = (): string => `h${fresh().slice(0, 16)}`
const putCard = (who: Person & { readonly profile_id: string }, card: object, expected: number, headers: Record<string, string> = {}) =>
  social.as(who, expected, { method: 'PUT', url: `/v1/members/${who.profile_id}/card`, headers, payload: { name: 'Ada', is_private: false, ...card } })
const follow = (who: Joined, other: Joined) => social.as(who, 200, { method: 'PUT', url: `/v1/members/${who.profile_id}/following/${other.profile_id}` })

describe('a card', () => {
  test('is found by id and by handle, with its bio, and by nobody in particular', async () => {
    const ada = await social.join('ada', { bio: 'wrote the *first* program' })
    for (const member of [ada.profile_id, ada.handle]) {
      expect((await social.as(undefined, 200, { url: `/v1/members/${member}` })).json()).toMatchObject({
        profile_id: ada.profile_id, handle: ada.handle, bio: 'wrote the *first* program', followers: 0, standing: 'stranger', relation: null })
    }
  })

  test('is changed in place, and its words are sealed', async () => {
    const ada = await social.join('ada', { bio: 'before' })
    const [first] = await social.rows<{ bio_id: string }>('SELECT bio_id FROM social_profiles WHERE profile_id = ?', ada.profile_id)
    await putCard(ada, { handle: ada.handle, bio: 'after' }, 200)
    const [text] = await social.rows<{ text_id: string; body_sealed: Buffer }>('SELECT text_id, body_sealed FROM texts WHERE account_id = ?', ada.account_id)
    expect([text?.text_id, text?.body_sealed.includes('after')]).toEqual([first?.bio_id, false])
    expect((await putCard(ada, { handle: ada.handle }, 200)).json()).toMatchObject({ bio: null })
    expect(await social.rows('SELECT 1 FROM texts WHERE account_id = ?', ada.account_id)).toEqual([])
  })

  test('that is put again as it is keeps its version; If-Match holds a change to it', async () => {
    const ada = await social.join('ada')
    const first = await putCard(ada, { handle: ada.handle, name: 'Ada L' }, 200)
    const again = await putCard(ada, { handle: ada.handle, name: 'Ada L' }, 200)
    expect(again.headers.etag).toBe(first.headers.etag)
    await putCard(ada, { handle: ada.handle, name: 'A' }, 200, { 'if-match': String(first.headers.etag) })
    await putCard(ada, { handle: ada.handle, name: 'B' }, 412, { 'if-match': String(first.headers.etag) })
  })

  test('has a handle that nobody else has, whoever comes first', async () => {
    const handle = someHandle()
    const answers = await Promise.all(Array.from({ length: 5 }, async () => {
      const who = social.profile()
      return (await social.as(who, [201, 409], { method: 'PUT', url: `/v1/members/${who.profile_id}/card`, payload: { handle, name: 'x', is_private: false } })).statusCode
    }))
    expect(answers.toSorted()).toEqual([201, 409, 409, 409, 409])
  })

  test.each([['ab', 400], ['.ada', 400], ['Ada', 400], ['moderation', 409]])('does not have the handle %s', async (handle, status) => {
    await putCard(social.profile(), { handle }, status)
  })

  test('is for a profile of one’s own that is no child’s', async () => {
    const own = social.profile()
    expect((await putCard({ ...own, token: social.profile().token }, { handle: someHandle() }, 404)).json()).toMatchObject({ code: 'profile_not_found' })
    await putCard({ ...own, profile_id: missing }, { handle: someHandle() }, 404)
    await putCard(social.profile({ kids: true }), { handle: someHandle() }, 422)
  })

  test('tells how the one who looks and the member stand', async () => {
    const [ada, bob] = [await social.join('ada'), await social.join('bob', { is_private: true })]
    await follow(ada, bob)
    await follow(bob, ada)
    const look = async () => (await social.as(ada, 200, { url: `/v1/members/${bob.handle}?as=${ada.profile_id}` })).json<object>()
    expect(await look()).toMatchObject({ standing: 'outsider', following: 1, followers: 0, relation: { follow: 'requested', muted: false, follows_you: true } })
    await social.as(bob, 200, { method: 'PUT', url: `/v1/members/${bob.profile_id}/follow-requests/${ada.profile_id}` })
    expect(await look()).toMatchObject({ standing: 'follower', followers: 1, relation: { follow: 'following' } })
    expect((await social.as(bob, 200, { url: `/v1/members/${bob.handle}?as=${bob.profile_id}` })).json()).toMatchObject({ standing: 'self', relation: null })
  })

  test('is told by MySQL to whoever has just put it, while the view does not know', async () => {
    const behind = await realSocial({ views: { members: { ...social.ports.views.members, card: async () => undefined, cardByHandle: async () => undefined } } })
    try {
      const who = behind.profile()
      const made = await behind.as(who, 201, { method: 'PUT', url: `/v1/members/${who.profile_id}/card`, payload: { handle: someHandle(), name: 'x', is_private: false } })
      await behind.as(who, 404, { url: `/v1/members/${who.profile_id}` })
      const read = await behind.as(who, 200, { url: `/v1/members/${who.profile_id}`, headers: { 'read-after': String(made.headers.etag) } })
      expect(read.headers['served-from']).toBe('mysql')
    } finally {
      await behind.close()
    }
  })
})

test('who leaves is nowhere found, leaves nothing behind, and may come back', async () => {
  const [ada, bob, eve] = [await social.join('ada', { bio: 'x' }), await social.join('bob'), await social.join('eve')]
  await follow(ada, bob)
  await follow(eve, ada)
  await social.as(bob, 200, { method: 'PUT', url: `/v1/members/${bob.profile_id}/blocks/${eve.profile_id}` })
  await social.as(ada, 204, { method: 'DELETE', url: `/v1/members/${ada.profile_id}/card` })
  await social.as(undefined, 404, { url: `/v1/members/${ada.handle}` })
  await social.as(ada, 409, { method: 'DELETE', url: `/v1/members/${ada.profile_id}/card` })
  expect(await social.rows('SELECT 1 FROM relations WHERE profile_id = ? OR other_id = ?', ada.profile_id, ada.profile_id)).toEqual([])
  expect(await social.rows('SELECT 1 FROM relations WHERE profile_id = ?', bob.profile_id)).toHaveLength(1)
  expect(await social.rows('SELECT 1 FROM texts WHERE account_id = ?', ada.account_id)).toEqual([])
  expect((await social.activity(ada.profile_id)).map(({ type }) => type)).toEqual(['ActivityRecorded', 'ActivityWithdrawn'])
  expect((await social.activity(eve.profile_id)).map(({ type }) => type)).toEqual(['ActivityRecorded', 'ActivityWithdrawn'])
  await putCard(ada, { handle: ada.handle }, 201)
})

test('a leaving that was cut short is ended by whoever comes back', async () => {
  const [ada, bob] = [await social.join('ada'), await social.join('bob')]
  await follow(bob, ada)
  await social.database.transact((sql) => sql.run("UPDATE social_profiles SET handle = NULL, name = '' WHERE profile_id = ?", [ada.profile_id]))
  await putCard(ada, { handle: ada.handle }, 201)
  expect(await social.rows('SELECT 1 FROM relations WHERE other_id = ?', ada.profile_id)).toEqual([])
})

describe('notifications', () => {
  interface Item { readonly kind: string; readonly actor: { readonly handle: string } | null; readonly is_read: boolean }
  interface Told { readonly items: readonly Item[]; readonly unread: number; readonly read_at: string | null }
  const read = async (who: Joined): Promise<Told> => (await social.as(who, 200, { url: `/v1/members/${who.profile_id}/notifications` })).json()
  const mark = (who: Joined, until: string) => social.as(who, 200, { method: 'PUT', url: `/v1/members/${who.profile_id}/notifications/read`, payload: { until } })

  test('tell who did what, are read until an instant, and stay read', async () => {
    const [ada, bob] = [await social.join('ada'), await social.join('bob')]
    await follow(ada, bob)
    expect(await read(bob)).toMatchObject({ unread: 1, read_at: null, items: [{ kind: 'followed', actor: { handle: ada.handle }, is_read: false }] })
    await mark(bob, new Date(Date.now() + 60_000).toISOString())
    const after = await read(bob)
    expect(after).toMatchObject({ unread: 0, items: [{ is_read: true }] })
    await mark(bob, '2000-01-01T00:00:00.000Z')
    expect((await read(bob)).read_at).toBe(after.read_at)
  })

  test('are never read in advance', async () => {
    const [ada, bob] = [await social.join('ada'), await social.join('bob')]
    await mark(bob, '2100-01-01T00:00:00.000Z')
    expect(Date.parse((await read(bob)).read_at ?? '')).toBeLessThanOrEqual(Date.now())
    expect((await read(ada)).items).toEqual([])
  })

  test('of whom one has blocked since are left out', async () => {
    const [ada, bob] = [await social.join('ada'), await social.join('bob')]
    await follow(ada, bob)
    await social.as(bob, 200, { method: 'PUT', url: `/v1/members/${bob.profile_id}/blocks/${ada.profile_id}` })
    expect((await read(bob)).items).toEqual([])
  })

  test('are nobody else’s to read', async () => {
    const [ada, bob] = [await social.join('ada'), await social.join('bob')]
    await social.as(ada, 404, { url: `/v1/members/${bob.profile_id}/notifications` })
    const cardless = social.profile()
    await social.as(cardless, 409, { url: `/v1/members/${cardless.profile_id}/notifications` })
  })
})
