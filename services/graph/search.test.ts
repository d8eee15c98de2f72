import { describe, expect, test } from 'vitest'
import { Unavailable } from '../shared/errors.ts'
import { emptyWorld, list, member, memberId, relation, testGraph, title, ulid, type World } from './testing.ts'

/** Everything is found: of lists, 1 to 3 are member 2's, public, unlisted and private, 4 is private member 3's; 4 has blocked 1. */
function world(): World {
  const made = emptyWorld()
  made.members.push(member(1), member(2), member(3, { is_private: 1 }), member(4))
  made.relations.push(relation(4, 1, { follow: 'none', blocked: 1 }))
  made.titles.push(title(1), title(2))
  made.lists.push(list(1, 2), list(2, 2, { visibility: 'unlisted' }), list(3, 2, { visibility: 'private' }), list(4, 3))
  made.found.titles.push(ulid('T', 2), ulid('T', 1), ulid('T', 9))
  made.found.people.push(ulid('P', 1))
  made.found.members.push(...[2, 3, 4].map(memberId))
  made.found.lists.push(...[1, 2, 3, 4].map((number) => ulid('K', number)))
  return made
}
const asked = (args: string): string => `{ search(${args}) { titles { name } people { personId } members { handle } lists { name } } }`

describe('a search', () => {
  test('finds all kinds, in the order of their views, of what is still there and shown to who looks', async () => {
    expect(await testGraph(world()).ask(asked('q: "heat"'), 1)).toEqual({ status: 200, errors: [], data: { search: {
      titles: [{ name: 'Title 2' }, { name: 'Title 1' }], people: [{ personId: ulid('P', 1) }], members: [{ handle: 'member_2' }, { handle: 'member_3' }], lists: [{ name: 'List 1' }],
    } } })
  })
  test('asks for the kinds that are wanted, and selected, and for no other', async () => {
    const graph = testGraph(world())
    const { data } = await graph.ask('{ search(q: "heat", types: [TITLES, LISTS], first: 1) { titles { name } members { handle } } }', 1)
    expect(data).toEqual({ search: { titles: [{ name: 'Title 2' }], members: null } })
    expect([...graph.world.asked.keys()].filter((name) => name.includes('search'))).toEqual(['views.searchTitles'])
  })
  test.each(['q: ""', 'q: "   "', `q: "${'x'.repeat(201)}"`, 'q: "x", first: 0', 'q: "x", first: 21'])('by %s is refused', async (args) => {
    const { status, errors } = await testGraph(world()).ask(asked(args), 1)
    expect([status, errors.map(({ extensions }) => extensions.code)]).toEqual([200, ['invalid_request']])
  })
  test('of which one view is away tells what the others found', async () => {
    const { ports } = testGraph(world())
    const graph = testGraph(world(), { views: { ...ports.views, searchMembers: () => Promise.reject(new Unavailable('asking')) } })
    const { data, errors } = await graph.ask(asked('q: "heat", first: 1'), 1)
    expect([data, errors.map(({ path }) => path)]).toEqual([
      { search: { titles: [{ name: 'Title 2' }], people: [{ personId: ulid('P', 1) }], members: null, lists: [{ name: 'List 1' }] } }, [['search', 'members']],
    ])
  })
})
