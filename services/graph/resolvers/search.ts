/** What words find: each list is asked for where it is selected, by the ids that its view finds. */
import type { Resolvers, SearchType } from '@cdlc/schemas/generated/graphql.ts'
import type { SearchModel } from '@cdlc/schemas/graphql/models.ts'
import { Refused } from '../../shared/errors.ts'
import { isListed } from '../access.ts'
import type { Load } from '../batch.ts'
import type { Graph } from '../context.ts'

const longest = 200
const most = 20

/** Rows of what was found, in its order; null where this type was not asked for. A view may know of what another has lost meanwhile. */
async function found<T>({ types, first, q }: SearchModel, type: SearchType, ask: (q: string, limit: number) => Promise<readonly string[]>, load: Load<T>): Promise<readonly T[] | null> {
  if (types !== undefined && !types.includes(type)) return null
  const rows = await Promise.all((await ask(q, first)).map((id) => load(id)))
  return rows.filter((row) => row !== undefined)
}

export const searchResolvers: Resolvers<Graph> = {
  Query: {
    search: (_, { q, types, first }) => {
      const words = q.trim()
      if (words === '' || words.length > longest) throw new Refused({ code: 'invalid_request', message: `'q' must have 1 to ${longest} characters`, field: 'q' })
      if (first < 1 || first > most) throw new Refused({ code: 'invalid_request', message: `'first' must be 1 to ${most}`, field: 'first' })
      return { q: words, first, types: types ?? undefined }
    },
  },
  SearchResult: {
    titles: (search, _args, { ports, loaders }) => found(search, 'TITLES', ports.views.searchTitles, loaders.title),
    people: (search, _args, { ports, loaders }) => found(search, 'PEOPLE', ports.views.searchPeople, loaders.person),
    members: (search, _args, { ports, loaders, viewer }) =>
      found(search, 'MEMBERS', (q, limit) => ports.views.searchMembers(q, limit, viewer.profile_id), loaders.member),
    lists: async (search, _args, graph) => {
      const rows = await found(search, 'LISTS', graph.ports.views.searchLists, graph.loaders.list)
      if (rows === null) return null
      const listed = await Promise.all(rows.map((row) => isListed(graph, row)))
      return rows.filter((_, index) => listed[index])
    },
  },
}
