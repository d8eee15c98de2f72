import { expect, test } from 'vitest'
import type { Database, Sql } from '../shared/mysql.ts'
import type { Keyed } from '../shared/personal-data.ts'
import { openVault } from '../shared/personal-data.ts'
import type { Card, Relation } from './member-views.ts'
import { describeComments, describeReviews, seeReview } from './review-reading.ts'
import type { ViewedComment, ViewedReview } from './review-views.ts'
import type { TextPorts } from './text-reading.ts'
import { TEXT } from './texts.ts'

const vault = openVault(Buffer.alloc(32, 1))
const key: Keyed = { account_id: 'account', key_wrapped: vault.newKey('account') }
const [ada, bob, eve, late] = ['01JD0Z3V9Q4T6M2X8B7C5N1K0A', '01JD0Z3V9Q4T6M2X8B7C5N1K0B', '01JD0Z3V9Q4T6M2X8B7C5N1K0E', '01JD0Z3V9Q4T6M2X8B7C5N1K0F'] as const
const card = (profile_id: string, is_private = 0): Card =>
  ({ profile_id, account_id: 'account', handle: `@${profile_id}`, name: profile_id, bio_id: null, is_private, version: 1, created_at: 0, updated_at: 0 })
const cards = [card(ada), card(bob, 1), card(eve)]
const review = (review_id: string, profile_id: string, some: Partial<ViewedReview> = {}): ViewedReview => ({
  review_id, title_id: 'heat', profile_id, viewing_id: null, text_id: `text ${review_id}`, half_stars: 7, spoiler: 1, language: 'en', state: 'published', edits: 0, version: 5,
  created_at: 0, updated_at: 0, ...some,
})
const comment = (comment_id: string, profile_id: string, state = 'published'): ViewedComment =>
  ({ comment_id, subject_id: 'r', subject_kind: 'review', parent_id: null, profile_id, text_id: `text ${comment_id}`, state, version: 5, created_at: 0, updated_at: 0 })
const viewer = (viewer_id?: string, moderates = false) => ({ viewer_id, moderates })

/** Views in which Ada has blocked Eve, and MySQL that has newer words and one member more than they have; which texts the view was asked for. */
function world(reviews: readonly ViewedReview[] = []) {
  const asked: string[] = []
  const blocks: Relation = { profile_id: ada, other_id: eve, follow: 'none', blocked: 1, muted: 0, followed_at: null, version: 1 }
  const sealed = (text_id: string, body: string) => ({ text_id, account_id: 'account', version: 1, body_sealed: vault.seal(key, TEXT, body) })
  const sql: Partial<Sql> = {
    rows: async <T>(text: string, [id]: readonly unknown[] = []) => (text.includes('FROM social_profiles') && id === late ? [{ ...card(late), is_private: 0 }] : []) as unknown as readonly T[],
    rowsIn: async <T>(_text: string, ids: readonly unknown[]) => ids.map((id) => ({ ...sealed(String(id), `new ${String(id)}`), key_wrapped: key.key_wrapped })) as unknown as readonly T[],
  }
  const database: Partial<Database> = { read: (work) => work(sql as Sql) }
  const members = {
    card: async (id: string) => cards.find(({ profile_id }) => profile_id === id),
    cards: async (ids: readonly string[]) => cards.filter(({ profile_id }) => ids.includes(profile_id)),
    cardByHandle: async (handle: string) => cards.find((one) => one.handle === handle),
    relation: async (from: string, to: string) => (from === ada && to === eve ? blocks : undefined),
    relationsTo: async () => [],
    relationsFrom: async (ids: readonly string[], to: string) => (ids.includes(ada) && to === eve ? [blocks] : []),
  }
  const texts = async (ids: readonly string[]) => {
    asked.push(...ids)
    return ids.map((id) => ({ ...sealed(id, `old ${id}`), body_sealed: vault.seal(key, TEXT, `old ${id}`).toString('base64') }))
  }
  const numbers = async (ids: readonly string[]) => new Map(ids.map((id) => [id, { likes: 2, comments: 1 }]))
  const views = { members, reviews: { review: async (id: string) => reviews.find(({ review_id }) => review_id === id), texts, numbers } }
  return { ports: { database, vault, keys: async () => new Map([['account', key]]), views } as unknown as TextPorts, asked }
}
const ids = (found: readonly { readonly review_id?: string; readonly comment_id?: string }[]): readonly unknown[] => found.map(({ review_id, comment_id }) => review_id ?? comment_id)

test('a review is shown with who wrote it, its words both ways, and its numbers', async () => {
  const [shown] = await describeReviews(world().ports, [review('1', ada)], viewer())
  expect(shown).toMatchObject({
    review_id: '1', handle: `@${ada}`, name: ada, stars: 3.5, spoiler: true, body: 'old text 1', body_html: '<p>old text 1</p>\n', likes: 2, comments: 1, created_at: '1970-01-01T00:00:00.000Z',
  })
})
test('reviews are of those who show what they do to who looks', async () => {
  const all = [review('1', ada), review('2', bob), review('3', ada, { state: 'hidden' }), review('4', 'gone')]
  const seen = async (...who: Parameters<typeof viewer>) => ids(await describeReviews(world().ports, all, viewer(...who)))
  expect([await seen(), await seen(eve), await seen(bob), await seen(ada), await seen(undefined, true)]).toEqual([['1'], [], ['1', '2'], ['1', '3'], ['1', '2', '3']])
})
test('comments are seen by the same rules as reviews', async () => {
  const all = [comment('1', ada), comment('2', bob), comment('3', eve, 'hidden')]
  const seen = async (...who: Parameters<typeof viewer>) => ids(await describeComments(world().ports, all, viewer(...who)))
  expect([await seen(), await seen(eve), await seen(bob), await seen(undefined, true)]).toEqual([['1'], ['3'], ['1', '2'], ['1', '2', '3']])
})
test('no more words are opened than are shown', async () => {
  const { ports, asked } = world()
  expect(ids(await describeReviews(ports, [review('1', bob), review('2', ada), review('3', ada), review('4', ada)], viewer(), { most: 2 }))).toEqual(['2', '3'])
  expect(asked).toEqual(['text 2', 'text 3'])
})
test('where nothing is seen no store is asked for words', async () => {
  const { ports, asked } = world()
  expect(await describeReviews(ports, [review('1', bob)], viewer())).toEqual([])
  expect(asked).toEqual([])
})
test('words that must be as new as their review come out of MySQL', async () => {
  expect(await describeReviews(world().ports, [review('1', ada)], viewer(), { words: 'mysql' })).toMatchObject([{ body: 'new text 1' }])
})
test('one sees one’s own review though one’s card has not come to the view; nobody else does', async () => {
  const own = review('1', late)
  const { ports } = world([own])
  expect((await seeReview(ports, viewer(late), '1', undefined)).value).toBe(own)
  expect(await describeReviews(ports, [own], viewer(late))).toMatchObject([{ handle: `@${late}`, body: 'old text 1' }])
  await expect(seeReview(ports, viewer(bob), '1', undefined)).rejects.toMatchObject({ code: 'review_not_found' })
  expect(await describeReviews(ports, [own], viewer(bob))).toEqual([])
})
test('a review that is missing, hidden, of a private member or of one who blocks is the same: not found', async () => {
  const { ports } = world([review('1', ada), review('2', bob), review('3', ada, { state: 'hidden' })])
  const code = (id: string, ...who: Parameters<typeof viewer>): Promise<unknown> => seeReview(ports, viewer(...who), id, undefined).then(() => 'seen', ({ message }: Error) => message)
  const answers = [await code('9'), await code('1', eve), await code('2', eve), await code('3')]
  expect(answers).toEqual(answers.map(() => 'no review has this id'))
  expect([await code('1'), await code('2', bob), await code('3', ada), await code('3', undefined, true)]).toEqual(['seen', 'seen', 'seen', 'seen'])
})
