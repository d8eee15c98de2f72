/** Gives the people of MovieLens a social life, through the services' HTTP APIs as any client would. Running it again adds only what is missing. */
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { toolToken } from '../local/token.ts'
import { createClient, each } from './client.ts'
import { sampleData } from './download.ts'
import type { MovieLens } from './movielens.ts'
import type { OnProgress, socialSteps } from './progress.ts'
import { type SeedReview, socialPlan, type SocialSizes } from './social-plan.ts'
import { type Counted, stepsTold } from './step.ts'
import { addProfile, textOf } from './writes.ts'

export interface SocialOptions extends SocialSizes {
  readonly cache: string
  readonly onProgress?: OnProgress
  readonly signal?: AbortSignal
  /** Instead of the fetched set: for tests. */
  readonly data?: MovieLens
  /** How long services and views may stay behind before the load gives up. */
  readonly patience_ms?: number
  readonly token?: () => Promise<string>
}
export interface SocialReport {
  readonly steps: Readonly<Record<(typeof socialSteps)[number], Counted>>
  readonly seconds: number
}

interface Made { readonly title_id?: string; readonly review_id?: string; readonly name?: string }

/** Requests at once; each waits for a transaction, so that few more would be quicker. */
const atOnce = 6

const of = (ids: ReadonlyMap<string, string>, key: string): string => {
  const id = ids.get(key)
  if (id === undefined) throw new Error(`seeding the social side: '${key}' is not known; run 'npx cdlc seed movielens' first`)
  return id
}

/** The steps, one after the other: each needs what the one before it made. */
export async function seedSocial(endpoints: Endpoints, { cache, onProgress = () => undefined, signal, data, patience_ms = 120_000, token = toolToken(endpoints), ...sizes }: SocialOptions): Promise<SocialReport> {
  const [from, began] = [performance.now(), Date.now()]
  const movielens = data ?? (await sampleData(cache)).movielens
  const plan = socialPlan(movielens, sizes)
  const client = createClient({ patience_ms, backoff_ms: 100, token, ...(signal === undefined ? {} : { signal }) })
  const at = (port: 'inventory' | 'actor' | 'customer_services' | 'social'): string => `http://127.0.0.1:${endpoints.port(port)}`
  const urls = { titles: `${at('inventory')}/v1/titles`, people: `${at('actor')}/v1/people`, customers: at('customer_services') }
  const members = `${at('social')}/v1/members`
  const run = stepsTold(onProgress)

  const profiles = new Map<string, string>()
  const old = new Set<string>()
  const made = await run('members', plan.members, atOnce, async ({ user_id, ...card }) => {
    const { id, added } = await addProfile(client, urls, user_id)
    if (added) throw new Error("seeding the social side: the people of MovieLens are not there; run 'npx cdlc seed movielens' first")
    profiles.set(user_id, id)
    const { status } = await client({ method: 'PUT', url: `${members}/${id}/card`, body: card })
    if (status !== 201) old.add(user_id)
    return status === 201 ? 1 : 0
  })
  const follows = await run('follows', plan.follows, atOnce, async ([user, other]) => {
    const { body } = await client({ method: 'PUT', url: `${members}/${of(profiles, user)}/following/${of(profiles, other)}` })
    return Date.parse(String((body as { readonly followed_at: unknown }).followed_at)) >= began ? 1 : 0
  })

  // a film answers to its source_ref, unchanged
  const wanted = new Set([...plan.reviews.map(({ item_id }) => item_id), ...plan.lists.flatMap(({ item_ids }) => item_ids)])
  const titles = new Map<string, string>()
  await each(movielens.films.filter(({ item_id }) => wanted.has(item_id)), atOnce, async ({ item_id, name }) => {
    const { body } = await client({ method: 'POST', url: urls.titles, body: { kind: 'movie', name, source_ref: `movielens:${item_id}` } })
    titles.set(item_id, textOf(body, 'title_id', urls.titles))
  })
  // what an earlier run has made: an Idempotency-Key is good for a day, and this for ever
  const there = async (user_id: string, what: 'reviews' | 'lists'): Promise<readonly Made[]> => {
    if (!old.has(user_id)) return []
    const { body } = await client({ method: 'GET', url: `${members}/${of(profiles, user_id)}/${what}?limit=100` })
    return (body as { readonly items: readonly Made[] }).items
  }
  const reviewIds = new Map<number, string>()
  const byAuthor = [...Map.groupBy(plan.reviews.entries(), ([, { user_id }]) => user_id)]
  const reviews = await run('reviews', byAuthor, atOnce, async ([author, written]) => {
    const before = new Map((await there(author, 'reviews')).map(({ title_id, review_id }) => [title_id, review_id]))
    let added = 0
    for (const [index, review] of written) {
      const [id, isNew] = before.has(of(titles, review.item_id)) ? [before.get(of(titles, review.item_id)) ?? '', false] : await write(review)
      reviewIds.set(index, id)
      if (isNew) added += 1
    }
    return added
  }, ([, written]) => written.length)
  async function write({ user_id, item_id, ...review }: SeedReview): Promise<readonly [string, boolean]> {
    const url = `${members}/${of(profiles, user_id)}/reviews`
    const answer = await client({ method: 'POST', url, body: { ...review, title_id: of(titles, item_id), language: 'en' }, idempotencyKey: `social-${user_id}-${item_id}` })
    return [textOf(answer.body, 'review_id', url), !answer.replayed]
  }
  const likes = await run('likes', plan.likes, atOnce, async ({ user_id, review }) => {
    const { status } = await client({ method: 'PUT', url: `${members}/${of(profiles, user_id)}/likes/review/${reviewIds.get(review) ?? ''}`, accept: [404] })
    return status === 201 ? 1 : 0
  })
  const lists = await run('lists', plan.lists, atOnce, async ({ user_id, name, ranked, item_ids }) => {
    const url = `${members}/${of(profiles, user_id)}/lists`
    if ((await there(user_id, 'lists')).some((list) => list.name === name)) return 0
    const answer = await client({ method: 'POST', url, body: { name, ranked, visibility: 'public' }, idempotencyKey: `social-list-${user_id}` })
    if (answer.replayed) return 0
    await client({ method: 'POST', url: `${url}/${textOf(answer.body, 'list_id', url)}/entries`, body: { entries: item_ids.map((item_id) => ({ title_id: of(titles, item_id) })) } })
    return 1
  })
  return { steps: { members: made, follows, reviews, likes, lists }, seconds: Math.round((performance.now() - from) / 100) / 10 }
}
