/** Shapes of search: what may be asked, and what the groups of an answer hold. */
import Type from 'typebox'
import { Fields, Line, Nullable, Slug, Ulid } from '../shared/text.ts'
import { Person } from './schemas-members.ts'
import { groups, type Group } from './search.ts'

const limit = (standard: number, description: string) => Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: standard, description }))
const some = groups.join('|')
export const SearchQuery = Fields({
  q: { ...Line(200), description: 'words, beginnings of words, small typing errors; with or without accents, in their own script or in Latin letters' },
  in: Type.Optional(Type.String({ pattern: `^(?:${some})(?:,(?:${some})){0,3}$`, description: 'groups to look in; left out: all', examples: ['titles,lists'] })),
  kind: Type.Optional(Type.Unsafe<'movie' | 'series'>({ type: 'string', enum: ['movie', 'series'], description: 'of titles, as the next three' })),
  genre: Type.Optional(Slug(32)),
  country: Type.Optional(Type.String({ pattern: '^[A-Z]{2}$', description: 'of origin, by ISO 3166-1 alpha-2', examples: ['GB'] })),
  decade: Type.Optional(Type.Integer({ minimum: 1870, maximum: 2190, multipleOf: 10, description: 'its first year', examples: [1990] })),
  as: Type.Optional(Ulid),
  limit: limit(20, 'of each group'),
})
export const CompletionQuery = Fields({
  q: { ...Line(100), description: 'what was typed so far' },
  as: Type.Optional(Ulid),
  limit: limit(10, 'of all groups together'),
})

const Unavailable = Type.Array(Type.Unsafe<Group>({ type: 'string', enum: [...groups] }), { description: 'groups that could not be asked, or took too long: left out' })
const Value = Fields({ value: Type.String(), titles: Type.Integer() })
const Title = Fields({
  title_id: Ulid, kind: Type.String(), name: Type.String(), original_name: Nullable(Type.String()), release_year: Nullable(Type.Integer()), genres: Type.Array(Type.String()),
})
const Facets = Fields(
  { kinds: Type.Array(Value), genres: Type.Array(Value), decades: Type.Array(Fields({ value: Type.Integer(), titles: Type.Integer() })), countries: Type.Array(Value) },
  { description: 'how many of all titles that are found, 10,000 at most, have each value, most first' },
)
const List = Fields({ list_id: Ulid, name: Type.String(), owner: Person })
export const Found = Fields({
  titles: Type.Optional(Fields({ items: Type.Array(Title), facets: Facets })),
  people: Type.Optional(Fields({ items: Type.Array(Fields({ person_id: Ulid, name: Type.String() })) })),
  members: Type.Optional(Fields({ items: Type.Array(Person) })),
  lists: Type.Optional(Fields({ items: Type.Array(List) })),
  unavailable: Unavailable,
})
export const Completions = Fields({
  items: Type.Array(Fields({
    group: Type.Unsafe<Group>({ type: 'string', enum: [...groups] }),
    id: Ulid,
    name: Type.String(),
    original_name: Nullable(Type.String()),
    release_year: Nullable(Type.Integer()),
    handle: Nullable(Type.String({ description: 'of a member, or of whose list it is' })),
  })),
  unavailable: Unavailable,
})
