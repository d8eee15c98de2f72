/**
 * The gateway's table: which path goes where, and how it is treated on the way. Nothing that is not in it can be reached from outside.
 *
 * - *lane*: a way to an upstream with a time-out, retries, a circuit breaker and a bulkhead of its own, so that what is slow or broken
 *   behind one lane takes no room from another
 * - *class*: what a request counts against, for its account, its program or its address
 * - *cached*: `title` until the `title` view changes that title; `brief` for a moment, and for longer while the upstream is away
 */

/** Components that the gateway passes requests on to. */
export const upstreams = ['inventory', 'actor', 'customer-services', 'configurations-server', 'authorization-server', 'social', 'feed', 'graph', 'collector'] as const
export type Upstream = (typeof upstreams)[number]

export interface Lane {
  readonly upstream: Upstream
  /** Of each attempt, until the answer begins. */
  readonly timeout_ms: number
  /** Attempts after the first, for GET and HEAD alone. */
  readonly retries: number
  readonly breaker: { readonly failures: number; readonly open_ms: number }
  readonly bulkhead: { readonly calls: number; readonly queue: number }
}
const breaker = { failures: 5, open_ms: 2_000 }
const lane = (upstream: Upstream, timeout_ms: number, retries: number, calls: number, queue: number): Lane =>
  ({ upstream, timeout_ms, retries, breaker, bulkhead: { calls, queue } })

/** A service answers within 1 s of `Read-After`, 2 s of a view and 5 s of MySQL, or says itself that it cannot. */
export const lanes = {
  cards: lane('inventory', 8_000, 2, 128, 2_000),
  catalogue: lane('inventory', 4_000, 2, 32, 500),
  titles: lane('inventory', 15_000, 2, 64, 500),
  people: lane('actor', 8_000, 2, 64, 500),
  accounts: lane('customer-services', 15_000, 2, 128, 1_000),
  configuration: lane('configurations-server', 10_000, 2, 32, 200),
  social: lane('social', 15_000, 2, 128, 1_000),
  search: lane('social', 4_000, 2, 32, 500),
  feed: lane('feed', 8_000, 2, 64, 500),
  graph: lane('graph', 15_000, 0, 128, 1_000),
  telemetry: lane('collector', 8_000, 0, 128, 1_000),
  authorization: lane('authorization-server', 15_000, 1, 64, 500),
} as const satisfies Readonly<Record<string, Lane>>
export type LaneName = keyof typeof lanes

export type LimitClass = 'read' | 'search' | 'write' | 'sign-in'
export type Cached = { readonly by: 'title' } | { readonly by: 'brief'; readonly fresh_ms: number }

export interface Row {
  /** As the router has it: `:name` for a part, `::` for a colon, `*` at the end for all that follows. */
  readonly path: string
  readonly methods: readonly Method[]
  readonly lane: LaneName
  /** Left out: by method, `read` or `write`. */
  readonly limit?: LimitClass
  readonly cached?: Cached
}
export const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
export type Method = (typeof methods)[number]

const read: readonly Method[] = ['GET', 'HEAD']
const write: readonly Method[] = ['POST', 'PUT', 'PATCH', 'DELETE']
const brief = (fresh_ms: number): Cached => ({ by: 'brief', fresh_ms })

export const table: readonly Row[] = [
  { path: '/v1/titles', methods: read, lane: 'catalogue', limit: 'search', cached: brief(1_000) },
  { path: '/v1/trending', methods: read, lane: 'catalogue', cached: brief(1_000) },
  { path: '/v1/genres', methods: read, lane: 'catalogue', cached: brief(5_000) },
  { path: '/v1/titles/:title_id', methods: read, lane: 'cards', cached: { by: 'title' } },
  { path: '/v1/titles/:title_id/stats', methods: read, lane: 'cards' },
  { path: '/v1/titles/:title_id/related', methods: read, lane: 'catalogue', cached: brief(5_000) },
  { path: '/v1/titles/:title_id/rating-histogram', methods: read, lane: 'accounts' },
  { path: '/v1/titles', methods: write, lane: 'titles' },
  { path: '/v1/titles/*', methods: write, lane: 'titles' },
  { path: '/v1/people', methods: read, lane: 'people', limit: 'search' },
  { path: '/v1/people', methods: write, lane: 'people' },
  { path: '/v1/people/*', methods, lane: 'people' },
  { path: '/v1/credits/*', methods, lane: 'people' },
  { path: '/v1/me', methods: read, lane: 'accounts' },
  { path: '/v1/accounts/*', methods, lane: 'accounts' },
  { path: '/v1/profiles', methods, lane: 'accounts' },
  { path: '/v1/profiles/*', methods, lane: 'accounts' },
  { path: '/v1/erasures/*', methods, lane: 'accounts' },
  { path: '/v1/titles/:title_id/reviews', methods: read, lane: 'social' },
  { path: '/v1/members', methods, lane: 'social' },
  { path: '/v1/members/*', methods, lane: 'social' },
  { path: '/v1/reviews/*', methods, lane: 'social' },
  { path: '/v1/comments/*', methods, lane: 'social' },
  { path: '/v1/lists/*', methods, lane: 'social' },
  { path: '/v1/moderation/*', methods, lane: 'social' },
  { path: '/v1/search', methods: read, lane: 'search', limit: 'search' },
  { path: '/v1/search/*', methods: read, lane: 'search', limit: 'search' },
  { path: '/v1/feeds/*', methods, lane: 'feed' },
  { path: '/v1/graphql', methods: ['GET', 'POST'], lane: 'graph', limit: 'read' },
  { path: '/v1/telemetry', methods: ['POST'], lane: 'telemetry', limit: 'write' },
  { path: '/v1/configuration', methods, lane: 'configuration' },
  { path: '/v1/configuration/*', methods, lane: 'configuration' },
  { path: '/v1/signing-keys::rotate', methods: ['POST'], lane: 'authorization' },
  { path: '/oauth/*', methods, lane: 'authorization', limit: 'sign-in' },
  { path: '/auth/*', methods, lane: 'authorization', limit: 'sign-in' },
  { path: '/.well-known/openid-configuration', methods, lane: 'authorization', limit: 'read' },
  { path: '/.well-known/oauth-authorization-server', methods, lane: 'authorization', limit: 'read' },
]

/** What only programs may use, and what they use directly: kept out though a row's path would take it in. */
export const programsOnly: readonly { readonly method: Method; readonly path: string }[] = [
  { method: 'POST', path: '/v1/accounts' },
  { method: 'POST', path: '/v1/ratings::import' },
]

/** A pattern as an expression over paths. */
export function expressionOf(pattern: string): RegExp {
  const source = pattern.split('/').map((part) => (part === '*' ? '.+' : part.startsWith(':') ? '[^/]+' : part.replaceAll('::', ':').replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))).join('/')
  return new RegExp(`^${source}$`)
}

/** Whether a row leads to the pages and protocols of the authorization server, which knows its own tokens, passwords and cookies. */
export const isSignIn = ({ path }: Row): boolean => !path.startsWith('/v1/')

/** How exact a pattern is: static parts come before names, names before what takes in all the rest. */
const exactness = (pattern: string): string => pattern.split('/').map((part) => (part === '*' ? '0' : part.startsWith(':') ? '1' : '2')).join('')

/** The row that a request goes by; undefined: it cannot be reached from outside. */
export function rowOf(rows: readonly Row[], method: string, path: string): Row | undefined {
  if (programsOnly.some((kept) => kept.method === method && expressionOf(kept.path).test(path))) return undefined
  return rows
    .filter((row) => row.methods.some((one) => one === method) && expressionOf(row.path).test(path))
    .toSorted((a, b) => (exactness(a.path) < exactness(b.path) ? 1 : -1))[0]
}

/** The class that a request counts against. */
export const classOf = (row: Row, method: string): LimitClass => row.limit ?? (method === 'GET' || method === 'HEAD' ? 'read' : 'write')
