import { expect, test } from 'vitest'
import { createService } from '../shared/http.ts'
import { person, program, verifierOf } from '../shared/testing.ts'
import type { Sql } from '../shared/mysql.ts'
import { guardMembers, openOwnerOf } from './ownership.ts'

const app = createService({
  name: 'test', description: '', checks: {}, verifier: verifierOf({ ada: person('ada', { scopes: ['social:read'] }), unscoped: person('ada'), program }),
  routes: async (routes) => {
    guardMembers(routes, async (profile_id) => ({ hers: 'ada', his: 'bob' })[profile_id])
    routes.get('/v1/members/:profile_id/blocks', { config: { access: {} } }, async () => ({}))
    routes.get('/v1/members/:member', { config: { access: 'public' } }, async () => ({}))
  },
})
const ask = async (url: string, token?: string): Promise<number> => (await app.inject({ url, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })).statusCode

test('a person acts for their own profile, and nobody else’s', async () => {
  expect([await ask('/v1/members/hers/blocks', 'ada'), await ask('/v1/members/his/blocks', 'ada')]).toEqual([200, 404])
})
test('a program acts for everybody', async () => {
  expect(await ask('/v1/members/his/blocks', 'program')).toBe(200)
})
test('a person looks as their own profile, and nobody as one without saying who they are', async () => {
  expect([await ask('/v1/members/his?as=hers', 'ada'), await ask('/v1/members/his?as=his', 'ada'), await ask('/v1/members/his?as=his')]).toEqual([200, 404, 401])
  expect(await ask('/v1/members/his?as=hers', 'unscoped')).toBe(403)
})
test('whoever looks as nobody in particular looks at anybody', async () => {
  expect([await ask('/v1/members/his'), await ask('/v1/members/his', 'ada')]).toEqual([200, 200])
})
test('a profile without a card is left to the route', async () => {
  expect(await ask('/v1/members/new/blocks', 'ada')).toBe(200)
})
test('whose a card is is asked once; of one that is not there, again', async () => {
  const asked: string[] = []
  const rows = async (_: string, [id]: readonly unknown[] = []) => {
    asked.push(String(id))
    return id === 'hers' ? [{ account_id: 'ada' }] : []
  }
  const ownerOf = openOwnerOf({ read: (work) => work({ rows } as unknown as Sql) }, 1)
  expect([await ownerOf('hers'), await ownerOf('hers'), await ownerOf('new'), await ownerOf('new')]).toEqual(['ada', 'ada', undefined, undefined])
  expect(asked).toEqual(['hers', 'new', 'new'])
})
