import { describe, expect, test } from 'vitest'
import { activity, comment, emptyWorld, list, member, memberId, relation, review, testGraph, title, ulid, viewing, type TestGraph, type World } from './testing.ts'

const many = 7
/** Seven of everything of member 1, some at the same instant, and 120 activities. */
function world(): World {
  const made = emptyWorld()
  made.members.push(...Array.from({ length: 9 }, (_, index) => member(index + 1)))
  made.titles.push(title(1))
  for (let number = 1; number <= many; number++) {
    const at = { created_at: Math.floor(number / 2) }
    made.reviews.push(review(number, 1, at))
    made.lists.push(list(number, 1, at))
    made.comments.push(comment(number, 1, at))
    made.viewings.push(viewing(number, 1, { watched_on: number < 3 ? null : 20_000 + Math.floor(number / 2) }))
    made.relations.push(relation(number + 1, 1, { followed_at: Math.floor(number / 2) }), relation(1, number + 1, { followed_at: Math.floor(number / 2) }))
  }
  made.activities.push(...Array.from({ length: 120 }, (_, index) => activity(120 - index, 1)))
  return made
}

interface Found {
  readonly edges: readonly { readonly cursor: string; readonly node: unknown }[]
  readonly pageInfo: Readonly<Record<'hasNextPage' | 'hasPreviousPage', boolean> & Record<'startCursor' | 'endCursor', string | null>>
}
const me = `member(id: "${memberId(1)}")`
const fields: readonly (readonly [string, string, string, number])[] = [
  ['followers', me, 'profileId', many], ['following', me, 'profileId', many], ['reviews', me, 'reviewId', many], ['lists', me, 'listId', many], ['diary', me, 'viewingId', many],
  ['activity', me, 'activityId', 120], ['reviews', `title(id: "${ulid('T', 1)}")`, 'reviewId', many], ['comments', `review(id: "${ulid('R', 1)}")`, 'commentId', many],
  ['entries', `list(id: "${ulid('K', 1)}")`, 'titleId', many],
]

async function page(graph: TestGraph, [field, within, id]: readonly [string, string, string, number], first: number, after?: string, viewer = 9): Promise<Found> {
  const { data, errors } = await graph.ask(`query Q($first: Int!, $after: String) { of: ${within} { page: ${field}(first: $first, after: $after) {
    edges { cursor node { ${id} } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`, viewer, { first, ...(after === undefined ? {} : { after }) })
  expect(errors).toEqual([])
  return (data as { readonly of: { readonly page: Found } }).of.page
}
async function pages(graph: TestGraph, field: (typeof fields)[number], first: number, viewer = 9): Promise<readonly Found[]> {
  const found: Found[] = [await page(graph, field, first, undefined, viewer)]
  while (found.at(-1)?.pageInfo.hasNextPage === true && found.length < 200) found.push(await page(graph, field, first, found.at(-1)?.pageInfo.endCursor ?? '', viewer))
  return found
}

describe.each(fields)('pages of %s of %s', (...field) => {
  test('hold everything once, in one order, whatever their size', async () => {
    const graph = testGraph(world())
    const all = (await pages(graph, field, 50)).flatMap(({ edges }) => edges.map(({ node }) => node))
    expect([all.length, new Set(all.map((node) => JSON.stringify(node))).size]).toEqual([field[3], field[3]])
    for (const size of field[3] > 50 ? [7, 33] : [1, 2, 3]) expect((await pages(graph, field, size)).flatMap(({ edges }) => edges.map(({ node }) => node)), `by ${size}`).toEqual(all)
  })
  test('begin after any edge', async () => {
    const graph = testGraph(world())
    const all = (await pages(graph, field, 50)).flatMap(({ edges }) => edges)
    for (const index of field[3] > 50 ? [0, 25, 48, 49, 50, 51, 99, 118] : [0, 1, 2, 3, 4, 5]) {
      expect((await page(graph, field, 2, all[index]?.cursor)).edges.map(({ node }) => node), `after ${index}`).toEqual(all.slice(index + 1, index + 3).map(({ node }) => node))
    }
    expect((await page(graph, field, 2, all.at(-1)?.cursor)).edges, 'after the last').toEqual([])
  })
  test('tell where they begin and end', async () => {
    const found = await pages(testGraph(world()), field, field[3] > 50 ? 40 : 3)
    expect(found.map(({ pageInfo }) => [pageInfo.hasPreviousPage, pageInfo.hasNextPage])).toEqual([[false, true], [true, true], [true, false]])
    for (const { edges, pageInfo } of found) expect([pageInfo.startCursor, pageInfo.endCursor]).toEqual([edges[0]?.cursor, edges.at(-1)?.cursor])
  })
  test('tell that there is no more where the last is full', async () => {
    const graph = testGraph(world())
    const { edges } = await page(graph, field, 50)
    const { pageInfo } = await page(graph, field, edges.length - 1, edges[0]?.cursor)
    expect(pageInfo.hasNextPage).toBe(field[3] > 50)
  })
  test('have cursors of their own', async () => {
    const graph = testGraph(world())
    const { pageInfo } = await page(graph, field, 2)
    const other = fields.find(([name, within]) => name !== field[0] || within !== field[1]) ?? field
    const { errors } = await graph.ask(`query Q($after: String) { of: ${other[1]} { page: ${other[0]}(after: $after) { edges { cursor } } } }`, 9, { after: pageInfo.endCursor })
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['invalid_cursor'])
  })
})

test('a page on which something is not to be seen is shorter, and the next begins where it would have', async () => {
  const made = world()
  made.relations.push(relation(4, 3, { follow: 'none', blocked: 1 }), relation(5, 3, { follow: 'none', blocked: 1 }))
  const field = fields[0] ?? (['', '', '', 0] as const)
  const sizes = (await pages(testGraph(made), field, 3, 3)).map(({ edges }) => edges.length)
  expect([sizes.length, sizes.reduce((sum, size) => sum + size, 0)]).toEqual([3, many - 2])
})
test('nothing at all is a page too', async () => {
  const made = emptyWorld()
  made.members.push(member(1), member(9))
  expect(await page(testGraph(made), fields[2] ?? ['', '', '', 0], 3)).toEqual({ edges: [], pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null } })
})
