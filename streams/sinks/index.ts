/** The stores a process has open: each is connected when a view of it is first asked for, and shared from then on. */
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { versionName } from '../runtime/editions.ts'
import type { ClickHouseReader, Neo4jReader, RedisReader, ScyllaReader } from '../runtime/readers.ts'
import type { Sink, ViewStore } from '../runtime/store.ts'
import type { RowSpecs, StoreName, TypedView, View } from '../runtime/view.ts'

export type ReaderOf<S extends StoreName, R extends RowSpecs> =
  S extends 'redis' ? RedisReader<R> : S extends 'scylla' ? ScyllaReader : S extends 'neo4j' ? Neo4jReader : S extends 'clickhouse' ? ClickHouseReader : never

export interface Sinks {
  /** The store of this very build. */
  store(view: View): Promise<ViewStore>
  /** Reads the live build, as of now: ask again for the next question. */
  reader<S extends StoreName, R extends RowSpecs>(view: TypedView<R, S>): Promise<ReaderOf<S, R>>
  /** Asks every store of these views for a sign of life. */
  ping(stores: readonly StoreName[]): Promise<void>
  close(): Promise<void>
}

const modules: Record<StoreName, () => Promise<{ connect(endpoints: Endpoints): Promise<Sink> }>> = {
  redis: () => import('./redis/connect.ts'),
  scylla: () => import('./scylla/connect.ts'),
  neo4j: () => import('./neo4j/connect.ts'),
  clickhouse: () => import('./clickhouse/connect.ts'),
  memory: () => import('./memory/connect.ts'),
}

/** Tells which build of a view is live. */
export type LiveBuild = (view: View) => Promise<number>

/** Opens nothing yet. Where nobody is there to tell which build is live, the one that is asked for is read. */
export function openSinks(endpoints: Endpoints, live: LiveBuild = async (view) => view.build): Sinks {
  /** The reader of each version, and of which build it is. */
  const readers = new Map<string, { readonly build: number; readonly reader: Promise<unknown> }>()
  const open = new Map<StoreName, Promise<Sink>>()
  const sink = (name: StoreName): Promise<Sink> => {
    const known = open.get(name) ?? modules[name]().then((module) => module.connect(endpoints))
    open.set(name, known)
    known.catch(() => open.delete(name)) // the next caller tries again
    return known
  }
  return {
    store: async (view) => (await sink(view.store)).open(view),
    async reader(view) {
      const build = await live(view)
      const name = versionName(view)
      const known = readers.get(name)
      if (known?.build === build) return await known.reader as never
      const reader = sink(view.store).then((connected) => connected.reader({ ...view, build }))
      readers.set(name, { build, reader })
      reader.catch(() => readers.delete(name)) // the next question tries again
      return await reader as never
    },
    ping: async (stores) => { await Promise.all(stores.map(async (name) => (await sink(name)).ping())) },
    close: async () => {
      await Promise.allSettled([...open.values()].map(async (connected) => (await connected).close()))
      open.clear()
      readers.clear()
    },
  }
}
