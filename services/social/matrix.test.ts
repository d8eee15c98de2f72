/** Who may ask for what, of every route that there is: one that is added is held to it without being named here. */
import { afterAll, describe, expect, test } from 'vitest'
import { person, program, verifierOf } from '../shared/testing.ts'
import { requestTo, routesOf, type Route } from '../shared/testing-routes.ts'
import { kindOf, rules, socialOverNothing } from './testing-matrix.ts'

const [profile_id, account_id] = ['01JD0Z3V9Q4T6M2X8B7C5N1K0C', '01JD0Z3V9Q4T6M2X8B7C5N1K0D']
const scopes = ['social:read', 'social:write']
const app = socialOverNothing((id) => (id === profile_id ? account_id : undefined), verifierOf({
  program, owner: person(account_id, { scopes }), stranger: person('stranger', { scopes }), unscoped: person(account_id, { scopes: [] }),
  moderator: person('moderator', { scopes, roles: ['viewer', 'editor'] }),
}))
const routes = await routesOf(app)
afterAll(() => app.close())

type Who = 'nobody' | 'unscoped' | 'owner' | 'stranger' | 'moderator' | 'program'
const all: readonly Who[] = ['nobody', 'unscoped', 'owner', 'stranger', 'moderator', 'program']
/** The answer to whoever is let in, as everything behind is away. */
const letIn = '503 store_unavailable'
const answers = async (route: Route, given: Readonly<Record<string, string>> = {}, who: readonly Who[] = all) =>
  Object.fromEntries(await Promise.all(who.map(async (one) => {
    const answer = await app.inject({ ...requestTo(route, given), headers: one === 'nobody' ? {} : { authorization: `Bearer ${one}` } })
    return [one, `${answer.statusCode} ${String(answer.json<{ readonly code?: string }>().code)}`]
  })))
const everybody = (answer: string) => Object.fromEntries(all.map((one) => [one, answer]))
const turnedAway = { nobody: '401 unauthenticated', unscoped: '403 forbidden' }
const named = (some: readonly Route[]) => some.map((route) => [route.name, route] as const)

test('there are routes, and each is of a kind that has a rule', () => {
  expect(routes.length).toBeGreaterThan(50)
  expect(routes.filter((route) => rules[kindOf(route)] === undefined).map(({ name }) => name)).toEqual([])
})

test('what is public is read, and is nobody’s own', () => {
  const open = routes.filter(({ isPublic }) => isPublic)
  expect(open.filter((route) => route.method !== 'GET' || ['profile_id', 'moderation'].includes(kindOf(route))).map(({ name }) => name)).toEqual([])
})

test('what is written is written by a profile of one’s own, or by a moderator', () => {
  expect(routes.filter((route) => route.method !== 'GET' && !['profile_id', 'moderation'].includes(kindOf(route))).map(({ name }) => name)).toEqual([])
})

describe('who acts for a profile that is another’s finds none, moderator or not', () => {
  test.each(named(routes.filter((route) => kindOf(route) === 'profile_id')))('%s', async (_name, route) => {
    expect(route.scope).toBe(route.method === 'GET' ? 'social:read' : 'social:write')
    const another = '404 profile_not_found'
    expect(await answers(route, { profile_id })).toEqual({ ...turnedAway, owner: letIn, stranger: another, moderator: another, program: letIn })
  })
})

describe('a queue of moderators is for them alone', () => {
  test.each(named(routes.filter((route) => kindOf(route) === 'moderation')))('%s', async (_name, route) => {
    expect(await answers(route)).toEqual({ ...everybody('403 forbidden'), nobody: turnedAway.nobody, moderator: letIn })
  })
})

describe('who looks as a profile that is another’s finds none', () => {
  test.each(named(routes.filter(({ query }) => query.has('as'))))('%s', async (_name, route) => {
    const another = '404 profile_not_found'
    const seen = await answers(route, { as: profile_id }, ['nobody', 'unscoped', 'owner', 'stranger', 'moderator', 'program'])
    expect(seen).toEqual({ ...turnedAway, owner: letIn, stranger: another, moderator: another, program: letIn })
  })
})

describe('what is public is answered without a token', () => {
  test.each(named(routes.filter(({ isPublic }) => isPublic)))('%s', async (_name, route) => {
    expect(await answers(route)).toEqual(everybody(letIn))
  })
})

test('and these are all', () => {
  const held = routes.filter((route) => ['profile_id', 'moderation'].includes(kindOf(route)) || route.query.has('as') || route.isPublic)
  expect(routes.filter((route) => !held.includes(route)).map(({ name }) => name)).toEqual([])
})
