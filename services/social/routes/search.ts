/** Search over all that has a name, and what to type on. */
import { problems, type Routes } from '../../shared/http.ts'
import { viewerOf } from '../looking.ts'
import type { SocialPorts } from '../ports.ts'
import { CompletionQuery, Completions, Found, SearchQuery } from '../schemas-search.ts'
import { complete, groups, searchGroups } from '../search.ts'
import type { Facets, TitleFilter } from '../search-views.ts'
import { personAnswer } from './cards.ts'

const tags = ['search']

/** Its conditions that were given. */
function filterOf({ q, kind, genre, country, decade }: { readonly q: string } & { readonly [K in keyof TitleFilter]?: TitleFilter[K] | undefined }): TitleFilter & { readonly q: string } {
  return {
    q, ...(kind === undefined ? {} : { kind }), ...(genre === undefined ? {} : { genre }), ...(country === undefined ? {} : { country }), ...(decade === undefined ? {} : { decade }),
  }
}

const facetsAnswer = ({ kinds, genres, decades, countries }: Facets) => ({ kinds: [...kinds], genres: [...genres], decades: [...decades], countries: [...countries] })

export const searchRoutes: Routes<SocialPorts> = ({ views }) => async (app) => {
  app.get('/v1/search', {
    config: { access: 'public' },
    schema: {
      tags, summary: 'Search titles, people, members and lists', querystring: SearchQuery, response: { 200: Found, ...problems },
      description: 'Each group by itself, best match first. Those who have blocked you, or whom you have blocked, are left out, and so are lists of those who do not show you theirs.',
    },
  }, async (request) => {
    const { in: within, as, limit = 20, ...filter } = request.query
    const wanted: ReadonlySet<string> = new Set(within?.split(',') ?? groups)
    const looking = { viewer: viewerOf(request.identity, as), limit }
    const asked = new Set(groups.filter((group) => wanted.has(group)))
    const { found: { titles, people, members, lists }, unavailable } = await searchGroups(views, asked, filterOf(filter), looking)
    return {
      ...(titles === undefined ? {} : { titles: {
        items: titles.items.map(({ title_id, kind, name, original_name, release_year, genres }) => ({ title_id, kind, name, original_name, release_year, genres: [...genres] })),
        facets: facetsAnswer(titles.facets),
      } }),
      ...(people === undefined ? {} : { people: { items: [...people] } }),
      ...(members === undefined ? {} : { members: { items: members.map(personAnswer) } }),
      ...(lists === undefined ? {} : { lists: { items: lists.map(({ list_id, name, owner }) => ({ list_id, name, owner: personAnswer(owner) })) } }),
      unavailable: [...unavailable],
    }
  })

  app.get('/v1/search/completions', {
    config: { access: 'public' },
    schema: {
      tags, summary: 'What to type on', querystring: CompletionQuery, response: { 200: Completions, ...problems },
      description: 'Of all groups together: what is called so, then what begins so, then what has words that begin so, then what is spelt alike; titles that more have rated before others.',
    },
  }, async (request) => {
    const { q, as, limit = 10 } = request.query
    const { items, unavailable } = await complete(views, q, { viewer: viewerOf(request.identity, as), limit })
    return {
      items: items.map(({ group, id, name, other_name, release_year, handle }) => ({ group, id, name, original_name: group === 'titles' ? other_name : null, release_year, handle })),
      unavailable: [...unavailable],
    }
  })
}
