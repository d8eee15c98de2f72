/** Shapes that many requests and answers share. Patterns are read with the `u` flag; lengths count code points, as MySQL does. */
import Type, { type Static, type TSchema } from 'typebox'

/** Object that refuses fields it does not name. */
export const Fields = <P extends Record<string, TSchema>>(properties: P, options: object = {}) =>
  Type.Object(properties, { additionalProperties: false, ...options })

/** A schema that also allows null. */
export const Nullable = <S extends TSchema>(schema: S) =>
  Type.Unsafe<Static<S> | null>({ ...schema, type: [(schema as unknown as { readonly type: string }).type, 'null'] })

/** For who comes by no route: read with the `u` flag. */
export const patterns = {
  ulid: '^[0-7][0-9A-HJKMNP-TV-Z]{25}$', line: '^(?=.*\\S)[^\\p{Cc}\\p{Cs}\\u2028\\u2029]*$', text: '^(?:[^\\p{Cc}\\p{Cs}]|[\\n\\r\\t])*$',
} as const
/** Identity of anything: 26 characters that sort by time of creation. */
export const Ulid = Type.String({ pattern: patterns.ulid, description: 'ULID', examples: ['01JD0Z3V9Q4T6M2X8B7C5N1K0A'] })
const ulid = new RegExp(patterns.ulid, 'u')
/** Whether it is one. */
export const isUlid = (text: string): boolean => ulid.test(text)
/** One line of text that is not blank: no control characters, no lone surrogates. */
export const Line = (maxLength: number) => Type.String({ minLength: 1, maxLength, pattern: patterns.line })
/** Text of several lines. */
export const Text = (maxLength: number) => Type.String({ minLength: 1, maxLength, pattern: patterns.text })
/** `science-fiction`. */
export const Slug = (maxLength: number) => Type.String({ minLength: 1, maxLength, pattern: '^[a-z0-9]+(?:-[a-z0-9]+)*$' })
/** Where something was imported from: `movielens:50`. */
export const SourceRef = (maxLength: number) => Type.String({ minLength: 1, maxLength, pattern: '^[!-~]+$', examples: ['movielens:50'] })
/** Calendar day, years 1000 to 2199. */
export const Day = Type.String({ format: 'date', examples: ['1994-10-14'] })
/** RFC 3339 instant, years 1900 to 2199. */
export const Instant = Type.String({ format: 'date-time', examples: ['1998-04-22T09:15:00.000Z'] })
/** Stars in halves. */
export const Stars = Type.Number({ minimum: 0.5, maximum: 5, multipleOf: 0.5, examples: [4.5] })
/** Of a row: µs since the epoch, strictly rising. */
export const Version = Type.Integer()
/** Page size and place, for query strings. */
export const Paging = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
  cursor: Type.Optional(
    Type.String({ minLength: 1, maxLength: 200, pattern: '^[A-Za-z0-9_-]+$', description: '`next_cursor` of the page before' }),
  ),
}
/** A page of items. */
export const Page = <S extends TSchema>(item: S) => Fields({ items: Type.Array(item), next_cursor: Nullable(Type.String()) })
