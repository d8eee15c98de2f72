/** One OpenAPI document out of those of all upstreams. */
import { methods, rowOf, type Row, type Upstream } from './routes.ts'

type Json = Readonly<Record<string, unknown>>
export interface OpenApi {
  readonly openapi: string
  readonly info: Json
  readonly tags?: readonly Json[]
  readonly paths: Readonly<Record<string, Json>>
  readonly components?: { readonly schemas?: Json; readonly securitySchemes?: Json }
}

const prefix = '#/components/schemas/'

/** `:name` where OpenAPI has `{name}`; both tell a path apart from others alike. */
const asRoute = (path: string): string => path.replaceAll(/\{[^/}]+\}/g, 'x')

/** The value with its references to schemas under other names. */
function renamed(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((one) => renamed(one, names))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => {
    if (key !== '$ref' || typeof one !== 'string' || !one.startsWith(prefix)) return [key, renamed(one, names)]
    const name = one.slice(prefix.length)
    return [key, prefix + (names.get(name) ?? name)]
  }))
}

const pascal = (name: string): string => name.split('-').map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join('')

/** Names for the schemas of a document that differ from those there are under the same name. */
function namesFor(upstream: Upstream, schemas: Json, taken: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map(Object.entries(schemas).flatMap(([name, schema]) => {
    const other = taken.get(name)
    return other === undefined || other === JSON.stringify(schema) ? [] : [[name, `${pascal(upstream)}${name}`]]
  }))
}

/** What of a path can be reached from outside: under a row of the table that leads to this very upstream. */
function reachable(rows: readonly Row[], leadsTo: (row: Row) => boolean, path: string, item: Json): Json {
  return Object.fromEntries(Object.entries(item).filter(([method]) => {
    const upper = method.toUpperCase()
    if (!methods.some((one) => one === upper)) return true
    const row = rowOf(rows, upper, asRoute(path))
    return row !== undefined && leadsTo(row)
  }))
}

/** Joins the documents that there are. Operations that only programs may use, or that no row leads to, are left out. */
export function aggregate(
  documents: ReadonlyMap<Upstream, OpenApi>, rows: readonly Row[], upstreamOf: (row: Row) => Upstream, info: Json,
): OpenApi {
  const taken = new Map<string, string>()
  const schemas: Record<string, unknown> = {}
  const securitySchemes: Record<string, unknown> = {}
  const paths: Record<string, Json> = {}
  for (const [upstream, document] of documents) {
    const own = document.components?.schemas ?? {}
    const names = namesFor(upstream, own, taken)
    for (const [name, schema] of Object.entries(own)) {
      const as = names.get(name) ?? name
      taken.set(as, JSON.stringify(schema))
      schemas[as] = renamed(schema, names)
    }
    Object.assign(securitySchemes, document.components?.securitySchemes)
    for (const [path, item] of Object.entries(document.paths)) {
      const open = renamed(reachable(rows, (row) => upstreamOf(row) === upstream, path, item), names) as Json
      if (Object.keys(open).some((key) => methods.some((method) => method.toLowerCase() === key))) paths[path] = { ...paths[path], ...open }
    }
  }
  const sorted = Object.fromEntries(Object.entries(paths).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  return { openapi: '3.1.0', info, paths: sorted, components: { schemas, securitySchemes } }
}

/** The documents of upstreams as they were last got. */
export interface Documents {
  /** Asks those whose document is old; one that does not answer keeps its last. Never throws. */
  refresh(): Promise<void>
  current(): OpenApi
}

/** Fetches the document of the service at this address, and follows nobody elsewhere. */
export async function fetchDocument(url: string, signal: AbortSignal): Promise<OpenApi> {
  const answer = await fetch(`${url}/openapi.json`, { signal, redirect: 'error' })
  if (!answer.ok) throw new Error(`fetching ${url}/openapi.json: it answers ${answer.status}`)
  return await answer.json() as OpenApi
}

const isDocument = ({ openapi, paths }: Partial<OpenApi>): boolean => typeof openapi === 'string' && typeof paths === 'object' && paths !== null

const old_ms = 30_000
const patience_ms = 2_000

/** `fetchFrom` gets the document of an upstream. */
export function createDocuments(
  upstreams: readonly Upstream[], fetchFrom: (upstream: Upstream, signal: AbortSignal) => Promise<OpenApi>,
  join: (documents: ReadonlyMap<Upstream, OpenApi>) => OpenApi, now: () => number = Date.now,
): Documents {
  const known = new Map<Upstream, { readonly document: OpenApi; readonly at: number }>()
  let joined = join(new Map())
  let refreshing: Promise<void> | undefined
  async function refresh(): Promise<void> {
    const aged = upstreams.filter((upstream) => (known.get(upstream)?.at ?? 0) + old_ms <= now())
    if (aged.length === 0) return
    await Promise.allSettled(aged.map(async (upstream) => {
      const document = await fetchFrom(upstream, AbortSignal.timeout(patience_ms))
      if (isDocument(document)) known.set(upstream, { document, at: now() })
    }))
    // in the order of the list, whatever came first
    joined = join(new Map(upstreams.flatMap((upstream) => {
      const found = known.get(upstream)
      return found === undefined ? [] : [[upstream, found.document] as const]
    })))
  }
  return {
    refresh: () => (refreshing ??= refresh().finally(() => { refreshing = undefined })),
    current: () => joined,
  }
}
