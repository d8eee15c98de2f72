import { describe, expect, test } from 'vitest'
import { createService } from '../../shared/http.ts'
import type { Database, Sql } from '../../shared/mysql.ts'
import { person } from '../../shared/testing.ts'
import type { SocialPorts } from '../ports.ts'
import { ada, bob, cy, eve, heat, id, keys, list_id, members, reviews, vault, written } from '../testing-written.ts'
import { commentRoutes } from './comments.ts'
import { likeRoutes } from './likes.ts'
import { moderationRoutes } from './moderation.ts'
import { reviewRoutes } from './reviews.ts'

const edit = { edit: 0, body_sealed: Buffer.from(''), account_id: ada, key_wrapped: Buffer.from(''), written_at: new Date(1) }
/** MySQL has no text that the view has not, and one edit of any review. */
const sql: Partial<Sql> = {
  rows: async <T>(text: string) => (text.includes('review_edits') ? [edit] : []) as unknown as readonly T[],
  rowsIn: async () => [],
}
const read = (work: (some: Sql) => Promise<unknown>) => work(sql as Sql)
const database = { read, readCopy: read } as Partial<Database> as Database
const lists = { list: async () => ({ list_id, profile_id: ada, visibility: 'public' }), collaborators: async () => [] }
const ports = { database, vault, keys, titles: async () => new Set<string>(), views: { members, lists, reviews: written } } as unknown as SocialPorts
const app = createService({
  name: 'social', description: '', checks: {},
  verifier: { verify: async (token) => person(token, { scopes: ['social:read', 'social:write'], roles: token === 'editor' ? ['editor'] : ['viewer'] }) },
  routes: async (routes) => {
    for (const part of [reviewRoutes, commentRoutes, likeRoutes, moderationRoutes]) await routes.register(part(ports))
  },
})

const ask = (path: string, as?: string, token = as) =>
  app.inject({ url: `${path}${as === undefined ? '' : `${path.includes('?') ? '&' : '?'}as=${as}`}`, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })
interface Page { readonly items: readonly { readonly review_id?: string; readonly comment_id?: string }[]; readonly next_cursor: string | null }
const page = async (path: string, as?: string, token = as) => {
  const { items, next_cursor } = (await ask(path, as, token)).json<Page>()
  return { ids: items.map(({ review_id = '', comment_id = review_id }) => comment_id.slice(-2).replace(/^0/, '')), next_cursor }
}
const ids = async (path: string, as?: string, token = as) => (await page(path, as, token)).ids

describe('a review', () => {
  test('is answered with its words, as Markdown and as HTML, its stars and its numbers', async () => {
    expect((await ask(`/v1/reviews/${id('1')}`)).json()).toEqual({
      review_id: id('1'), title_id: heat, profile_id: ada, handle: 'ada', name: 'ADA', viewing_id: null, stars: 4.5, spoiler: true, language: 'en', state: 'published', edits: 0, version: 7,
      body: `**said** in ${id('X1')}`, body_html: `<p><strong>said</strong> in ${id('X1')}</p>\n`, likes: 5, comments: 2,
      created_at: '1970-01-01T00:00:00.001Z', updated_at: '1970-01-01T00:00:00.001Z',
    })
  })
  test('has a tag, by which who has it already is told so', async () => {
    const { headers } = await ask(`/v1/reviews/${id('1')}`)
    expect(headers['etag']).toBe(`"${id('1')}.7"`)
    expect((await app.inject({ url: `/v1/reviews/${id('1')}`, headers: { 'if-none-match': String(headers['etag']) } })).statusCode).toBe(304)
  })
  test.each([
    ['one that is published', '1', [200, 200, 200, 200, 404, 200]],
    ['one that a moderator has hidden', '2', [404, 200, 404, 404, 404, 200]],
    ['one of a private member', '3', [404, 404, 200, 200, 404, 200]],
    ['one of somebody who was blocked', '4', [200, 404, 200, 200, 200, 200]],
    ['one whose account was erased', '6', [404, 404, 404, 404, 404, 404]],
    ['one of somebody who is leaving', '7', [404, 404, 404, 404, 404, 404]],
    ['one that there is not', '9', [404, 404, 404, 404, 404, 404]],
  ])('%s is shown to whom it is for: nobody in particular, Ada, Bob, Cy, Eve, a moderator', async (_, last, expected) => {
    const answers = await Promise.all([undefined, ada, bob, cy, eve].map((as) => ask(`/v1/reviews/${id(last)}`, as)))
    answers.push(await ask(`/v1/reviews/${id(last)}`, undefined, 'editor'))
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(expected)
    for (const answer of answers.filter(({ statusCode }) => statusCode === 404)) expect(answer.json()).toMatchObject({ code: 'review_not_found', detail: 'no review has this id' })
  })
  test('shows what it said before to its author and to moderators', async () => {
    const edits = async (as?: string, token = as) => (await ask(`/v1/reviews/${id('1')}/edits`, as, token)).statusCode
    expect([await edits(ada), await edits(undefined, 'editor'), await edits(cy), await edits(undefined, ada), await edits()]).toEqual([200, 200, 404, 404, 401])
  })
})

describe('reviews of a title', () => {
  const all = `/v1/titles/${heat}/reviews`
  test('are those that one may see, newest first', async () => {
    expect(await ids(all)).toEqual(['5', '4', '1'])
    expect(await ids(all, ada)).toEqual(['5', '2', '1'])
    expect(await ids(all, cy)).toEqual(['5', '4', '3', '1'])
    expect(await ids(all, eve)).toEqual(['5', '4'])
    expect(await ids(all, undefined, 'editor')).toEqual(['5', '4', '3', '2', '1'])
  })
  test('come page by page, the hidden ones passed over and none twice', async () => {
    const [seen, lengths] = [[] as string[], [] as number[]]
    for (let cursor: string | null = ''; cursor !== null;) {
      const found: Awaited<ReturnType<typeof page>> = await page(`${all}?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`)
      seen.push(...found.ids)
      lengths.push(found.ids.length)
      cursor = found.next_cursor
    }
    expect([seen, lengths]).toEqual([['5', '4', '1'], [0, 2, 0, 1]])
    expect(reviews).toHaveLength(7)
  })
  test('come by likes where that is asked for, the newest first among equals, on one page', async () => {
    expect(await page(`${all}?sort=liked`, cy)).toEqual({ ids: ['3', '1', '5', '4'], next_cursor: null })
    expect(await page(`${all}?sort=liked&limit=1`)).toEqual({ ids: ['1'], next_cursor: null })
    expect(await ids(`/v1/titles/${id('9')}/reviews?sort=liked`)).toEqual([])
  })
  test('have cursors of their own, which are none of another page', async () => {
    const { next_cursor } = await page(`${all}?limit=2`)
    for (const other of [`/v1/titles/${id('9')}/reviews`, '/v1/members/ada/reviews', `/v1/reviews/${id('1')}/comments`]) {
      expect((await ask(`${other}?cursor=${next_cursor ?? ''}`)).json()).toMatchObject({ status: 400, code: 'invalid_cursor' })
    }
    const of_cy = await page(`/v1/members/${cy}/reviews?limit=1`)
    expect([of_cy.ids, (await ask(`/v1/members/${ada}/reviews?cursor=${of_cy.next_cursor ?? ''}`)).statusCode]).toEqual([[], 400])
  })
})

describe('reviews of a member', () => {
  test('are found by handle and by id', async () => {
    expect([await ids('/v1/members/ada/reviews'), await ids(`/v1/members/${ada}/reviews`, ada)]).toEqual([['1'], ['2', '1']])
  })
  test('are not there for those to whom the member does not show what they do', async () => {
    const status = async (member: string, as?: string) => (await ask(`/v1/members/${member}/reviews`, as)).statusCode
    expect([await status('bob'), await status('bob', ada), await status('bob', cy), await status('bob', bob), await status('ada', eve), await status('nobody')]).toEqual([404, 404, 200, 200, 404, 404])
  })
})

describe('comments', () => {
  const thread = `/v1/reviews/${id('1')}/comments`
  test('are those that one may see, oldest first', async () => {
    expect(await ids(thread)).toEqual(['11', '12'])
    expect(await ids(thread, ada)).toEqual(['11'])
    expect(await ids(thread, cy)).toEqual(['11', '12', '13', '14'])
    expect(await ids(thread, undefined, 'editor')).toEqual(['11', '12', '13', '14'])
  })
  test('come page by page, with words, author and whom they answer', async () => {
    const first = await page(`${thread}?limit=2`, cy)
    expect(first.ids).toEqual(['11', '12'])
    const second = (await ask(`${thread}?limit=2&cursor=${first.next_cursor ?? ''}`, cy)).json<Page>()
    expect(second).toMatchObject({
      next_cursor: null, items: [{ comment_id: id('13'), parent_id: id('11'), handle: 'cyd', body_html: `<p><strong>said</strong> in ${id('X13')}</p>\n`, likes: 0 }, { comment_id: id('14') }],
    })
  })
  test('are seen with what they are on, and with that alone', async () => {
    expect((await ask(`/v1/reviews/${id('2')}/comments`)).json()).toMatchObject({ status: 404, code: 'review_not_found' })
    expect((await ask(thread, eve)).json()).toMatchObject({ status: 404, code: 'review_not_found' })
    expect(await ids(`/v1/lists/${list_id}/comments`)).toEqual(['15'])
    expect((await ask(`/v1/lists/${list_id}/comments`, eve)).json()).toMatchObject({ status: 404, code: 'list_not_found' })
  })
})

describe('what is written', () => {
  const words = { title_id: heat, body: 'Long.', spoiler: false, language: 'en' }
  const comment = { subject_kind: 'review', subject_id: id('1'), body: 'Yes.' }
  const report = { subject_kind: 'review', subject_id: id('1'), reason: 'spam' }
  test.each([
    ['reviews', { ...words, body: 'x'.repeat(20_001) }], ['reviews', { ...words, body: '' }], ['reviews', { ...words, stars: 4.7 }], ['reviews', { ...words, stars: null }],
    ['reviews', { ...words, language: 'EN' }], ['reviews', { ...words, state: 'hidden' }],
    ['comments', { ...comment, body: 'x'.repeat(5_001) }], ['comments', { ...comment, subject_kind: 'comment' }],
    ['reports', { ...report, reason: 'boring' }], ['reports', { ...report, note: 'two\nlines' }], ['reports', { ...report, subject_kind: 'title' }],
  ])('to %s is refused in the wrong form, before anything is done', async (path, payload) => {
    const answer = await app.inject({ method: 'POST', url: `/v1/members/${ada}/${path}`, payload, headers: { authorization: `Bearer ${ada}` } })
    expect(answer.json()).toMatchObject({ status: 400, code: 'invalid_request' })
  })
  test('of a title that there is not is refused', async () => {
    const authorization = { authorization: `Bearer ${ada}` }
    expect((await app.inject({ method: 'POST', url: `/v1/members/${ada}/reviews`, payload: words, headers: authorization })).json())
      .toMatchObject({ code: 'unknown_title', errors: [{ field: 'title_id' }] })
    expect((await app.inject({ method: 'PUT', url: `/v1/members/${ada}/likes/title/${heat}`, headers: authorization })).json()).toMatchObject({ status: 404, code: 'subject_not_found' })
  })
  test('is decided on by editors and operators', async () => {
    const decide = async (token: string) =>
      (await app.inject({ method: 'POST', url: `/v1/moderation/reports/${id('1')}/decision`, payload: { decision: 'hide' }, headers: { authorization: `Bearer ${token}` } }))
        .statusCode
    expect([await decide(ada), (await ask('/v1/moderation/reports', undefined, ada)).statusCode, (await ask('/v1/moderation/reports')).statusCode]).toEqual([403, 403, 401])
    expect((await ask('/v1/moderation/reports', undefined, 'editor')).json()).toEqual({ items: [], next_cursor: null })
  })
})
