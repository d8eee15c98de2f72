/** Who sees what of whom, over the real MySQL: every read of every kind of thing by everybody, and every write to what is another's. Routes come from OpenAPI, so that none is forgotten. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verifierOf } from '../shared/testing.ts'
import { requestTo, routesOf, type Route } from '../shared/testing-routes.ts'
import { choicesOf, expectedOf, kindOf, socialOverNothing, type Asker, type Thing } from './testing-matrix.ts'
import { makeWorld, openDiscovery, openSearch, type World } from './testing-world.ts'
import { heat, missing, realSocial, type RealSocial } from './testing.ts'

const described = socialOverNothing(() => undefined, verifierOf({}))
const routes = await routesOf(described)
await described.close()

const discovery = openDiscovery()
let social: RealSocial
let world: World
beforeAll(async () => {
  social = await realSocial({ views: { discovery: discovery.views, search: openSearch(() => world.things) } })
  world = await makeWorld(social, discovery.found)
})
afterAll(() => social.close())

const named = (some: readonly Route[]) => some.map((route) => [route.name, route] as const)
type Given = Readonly<Record<string, string | undefined>>
const ask = async (route: Route, asker: Asker, given: Given) => {
  const { statusCode, body } = await social.app.inject({ ...requestTo(route, given), headers: asker.who === undefined ? {} : { authorization: `Bearer ${asker.who.token}` } })
  return { statusCode, body }
}

/** What an answer holds that it must not, and what it lacks. */
function wrongIn(body: string, path: string, asked: string | undefined, viewer: Pick<Asker, 'profile_id' | 'moderates'>): readonly string[] {
  return world.things.flatMap((thing) => {
    const found = thing.finds(world.standing(viewer, thing))
    const holds = body.includes(thing.id)
    // whoever asks for an unlisted list by its id is answered it
    if (!found && holds && thing.id !== asked) return [`tells of ${thing.name}`]
    return found && !holds && thing.within.includes(path) ? [`leaves out ${thing.name}`] : []
  })
}

describe('a read is answered to whom it is for, and tells of nothing else', () => {
  test.each(named(routes.filter(({ method }) => method === 'GET')))('%s', async (_name, route) => {
    const kind = kindOf(route)
    const fills = world.fillsOf(kind)
    expect(fills.length, `things of kind '${kind}'`).toBeGreaterThan(0)
    const wrong: string[] = []
    const outcomes = new Set<string>()
    for (const asker of world.askers) {
      const given = { as: asker.profile_id, limit: '100' }
      const none = world.missingOf(kind)
      const nothing = none === undefined ? undefined : await ask(route, asker, { ...given, ...none })
      for (const { thing, given: filled } of fills) {
        const expected = expectedOf(route, { asker, thing, standing: world.standing(asker, thing) })
        // of one's own things one is shown what that profile sees, whoever asks for it
        const viewer = kind === 'profile_id' ? { profile_id: thing.owner.profile_id } : asker
        // a handle is another name of the same
        const path = requestTo(route, { ...filled, ...(kind === 'member' ? { member: thing.id } : {}) }).url?.toString().split('?')[0] ?? ''
        for (const choice of choicesOf(route)) {
          const { statusCode, body } = await ask(route, asker, { ...given, ...filled, ...choice })
          const faults = statusCode !== expected ? [`expected ${expected}, answered ${statusCode} ${body}`]
            : statusCode === 404 && nothing !== undefined && body !== nothing.body ? [`is told from what there is not: ${body}`]
              : statusCode === 200 ? wrongIn(body, path, filled[kind], viewer) : []
          wrong.push(...faults.map((fault) => `${asker.name} asks for ${thing.name} ${JSON.stringify({ ...filled, ...choice })}: ${fault}`))
          outcomes.add(`${statusCode} ${world.things.filter(({ id }) => body.includes(id)).map(({ name }) => name).join()}`)
        }
      }
    }
    expect(wrong).toEqual([])
    // a rule that answers everybody the same has held nothing
    expect(outcomes.size).toBeGreaterThan(1)
  })
})

/** Things that a route of writing names besides the profile that acts, by the parameter that names them. */
const targets: readonly (readonly [param: string, kinds: readonly Thing['kind'][]])[] = [
  ['review_id', ['review']], ['list_id', ['list']], ['comment_id', ['comment']], ['subject_id', ['review', 'list', 'comment']],
]
const nameIn = ({ params, body }: Route, param: string): boolean => params.includes(param) || body?.properties?.[param] !== undefined
const takes = ({ schemas, body }: Route, kind: string): boolean => (schemas.get('subject_kind') ?? body?.properties?.['subject_kind'])?.enum?.includes(kind) ?? true
const writes = routes.filter((route) => route.method !== 'GET' && kindOf(route) === 'profile_id')
/** What is said of another's thing is said by who sees it; copying a list is reading it. A like that was never given is taken back without asking what it is of. */
const isAbout = (route: Route): boolean => nameIn(route, 'subject_id') || route.path.endsWith('/clones')
const isLikeTakenBack = ({ name }: Route): boolean => name.startsWith('DELETE /v1/members/{profile_id}/likes/')

const versions = async (): Promise<readonly unknown[]> => Promise.all(world.things.filter(({ kind }) => ['review', 'list', 'comment'].includes(kind)).map(({ kind, id }) =>
  social.rows(`SELECT version FROM ${kind}s WHERE ${kind}_id = ?`, id)))

describe('a write by a profile of one’s own to what is another’s finds what is not there, unless it is said of what one sees', () => {
  const some = writes.flatMap((route) => targets.filter(([param]) => nameIn(route, param)).map(([param, kinds]) => [route.name, route, param, kinds.filter((kind) => takes(route, kind))] as const))
  test('every parameter that names a thing is known', () => {
    const known = ['profile_id', 'other_id', 'title_id', 'subject_kind', ...targets.map(([param]) => param)]
    expect(writes.filter(({ params }) => params.some((param) => !known.includes(param))).map(({ name }) => name)).toEqual([])
    expect(some.length).toBeGreaterThan(10)
  })
  test.each(some.filter(([, route]) => !isLikeTakenBack(route)))('%s', async (_name, route, param, kinds) => {
    const before = await versions()
    const wrong: string[] = []
    for (const asker of world.askers.filter(({ profile_id }) => profile_id !== undefined)) {
      for (const thing of world.things.filter(({ kind, owner }) => kinds.includes(kind) && owner.profile_id !== asker.profile_id)) {
        // whoever moderates, writes as anybody does
        const seen = isAbout(route) && thing.sees(world.standing({ ...asker, moderates: false }, thing))
        const given = { profile_id: asker.profile_id, subject_kind: thing.kind, title_id: heat, other_id: asker.profile_id }
        const { statusCode, body } = await ask(route, asker, { ...given, [param]: thing.id })
        const isRight = seen ? statusCode < 300 || statusCode === 409 : statusCode === 404 && body === (await ask(route, asker, { ...given, [param]: missing })).body
        if (!isRight) wrong.push(`${asker.name}, of ${thing.name}: answered ${statusCode} ${body}`)
      }
    }
    expect(wrong).toEqual([])
    expect(await versions()).toEqual(before)
  })
})
