/** Loads the sample data as any client would: through the services' HTTP APIs. Running it again adds only what is missing. */
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { stackFrom } from '../local/stack.ts'
import { toolToken } from '../local/token.ts'
import { createClient } from './client.ts'
import { sampleData, type SampleData } from './download.ts'
import { readFacts, type Facts } from './facts.ts'
import type { MovieLensRating } from './movielens.ts'
import { seedPlan, type SeedPlan } from './plan.ts'
import type { OnProgress, steps } from './progress.ts'
import { type Counted, stepsTold } from './step.ts'
import { addCredit, addPerson, addProfile, addTitle, importRatings, type Placed, type Rated, type Urls } from './writes.ts'

export interface SeedOptions {
  readonly onProgress?: OnProgress
  readonly signal?: AbortSignal
  /** Folder the sets are fetched into; by default the stack's. */
  readonly cache?: string
  /** Instead of fetched sets and the facts of facts/: for tests. */
  readonly data?: SampleData
  readonly facts?: Facts
  /** How long services and views may stay behind before the load gives up. */
  readonly patience_ms?: number
  readonly backoff_ms?: number
  /** Says who loads; by default the platform's tools. */
  readonly token?: () => Promise<string>
}

export interface SeedReport {
  readonly steps: Readonly<Record<Exclude<(typeof steps)[number], 'fetch'>, Counted>>
  readonly matched: SeedPlan['matched']
  readonly seconds: number
}

/** Requests at once; half of what a service's pool of MySQL connections bears. */
const atOnce = 6
/** Ratings per import: the most that the service takes. */
const batchSize = 500

const idOf = (ids: ReadonlyMap<string, string>, key: string): string => {
  const id = ids.get(key)
  if (id === undefined) throw new Error(`loading the sample data: nothing was made for '${key}'`)
  return id
}

/** Loads everything, the ratings in time order; retries while services are away, and goes on where an earlier run ended. */
export async function seedMovielens(endpoints: Endpoints, options: SeedOptions = {}): Promise<SeedReport> {
  const { onProgress = () => undefined, signal, patience_ms = 120_000, backoff_ms = 100 } = options
  const from = performance.now()
  onProgress({ step: 'fetch', done: 0, total: 1 })
  const { movielens, movies } = options.data ?? await sampleData(options.cache ?? stackFrom(process.env).cache)
  const plan = seedPlan(movielens, movies, options.facts ?? readFacts())
  onProgress({ step: 'fetch', done: 1, total: 1 })

  const at = (port: 'inventory' | 'actor' | 'customer_services'): string => `http://127.0.0.1:${endpoints.port(port)}`
  const urls: Urls = { titles: `${at('inventory')}/v1/titles`, people: `${at('actor')}/v1/people`, customers: at('customer_services') }
  const waiting = { patience_ms, backoff_ms, token: options.token ?? toolToken(endpoints), ...(signal === undefined ? {} : { signal }) }
  const client = createClient(waiting)

  const run = stepsTold(onProgress)
  const keep = (ids: Map<string, string>, key: string, { id, added }: Placed): number => {
    ids.set(key, id)
    return added ? 1 : 0
  }

  const ids = new Map<string, string>()
  const titles = await run('titles', plan.titles, atOnce, async (title) => keep(ids, title.source_ref, await addTitle(client, urls, title)))
  const people = await run('people', plan.people, atOnce, async (person) => keep(ids, person.source_ref, await addPerson(client, urls, person)))
  const credits = await run('credits', plan.credits, atOnce, async (credit) =>
    await addCredit(client, urls, credit, idOf(ids, credit.title), idOf(ids, credit.person)) ? 1 : 0)
  const profiles = await run('profiles', movielens.users, atOnce, async ({ user_id }) => keep(ids, `user:${user_id}`, await addProfile(client, urls, user_id)))
  const rated = ({ user_id, item_id, stars, rated_at_ms }: MovieLensRating): Rated =>
    ({ profile_id: idOf(ids, `user:${user_id}`), title_id: idOf(ids, `movielens:${item_id}`), stars, rated_at: new Date(rated_at_ms).toISOString() })
  const batches = Array.from({ length: Math.ceil(movielens.ratings.length / batchSize) }, (_, index) =>
    movielens.ratings.slice(index * batchSize, (index + 1) * batchSize))
  // One batch after the other: ratings stay in the order of their time.
  const ratings = await run('ratings', batches, 1, async (batch) => importRatings(client, urls, batch.map(rated), waiting), (batch) => batch.length)
  return { steps: { titles, people, credits, profiles, ratings }, matched: plan.matched, seconds: Math.round((performance.now() - from) / 100) / 10 }
}
