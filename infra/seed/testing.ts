/** The three services' contract over a map, for tests of the load: what it wrote, and how services misbehave. */
import { endpointsFrom, type Endpoints } from '@cdlc/schemas/endpoints.ts'
import Fastify from 'fastify'

export interface Trouble {
  /** Answers 503 to every third request. */
  readonly busy?: boolean
  /** How often the view of titles is asked for a title, by actor and by customer-services, before it shows it to them. */
  readonly viewLag?: number
  /** Code that every rating is rejected with. */
  readonly rejectWith?: string
}

interface Rating { readonly profile_id: string; readonly title_id: string; readonly rated_at: string }
interface Request { readonly Params: Readonly<Record<string, string>>; readonly Body: Readonly<Record<string, string>> }

export interface ServicesDouble {
  readonly endpoints: Endpoints
  /** By kind and identity, 'title movielens:1'. */
  readonly rows: ReadonlyMap<string, object>
  /** As they were applied. */
  readonly ratings: readonly Rating[]
  readonly close: () => Promise<void>
}

/** Listens on a free port of this machine, with all three services behind it. */
export async function startDouble({ busy = false, viewLag = 0, rejectWith }: Trouble = {}): Promise<ServicesDouble> {
  const rows = new Map<string, object>()
  const ratings: Rating[] = []
  const asked = new Map<string, number>()
  let requests = 0
  /** 201 with a new row, or 200 with the one that is there. */
  const put = (key: string, row: object): { readonly status: number; readonly row: object } => {
    const found = rows.get(key)
    if (found === undefined) rows.set(key, row)
    return { status: found === undefined ? 201 : 200, row: found ?? row }
  }
  const shows = (asking: 'actor' | 'customer-services', title_id: string): boolean => {
    const key = `${asking} ${title_id}`
    const times = (asked.get(key) ?? 0) + 1
    asked.set(key, times)
    return times > viewLag
  }

  const app = Fastify()
  app.addHook('onRequest', async (_request, reply) => {
    requests += 1
    if (busy && requests % 3 === 0) await reply.code(503).send({ code: 'store_unavailable', detail: 'away' })
  })
  const post = (path: string, keyAndRow: (request: { readonly params: Request['Params']; readonly body: Request['Body'] }) => readonly [string, object]): void => {
    app.post<Request>(path, async (request, reply) => {
      const { status, row } = put(...keyAndRow(request))
      return reply.code(status).send(row)
    })
  }
  post('/v1/titles', ({ body: { source_ref, countries } }) => [`title ${source_ref}`, { title_id: `T-${source_ref}`, countries }])
  app.patch<Request>('/v1/titles/:title', async ({ params: { title = '' }, body }) => {
    const key = `title ${title.slice(2)}`
    rows.set(key, { ...rows.get(key), ...body })
    return rows.get(key)
  })
  post('/v1/people', ({ body: { source_ref } }) => [`person ${source_ref}`, { person_id: `P-${source_ref}` }])
  post('/v1/accounts', ({ body: { email } }) => [`account ${email}`, { account_id: `A-${email}` }])
  post('/v1/profiles', ({ body: { account_id } }) => [`profile ${account_id}`, { profile_id: `R-${account_id}` }])
  app.put<Request>('/v1/titles/:title/seasons/:season', async ({ params: { title, season }, body }) => put(`season ${title} ${season}`, body).row)
  app.put<Request>('/v1/titles/:title/seasons/:season/episodes/:episode', async ({ params: { title, season, episode }, body }) =>
    put(`episode ${title} ${season} ${episode}`, body).row)
  app.post<Request>('/v1/people/:person/credits', async ({ params: { person }, body: { title_id = '', role, character_name = '' } }, reply) => {
    if (!shows('actor', title_id)) return reply.code(422).send({ code: 'unknown_title', detail: 'no title has this id' })
    const { status, row } = put(`credit ${person} ${title_id} ${role} ${character_name}`, {})
    return reply.code(status).send(row)
  })
  app.get<Request>('/v1/accounts/:account/profiles', async ({ params: { account } }) => ({ items: [rows.get(`profile ${account}`)].filter((row) => row !== undefined) }))
  app.post<{ Body: { readonly ratings: readonly Rating[] } }>('/v1/ratings::import', async ({ body }) => {
    const rejected: { index: number; code: string }[] = []
    let applied = 0
    for (const [index, rating] of body.ratings.entries()) {
      const code = rejectWith ?? (shows('customer-services', rating.title_id) ? undefined : 'unknown_title')
      if (code !== undefined) rejected.push({ index, code })
      else if (put(`rating ${rating.profile_id} ${rating.title_id}`, rating).status === 201) {
        ratings.push(rating)
        applied += 1
      }
    }
    return { applied, unchanged: body.ratings.length - applied - rejected.length, rejected }
  })
  const port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port)
  return { rows, ratings, endpoints: { ...endpointsFrom({}), port: () => port }, close: () => app.close() }
}
