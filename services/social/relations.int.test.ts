import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { realSocial, type Joined, type RealSocial } from './testing.ts'

let social: RealSocial
beforeAll(async () => {
  social = await realSocial()
})
afterAll(() => social.close())

const url = (who: Joined, path: string, other: Joined): string => `/v1/members/${who.profile_id}/${path}/${other.profile_id}`
const put = (who: Joined, path: string, other: Joined, expected = 200) => social.as(who, expected, { method: 'PUT', url: url(who, path, other) })
const remove = (who: Joined, path: string, other: Joined, expected = 204) => social.as(who, expected, { method: 'DELETE', url: url(who, path, other) })
const two = async (other: { readonly is_private?: boolean } = {}): Promise<readonly [Joined, Joined]> => [await social.join('ada'), await social.join('bob', other)]
const handles = async (who: Joined | undefined, path: string): Promise<readonly string[]> =>
  (await social.as(who, 200, { url: path })).json<{ items: readonly { handle: string }[] }>().items.map(({ handle }) => handle)
/** What is held to be told after all that was. */
const held = async (who: Joined, kind: 'activity' | 'notifications'): Promise<readonly string[]> => {
  const last = new Map<string, string>()
  if (kind === 'activity') for (const { activity_id, type } of await social.activity(who.profile_id)) last.set(activity_id, type)
  else for (const { notification_id, type } of await social.notifications(who.profile_id)) last.set(notification_id, type)
  return [...last].filter(([, type]) => type.endsWith('Recorded') || type.endsWith('Sent')).map(([id]) => id.split(':')[0] ?? '')
}

describe('following', () => {
  test('a public member is told of, both ways, and taken back', async () => {
    const [ada, bob] = await two()
    const answer = await put(ada, 'following', bob)
    expect(answer.json()).toMatchObject({ profile_id: ada.profile_id, other_id: bob.profile_id, follow: 'following' })
    expect(await handles(undefined, `/v1/members/${bob.handle}/followers`)).toEqual([ada.handle])
    expect(await handles(bob, `/v1/members/${ada.handle}/following?as=${bob.profile_id}`)).toEqual([bob.handle])
    expect([await held(ada, 'activity'), await held(bob, 'notifications')]).toEqual([['followed'], ['followed']])
    await remove(ada, 'following', bob)
    expect([await held(ada, 'activity'), await held(bob, 'notifications')]).toEqual([[], []])
    expect(await handles(undefined, `/v1/members/${bob.handle}/followers`)).toEqual([])
    expect(await social.rows('SELECT 1 FROM relations WHERE profile_id = ?', ada.profile_id)).toEqual([])
  })

  test('twice is once', async () => {
    const [ada, bob] = await two()
    const [first, second] = [await put(ada, 'following', bob), await put(ada, 'following', bob)]
    expect(second.headers.etag).toBe(first.headers.etag)
    expect(await social.activity(ada.profile_id)).toHaveLength(1)
    await remove(ada, 'following', bob)
    await remove(ada, 'following', bob)
    expect(await social.activity(ada.profile_id)).toHaveLength(2)
  })

  test('a private member asks first, who lets in or turns away', async () => {
    const [ada, bob] = await two({ is_private: true })
    const eve = await social.join('eve')
    expect((await put(ada, 'following', bob)).json()).toMatchObject({ follow: 'requested' })
    await put(eve, 'following', bob)
    expect(await held(ada, 'activity')).toEqual([])
    expect(new Set(await handles(bob, `/v1/members/${bob.profile_id}/follow-requests`))).toEqual(new Set([ada.handle, eve.handle]))
    await social.as(ada, 404, { url: `/v1/members/${bob.handle}/followers?as=${ada.profile_id}` })
    await put(bob, 'follow-requests', ada)
    await remove(bob, 'follow-requests', eve)
    await remove(bob, 'follow-requests', eve, 404)
    expect(await handles(ada, `/v1/members/${bob.handle}/followers?as=${ada.profile_id}`)).toEqual([ada.handle])
    expect(await handles(bob, `/v1/members/${bob.profile_id}/follow-requests`)).toEqual([])
    expect([await held(ada, 'activity'), await held(ada, 'notifications'), await held(bob, 'notifications')]).toEqual([['followed'], ['follow_accepted'], []])
    await remove(bob, 'followers', ada)
    expect([await held(ada, 'activity'), await held(ada, 'notifications')]).toEqual([[], []])
  })

  test('oneself, nobody, and without a card is refused', async () => {
    const [ada] = await two()
    await put(ada, 'following', ada, 422)
    const cardless = { ...social.profile(), handle: '' }
    await put(ada, 'following', cardless, 404)
    await put(cardless, 'following', ada, 409)
    await social.as(cardless, 409, { url: `/v1/members/${cardless.profile_id}/blocks` })
  })

  test('for somebody else is refused as if there were no such profile', async () => {
    const [ada, bob] = await two()
    expect((await social.as(bob, 404, { method: 'PUT', url: url(ada, 'following', bob) })).json()).toMatchObject({ code: 'profile_not_found' })
  })

  test('one another at once, many times, does not deadlock', async () => {
    const [ada, bob] = await two()
    await Promise.all(Array.from({ length: 20 }, (_, turn) => (turn % 2 === 0 ? put(ada, turn % 4 === 0 ? 'following' : 'mutes', bob) : put(bob, 'following', ada))))
    expect(await social.rows("SELECT follow FROM relations WHERE profile_id IN (?, ?) AND follow = 'following'", ada.profile_id, bob.profile_id)).toHaveLength(2)
    expect([await held(ada, 'activity'), await held(bob, 'activity')]).toEqual([['followed'], ['followed']])
  })

  test('is counted against abuse', async () => {
    const [ada, bob] = await two()
    const hour = Math.floor(Date.now() / 3_600_000)
    // this hour and the next, should the clock strike
    for (const at of [hour, hour + 1]) await social.database.transact((sql) =>
      sql.run("INSERT INTO action_counts (account_id, action, hour, count) VALUES (?, 'relate', ?, 500) ON DUPLICATE KEY UPDATE count = 500", [ada.account_id, at]))
    expect((await put(ada, 'following', bob, 429)).json()).toMatchObject({ code: 'too_many_actions' })
  })
})

describe('blocking', () => {
  test('ends following both ways, and what was told of it', async () => {
    const [ada, bob] = await two()
    await put(ada, 'following', bob)
    await put(bob, 'following', ada)
    await put(ada, 'blocks', bob)
    for (const who of [ada, bob]) expect([await held(who, 'activity'), await held(who, 'notifications')]).toEqual([[], []])
    expect(await handles(ada, `/v1/members/${ada.profile_id}/blocks`)).toEqual([bob.handle])
    expect(await handles(undefined, `/v1/members/${ada.handle}/followers`)).toEqual([])
  })

  test('hides one from the other, who hears what they would if there were nobody', async () => {
    const [ada, bob] = await two()
    await put(ada, 'blocks', bob)
    const answers = [await put(bob, 'following', ada, 404), await put(bob, 'blocks', ada, 404), await social.as(bob, 404, { url: `/v1/members/${ada.handle}?as=${bob.profile_id}` })]
    expect(answers.map((answer) => answer.json<{ code: string }>().code)).toEqual(['member_not_found', 'member_not_found', 'member_not_found'])
    expect((await put(ada, 'following', bob, 409)).json()).toMatchObject({ code: 'blocked_by_you' })
    await remove(ada, 'blocks', bob)
    await put(bob, 'following', ada)
  })

  test('leaves them out of the lists of others', async () => {
    const [ada, bob] = await two()
    const eve = await social.join('eve')
    for (const who of [ada, bob]) await put(who, 'following', eve)
    await put(ada, 'blocks', bob)
    expect(await handles(bob, `/v1/members/${eve.handle}/followers?as=${bob.profile_id}`)).toEqual([bob.handle])
    expect(new Set(await handles(undefined, `/v1/members/${eve.handle}/followers`))).toEqual(new Set([ada.handle, bob.handle]))
  })
})

test('whom one has muted is not told, and stays followed', async () => {
  const [ada, bob] = await two()
  await put(ada, 'following', bob)
  expect((await put(ada, 'mutes', bob)).json()).toMatchObject({ follow: 'following', muted: true })
  expect(await handles(ada, `/v1/members/${ada.profile_id}/mutes`)).toEqual([bob.handle])
  expect(await held(bob, 'notifications')).toEqual(['followed'])
  await remove(ada, 'mutes', bob)
  expect(await handles(ada, `/v1/members/${ada.profile_id}/mutes`)).toEqual([])
})

test('pages of followers hold everybody once', async () => {
  const bob = await social.join('bob')
  const fans = await Promise.all(Array.from({ length: 5 }, (_, index) => social.join(`fan${index}`)))
  for (const fan of fans) await put(fan, 'following', bob)
  const seen: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const page: { items: readonly { handle: string }[]; next_cursor: string | null } =
      (await social.as(undefined, 200, { url: `/v1/members/${bob.handle}/followers?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}` })).json()
    seen.push(...page.items.map(({ handle }) => handle))
    cursor = page.next_cursor
  }
  expect(seen.toSorted()).toEqual(fans.map(({ handle }) => handle).toSorted())
})
