/** Shapes of requests and answers about imports. */
import Type from 'typebox'
import { Fields, Instant, Line, Nullable, Paging, Ulid, Version } from '../shared/text.ts'
import { rowKinds, rowStates } from './import-row.ts'

export const ImportPath = Fields({ profile_id: Ulid, import_id: Ulid })
export const RowPath = Fields({ profile_id: Ulid, import_id: Ulid, row_number: Type.Integer({ minimum: 0, maximum: 1_000_000 }) })
export const UploadQuery = Fields({
  name: Type.Optional({ ...Line(200), description: 'of the file: some single CSV files are told apart by it alone', examples: ['watchlist.csv'] }),
})
const State = Type.Enum([...rowStates], {
  description: 'waiting to be matched; matched: will be applied; unmatched; conflict: something else stands in its place; present: is there already; kept: given back at export; ' +
    'problem: cannot be read, and is kept; applied, skipped, refused, needs_card: what came of applying it',
})
const Kind = Type.Enum([...rowKinds])
export const RowsQuery = Fields({ state: Type.Optional(State), kind: Type.Optional(Kind), ...Paging })
export const RowChanges = Fields({
  title_id: Type.Optional({ ...Ulid, description: 'which title it is' }),
  resolution: Type.Optional(Type.Enum(['take', 'skip'], { description: 'take: it takes the place of what is there; skip: it is left out' })),
}, { minProperties: 1 })

/** An import as it stands. */
export const Import = Fields({
  import_id: Ulid,
  profile_id: Ulid,
  source: Type.Enum(['letterboxd', 'imdb']),
  state: Type.Enum(['matching', 'ready', 'applying', 'applied', 'interrupted'], { description: 'interrupted: given up after many attempts; have it matched or applied again' }),
  rows: Type.Integer(),
  counts: Type.Array(Fields({ kind: Kind, state: State, rows: Type.Integer() })),
  version: Version,
  created_at: Instant,
  applied_at: Nullable(Instant),
})
export const Imports = Fields({ items: Type.Array(Import) })

const Title = Fields({ title_id: Ulid, name: Type.String(), release_year: Nullable(Type.Integer()) })
export const ImportRow = Fields({
  row_number: Type.Integer(),
  kind: Kind,
  state: State,
  file: Nullable(Type.String()),
  line: Nullable(Type.Integer({ description: 'from 1' })),
  columns: Type.Record(Type.String(), Type.String(), { description: 'its cells, as they came' }),
  message: Nullable(Type.String({ description: 'what could not be read, or was left off' })),
  title: Type.Union([Title, Type.Null()], { description: 'that it is of' }),
  matched: Nullable(Type.String({ description: 'exact, near, or hand: by whoever imports' })),
  alternatives: Type.Array(Title, { description: 'other titles that it may be of, the likeliest first' }),
  resolution: Nullable(Type.String()),
  outcome: Nullable(Type.String({ description: 'why it was refused: a code' })),
  why: Nullable(Type.String({ description: 'the same in words, with what to do about it' })),
})
