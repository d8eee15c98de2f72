/** Pages after Relay's specification of cursor connections, forward only. */
import type { Edge, Page } from '@cdlc/schemas/graphql/models.ts'
import { Refused } from '../shared/errors.ts'
import { cursorTo, placeOf } from '../shared/pagination.ts'
import { shows } from './access.ts'
import type { Graph } from './context.ts'
import type { Asked, Remote, RemotePage } from './ports.ts'

export interface PageArgs {
  readonly first: number
  readonly after?: string | null | undefined
}
/** What a cursor belongs to: the field and what it is of. */
export type Of = readonly (string | undefined)[]
type Place = readonly (string | number)[]

/** Edges on one page. */
export const mostEdges = 50

function checked<P extends Place>(of: Of, { first, after }: PageArgs, isPlace: (place: readonly unknown[]) => place is P): P | undefined {
  if (first < 1 || first > mostEdges) throw new Refused({ code: 'invalid_request', message: `'first' must be 1 to ${mostEdges}`, field: 'first' })
  if (after === undefined || after === null) return undefined
  try {
    return placeOf(of, after, isPlace)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
  }
  throw new Refused({ code: 'invalid_cursor', message: "'after' must be a cursor of this same field", field: 'after' })
}

function paged<T, E extends Edge<T>>(edges: readonly E[], { after }: PageArgs, more: boolean, end: string | undefined): Page<T> & { readonly edges: readonly E[] } {
  const startCursor = edges[0]?.cursor ?? end ?? null
  return { edges, pageInfo: { hasNextPage: more, hasPreviousPage: typeof after === 'string', startCursor, endCursor: end ?? null } }
}

const isSince = (place: readonly unknown[]): place is readonly [number, string] => place.length === 2 && Number.isSafeInteger(place[0]) && typeof place[1] === 'string'
const isPlaced = (place: readonly unknown[]): place is readonly [string, string] => place.length === 2 && place.every((one) => typeof one === 'string')

/** What makes a connection of a view's rows. */
export interface Source<Row, T, P, E extends Edge<T>> {
  readonly of: Of
  readonly place: (row: Row) => P
  readonly ask: (page: Asked<P>) => Promise<readonly Row[]>
  /** Undefined where it is not to be shown; the page is shorter then, and the next begins where it would have. */
  readonly edge: (row: Row, cursor: string) => Promise<E | undefined>
}
interface Coding<P> { readonly write: (place: P) => Place; readonly read: (of: Of, args: PageArgs) => P | undefined }
const since: Coding<{ readonly at: number; readonly id: string }> = {
  write: ({ at, id }) => [at, id],
  read: (of, args) => {
    const found = checked(of, args, isSince)
    return found === undefined ? undefined : { at: found[0], id: found[1] }
  },
}
const placed: Coding<{ readonly place: string; readonly title_id: string }> = {
  write: ({ place, title_id }) => [place, title_id],
  read: (of, args) => {
    const found = checked(of, args, isPlaced)
    return found === undefined ? undefined : { place: found[0], title_id: found[1] }
  },
}

const pageBy = <P>(coding: Coding<P>) => async <Row, T, E extends Edge<T>>({ of, place, ask, edge }: Source<Row, T, P, E>, args: PageArgs): Promise<Page<T> & { readonly edges: readonly E[] }> => {
  const after = coding.read(of, args)
  const found = await ask({ limit: args.first + 1, ...(after === undefined ? {} : { after }) })
  const rows = found.slice(0, args.first)
  const cursor = (row: Row): string => cursorTo(of, coding.write(place(row)))
  const edges = await Promise.all(rows.map((row) => edge(row, cursor(row))))
  const last = rows.at(-1)
  return paged<T, E>(edges.filter((one) => one !== undefined), args, found.length > args.first, last === undefined ? undefined : cursor(last))
}
/** Of rows that lie by time and id. */
export const pageByTime = pageBy(since)
/** Of a list's entries. */
export const pageByPlace = pageBy(placed)

/** An edge to an object of a type, where it is shown to who looks. */
export const shown = <T>(graph: Graph, type: string) => async (node: T, cursor: string): Promise<Edge<T> | undefined> => ((await shows(graph, type, node)) ? { node, cursor } : undefined)

const isRemote = (place: readonly unknown[]): place is readonly [string, number] =>
  place.length === 2 && typeof place[0] === 'string' && Number.isInteger(place[1]) && (place[1] as number) >= 0 && (place[1] as number) <= mostEdges

/**
 * Of a service that knows where its pages end, and not where items lie. It is always asked for pages of one size, so that a cursor can be one of its own and how
 * many items of that page came before; a page that begins in the midst of one of its pages may take two of them.
 */
export async function pageRemote<T>(of: Of, ask: (page: RemotePage) => Promise<Remote<T>>, args: PageArgs, isShown: (item: T) => Promise<boolean>): Promise<Page<T>> {
  let [cursor, passed] = checked(of, args, isRemote) ?? ['', 0]
  const page: Edge<T>[] = []
  let more = true
  while (more && page.length < args.first) {
    const { items, next_cursor } = await ask({ limit: mostEdges, cursor })
    for (const node of items.slice(passed, passed + args.first - page.length)) {
      passed += 1
      page.push({ node, cursor: cursorTo(of, passed === items.length && next_cursor !== '' ? [next_cursor, 0] : [cursor, passed]) })
    }
    more = passed < items.length || next_cursor !== ''
    if (passed >= items.length) [cursor, passed] = [next_cursor, 0]
  }
  const visible = await Promise.all(page.map(({ node }) => isShown(node)))
  return paged<T, Edge<T>>(page.filter((_, index) => visible[index]), args, more, page.at(-1)?.cursor)
}
