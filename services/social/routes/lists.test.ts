import { expect, test } from 'vitest'
import { createService } from '../../shared/http.ts'
import type { Database, Sql } from '../../shared/mysql.ts'
import { openVault } from '../../shared/personal-data.ts'
import { person } from '../../shared/testing.ts'
import type { ListViews, ViewedEntry, ViewedList } from '../list-views.ts'
import type { Card, MemberViews, Relation } from '../member-views.ts'
import type { SocialPorts } from '../ports.ts'
import { TEXT } from '../texts.ts'
import { listEntryRoutes } from './list-entries.ts'
import { listRoutes } from './lists.ts'

const id = (last: string): string => `01JD0Z3V9Q4T6M2X8B7C5N1K0${last}`
const [ada, bob, eve, cy] = [id('A'), id('B'), id('E'), id('C')]
const card = (profile_id: string, handle: string, is_private = 0): Card =>
  ({ profile_id, account_id: profile_id, handle, name: handle, bio_id: null, is_private, version: 1, created_at: 0, updated_at: 0 })
const cards = [card(ada, 'ada'), card(bob, 'bob', 1), card(cy, 'cy')]
const list = (list_id: string, visibility: string, profile_id = ada): ViewedList =>
  ({ list_id, profile_id, kind: 'custom', name: visibility, description_id: null, visibility, ranked: 1, cloned_from: null, version: 7, created_at: list_id.charCodeAt(25), updated_at: 0 })
const lists = [list(id('1'), 'public'), list(id('2'), 'unlisted'), list(id('3'), 'private'), list(id('4'), 'public', bob)]
/** Its description has been written anew, and the view of texts does not have that yet. */
const described: ViewedList = { ...list(id('5'), 'public'), description_id: 'T' }
const vault = openVault(Buffer.alloc(32, 1))
const key = { account_id: ada, key_wrapped: vault.newKey(ada) }
const sealed = (body: string) => ({ text_id: 'T', account_id: ada, body_sealed: vault.seal(key, TEXT, body), version: 1 })
const entries: readonly ViewedEntry[] = ['a0', 'a1', 'a2'].map((place, index) => ({ title_id: id(String(index)), place, note_id: null, added_by: index === 2 ? cy : ada, version: 1, added_at: 0 }))

/** Ada has blocked Eve, and Cy Bob. */
const relation = (profile_id: string, other_id: string): Relation | undefined =>
  ([[ada, eve], [cy, bob]].some(([from, to]) => profile_id === from && other_id === to) ? { profile_id, other_id, follow: 'none', blocked: 1, muted: 0, followed_at: null, version: 1 } : undefined)
const members: Partial<MemberViews> = {
  card: async (profile_id) => cards.find((one) => one.profile_id === profile_id),
  cardByHandle: async (handle) => cards.find((one) => one.handle === handle),
  relation: async (profile_id, other_id) => relation(profile_id, other_id),
  cards: async (ids) => cards.filter(({ profile_id }) => ids.includes(profile_id)),
  relationsTo: async (profile_id, ids) => ids.flatMap((id) => relation(profile_id, id) ?? []),
  relationsFrom: async (ids, other_id) => ids.flatMap((id) => relation(id, other_id) ?? []),
}
const views: ListViews = {
  list: async (list_id) => [...lists, described].find((one) => one.list_id === list_id),
  of: async (profile_id, limit, after) => lists
    .filter((one) => one.profile_id === profile_id && one.created_at < (after?.created_at ?? 99)).toSorted((x, y) => y.created_at - x.created_at).slice(0, limit),
  entries: async (_list_id, limit, after) => entries.filter(({ place }) => place > (after?.place ?? '')).slice(0, limit),
  collaborators: async (list_id) => (list_id === id('1') ? [] : [cy]),
  numbers: async (list_ids) => new Map(list_ids.map((list_id) => [list_id, { entries: 3, likes: 2, comments: 1 }])),
}
/** MySQL that knows whose a profile is: an account of the same id. */
const sql: Partial<Sql> = {
  rows: async <T>(_text: string, [profile_id]: readonly unknown[] = []) => [{ account_id: profile_id }] as unknown as readonly T[],
  rowsIn: async <T>() => [{ ...sealed('new'), ...key }] as unknown as readonly T[],
}
const database = { read: (work: (some: Sql) => Promise<unknown>) => work(sql as Sql), readCopy: (work: (some: Sql) => Promise<unknown>) => work(sql as Sql) } as Partial<Database> as Database
const reviews = { texts: async () => [{ ...sealed('old'), body_sealed: sealed('old').body_sealed.toString('base64') }] }
const ports = { database, vault, keys: async () => new Map([[ada, key]]), titles: async () => new Set<string>(), views: { members, reviews, lists: views } } as unknown as SocialPorts
const app = createService({
  name: 'social', description: '', checks: {}, verifier: { verify: async (token) => person(token, { scopes: ['social:read', 'social:write'], roles: token === 'editor' ? ['editor'] : ['viewer'] }) },
  routes: async (routes) => {
    for (const part of [listRoutes, listEntryRoutes]) await routes.register(part(ports))
  },
})
const status = async (url: string, token?: string): Promise<number> => (await app.inject({ url, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })).statusCode
interface Page { readonly items: readonly { readonly name?: string; readonly title_id?: string; readonly position?: number }[]; readonly next_cursor: string | null }
const page = async (url: string, token?: string): Promise<Page> => (await app.inject({ url, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })).json<Page>()

test('a list is answered with its numbers and its tag, which a later read may name', async () => {
  const answer = await app.inject({ url: `/v1/lists/${id('1')}` })
  expect(answer.json()).toMatchObject({ name: 'public', ranked: true, entries: 3, likes: 2, comments: 1, description: null, collaborators: [] })
  expect((await app.inject({ url: `/v1/lists/${id('1')}`, headers: { 'if-none-match': String(answer.headers.etag) } })).statusCode).toBe(304)
})
test('what a list says is read out of the view, and out of MySQL for who has just written it', async () => {
  const says = async (headers = {}) => (await app.inject({ url: `/v1/lists/${id('5')}`, headers })).json<{ readonly description: string }>().description
  expect([await says(), await says({ 'read-after': `"${id('5')}.7"` })]).toEqual(['old', 'new'])
})
test('who sees a list: of a private one its owner, those who keep it, and moderators; of another all but the blocked', async () => {
  const seen = (list_id: string, as?: string, token?: string) => status(`/v1/lists/${list_id}${as === undefined ? '' : `?as=${as}`}`, token ?? as)
  expect([await seen(id('3')), await seen(id('3'), bob), await seen(id('3'), ada), await seen(id('3'), cy), await seen(id('3'), undefined, 'editor')]).toEqual([404, 404, 200, 200, 200])
  expect([await seen(id('2')), await seen(id('2'), bob), await seen(id('2'), eve)]).toEqual([200, 200, 404])
  expect(await seen(id('9'))).toBe(404)
})
test('who keeps a list, and who has added a title to it, is named to those who see their card', async () => {
  const named = async (as?: string) => {
    const [query, headers] = as === undefined ? ['', {}] : [`?as=${as}`, { authorization: `Bearer ${as}` }]
    const kept = (await app.inject({ url: `/v1/lists/${id('2')}${query}`, headers })).json<{ readonly collaborators: readonly string[] }>()
    const filled = (await app.inject({ url: `/v1/lists/${id('2')}/entries${query}`, headers })).json<{ readonly items: readonly { readonly added_by: string | null }[] }>()
    return [kept.collaborators, filled.items.map(({ added_by }) => added_by)]
  }
  for (const as of [undefined, ada, cy]) expect(await named(as)).toEqual([[cy], [ada, ada, cy]])
  expect(await named(bob)).toEqual([[], [ada, ada, null]])
})
test('lists of a private member are not seen by who was not let in', async () => {
  expect([await status(`/v1/lists/${id('4')}`), await status(`/v1/lists/${id('4')}?as=${bob}`, bob)]).toEqual([404, 200])
  expect((await page('/v1/members/bob/lists')).items).toEqual([])
})
test('a member’s lists are those that one may find, page by page', async () => {
  expect((await page('/v1/members/ada/lists')).items.map(({ name }) => name)).toEqual(['public'])
  expect((await page(`/v1/members/ada/lists?as=${ada}`, ada)).items.map(({ name }) => name)).toEqual(['private', 'unlisted', 'public'])
  const first = await page('/v1/members/ada/lists?limit=2')
  expect(first.items).toEqual([])
  expect((await page(`/v1/members/ada/lists?limit=2&cursor=${first.next_cursor ?? ''}`)).items.map(({ name }) => name)).toEqual(['public'])
  expect(await status(`/v1/members/ada/lists?as=${eve}`, eve)).toBe(404)
})
test('a ranked list counts its titles from one page to the next', async () => {
  const first = await page(`/v1/lists/${id('1')}/entries?limit=2`)
  const second = await page(`/v1/lists/${id('1')}/entries?limit=2&cursor=${first.next_cursor ?? ''}`)
  expect([...first.items, ...second.items].map(({ position }) => position)).toEqual([1, 2, 3])
  expect(second.next_cursor).toBeNull()
  expect(await status(`/v1/lists/${id('2')}/entries?cursor=${first.next_cursor ?? ''}`)).toBe(400)
})
test('what is asked for in the wrong form is refused before anything is done', async () => {
  const put = async (path: string, payload: object) =>
    (await app.inject({ method: 'PUT', url: `/v1/members/${ada}/${path}`, payload, headers: { authorization: `Bearer ${ada}` } })).json<{ code: string }>().code
  expect(await put('favourites', { title_ids: [1, 2, 3, 4, 5].map((last) => id(String(last))) })).toBe('too_many_favourites')
  expect(await put(`lists/${id('1')}/entries/${id('1')}`, { after: null, before: id('2') })).toBe('invalid_request')
  expect(await put(`lists/${id('1')}/entries/${id('1')}`, {})).toBe('title_not_found')
  expect(await put('favourites', { title_ids: [id('1')] })).toBe('unknown_title')
})
