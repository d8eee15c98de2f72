/** The film diary as it is read, over a double of its view and a MySQL that has the account's key alone. */
import { NO_DAY, type Viewing } from '@cdlc/streams/views/user/viewings.ts'
import { expect, test } from 'vitest'
import { customerOver, customerPorts, id, noDatabase } from '../../testing.ts'
import { Unavailable } from '../../shared/errors.ts'
import type { Database, Sql } from '../../shared/mysql.ts'
import type { CustomerPorts, ViewingPlace } from '../ports.ts'

const { vault } = customerPorts
const key = { account_id: id.account, key_wrapped: vault.newKey(id.account) }
const idOf = (number: number): string => `01M82P8HH06QZ2SZKEGB8C2${String(number).padStart(3, '0')}`
const viewing = (number: number, some: Partial<Viewing> = {}): Viewing => ({
  viewing_id: idOf(number), profile_id: id.profile, title_id: id.title, watched_on: 20_000, half_stars: 9, liked: 1, rewatch: 0, tags_sealed: null, version: 7, created_at: 0, updated_at: 1, ...some,
})
const place = ({ watched_on, viewing_id }: Viewing): ViewingPlace => ({ day: watched_on ?? NO_DAY, viewing_id })
const order = (a: ViewingPlace, b: ViewingPlace): number => b.day - a.day || b.viewing_id.localeCompare(a.viewing_id)

/** The component over these viewings, as a view orders them; `keys` are those that MySQL has. */
function over(viewings: readonly Viewing[], keys: readonly object[] = [key], some: Partial<CustomerPorts> = {}) {
  const read: Database['read'] = (work) => work({ rows: async () => keys } as unknown as Sql)
  return customerOver({
    database: { ...noDatabase, read },
    views: {
      ...customerPorts.views,
      viewing: async (viewing_id) => viewings.find((one) => one.viewing_id === viewing_id),
      viewings: async (_profile_id, limit, after) => viewings.toSorted((a, b) => order(place(a), place(b))).filter((one) => after === undefined || order(after, place(one)) < 0).slice(0, limit),
      viewingsOf: async (_profile_id, title_id) => viewings.filter((one) => one.title_id === title_id),
    },
    ...some,
  })
}
const url = `/v1/profiles/${id.profile}/viewings`
/** Ids of all pages of two. */
async function pages(app: ReturnType<typeof over>, query: string): Promise<readonly (readonly string[])[]> {
  const all: (readonly string[])[] = []
  for (let cursor = ''; ; ) {
    const answer = (await app.inject({ url: `${url}?limit=2${query}${cursor}` })).json<{ items: readonly { viewing_id: string }[]; next_cursor: string | null }>()
    all.push(answer.items.map(({ viewing_id }) => viewing_id.slice(-1)))
    if (answer.next_cursor === null) return all
    cursor = `&cursor=${answer.next_cursor}`
  }
}

test('a viewing is told with its tags opened, its day as a day, and where it came from', async () => {
  const tags_sealed = vault.seal(key, `viewing ${idOf(1)}`, '["with Kim"]').toString('base64')
  const answer = await over([viewing(1, { tags_sealed })]).inject({ url: `${url}/${idOf(1)}` })
  expect(answer.json()).toEqual({
    viewing_id: idOf(1), profile_id: id.profile, title_id: id.title, watched_on: '2024-10-04', stars: 4.5, liked: true, rewatch: false, version: 7, tags: ['with Kim'],
    created_at: '1970-01-01T00:00:00.000Z', updated_at: '1970-01-01T00:00:00.001Z',
  })
  expect(answer.headers).toMatchObject({ 'etag': `"${idOf(1)}.7"`, 'served-from': 'view' })
})
test('who has its version is told so', async () => {
  expect((await over([viewing(1)]).inject({ url: `${url}/${idOf(1)}`, headers: { 'if-none-match': `"${idOf(1)}.7"` } })).statusCode).toBe(304)
})
test('one of nobody and one of another profile are the same 404', async () => {
  const app = over([viewing(1, { profile_id: id.person })])
  const [theirs, none] = [await app.inject({ url: `${url}/${idOf(1)}` }), await app.inject({ url: `${url}/${idOf(2)}` })]
  expect([theirs.statusCode, none.statusCode, theirs.json<object>()]).toEqual([404, 404, { ...none.json<object>(), instance: theirs.json<{ instance?: string }>().instance }])
})
test('where there is no key there is no profile', async () => {
  for (const path of ['', `/${idOf(1)}`]) expect((await over([viewing(1)], []).inject({ url: url + path })).json()).toMatchObject({ code: 'profile_not_found' })
})
test('a diary is told page by page, newest day first, and what nobody knows the day of last', async () => {
  const app = over([viewing(1), viewing(2, { watched_on: null }), viewing(3, { watched_on: 20_001 }), viewing(4), viewing(5, { watched_on: null })])
  expect(await pages(app, '')).toEqual([['3', '4'], ['1', '5'], ['2']])
})
test('those of one title are told in the same order', async () => {
  const app = over([viewing(1), viewing(2, { watched_on: null }), viewing(3, { watched_on: 20_001 }), viewing(4), viewing(5, { title_id: id.person }), viewing(6, { watched_on: null })])
  expect(await pages(app, `&title_id=${id.title}`)).toEqual([['3', '4'], ['1', '6'], ['2']])
})
test('a cursor is of no other diary, nor of another title', async () => {
  const app = over([viewing(1), viewing(2), viewing(3)])
  const { next_cursor } = (await app.inject({ url: `${url}?limit=1` })).json<{ next_cursor: string }>()
  expect((await app.inject({ url: `${url}?limit=1&title_id=${id.title}&cursor=${next_cursor}` })).json()).toMatchObject({ code: 'invalid_cursor' })
})
test('what would have to be told is not written while nobody can be told', async () => {
  const written: string[] = []
  const away = async (): Promise<never> => { throw new Unavailable('registering the schema') }
  const app = over([], [key], { activity: { prepare: away, write: away }, database: { ...noDatabase, transact: async () => { throw new Error(`wrote ${written.push('something')}`) } } })
  const rating = `/v1/profiles/${id.profile}/ratings/${id.title}`
  const asked = [
    ['POST', url, { title_id: id.title, liked: true }], ['PATCH', `${url}/${idOf(1)}`, { liked: true }], ['DELETE', `${url}/${idOf(1)}`, undefined],
    ['PUT', rating, { stars: 4 }], ['DELETE', rating, undefined], ['DELETE', `/v1/profiles/${id.profile}`, undefined],
  ] as const
  for (const [method, to, payload] of asked) {
    const answer = await app.inject({ method, url: to, ...(payload === undefined ? {} : { payload }) })
    expect([method, to, answer.statusCode]).toEqual([method, to, 503])
  }
  expect(written).toEqual([])
})
test.each([
  ['a day that is none', { watched_on: '2023-02-29' }], ['stars that are no halves', { stars: 4.2 }], ['a tag of two lines', { tags: ['a\nb'] }], ['a tag twice', { tags: ['a', 'a'] }],
  ['a tag that is too long', { tags: ['a'.repeat(41)] }], ['too many tags', { tags: Array.from({ length: 21 }, String) }],
])('%s is refused', async (_, wrong) => {
  const app = over([])
  for (const [method, to, body] of [['POST', url, { title_id: id.title, liked: true }], ['PATCH', `${url}/${idOf(1)}`, {}]] as const) {
    expect((await app.inject({ method, url: to, payload: { ...body, ...wrong } })).json()).toMatchObject({ status: 400, code: 'invalid_request' })
  }
})
