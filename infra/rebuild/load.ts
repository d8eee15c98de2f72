/** Readers and writers at work through the services while builds change: what fails, and what is answered wrongly. For tests and benches. */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import type { Sinks } from '@cdlc/streams/sinks/index.ts'
import ratings, { ratingsSummary } from '@cdlc/streams/views/user/ratings.ts'
import { createClient, untilShown } from '../bench/http.ts'
import { toolToken } from '../local/token.ts'

export interface WorkReport {
  /** Answers by question; every one was as it had to be, but for `failures`. */
  readonly answers: Readonly<Record<string, number>>
  readonly writes: number
  /** Reads with Read-After that MySQL answered, since the view did not in time. */
  readonly from_mysql: number
  readonly failures: readonly string[]
}
export interface Work {
  report(): WorkReport
  /** Lets what is in flight end. */
  stop(): Promise<WorkReport>
}

export interface WorkOptions {
  /** Pause between the questions of a reader (ms), and between the writes of a writer. */
  readonly read_every_ms?: number
  readonly write_every_ms?: number
}

const STILL = 3
const MOVING = 3
const SHOWN_WITHIN_MS = 60_000

interface Rating { readonly title_id: string; readonly stars: number }
interface Ids { readonly titles: readonly string[]; readonly profiles: readonly string[] }

/**
 * Makes *still* titles and profiles, whose ratings never change, so that every answer about them has to be the same; and *moving* ones, whose
 * ratings are written on and on, each read back at once with Read-After, so that its answer has to show it.
 */
export async function startWork(endpoints: Endpoints, sinks: Pick<Sinks, 'reader'>, { read_every_ms = 5, write_every_ms = 40 }: WorkOptions = {}): Promise<Work> {
  const client = createClient(32, toolToken(endpoints))
  const inventory = `http://127.0.0.1:${endpoints.port('inventory')}/v1`
  const customers = `http://127.0.0.1:${endpoints.port('customer_services')}/v1`
  const run = randomUUID().slice(0, 8)
  const answers: Record<string, number> = {}
  const failures: string[] = []
  let writes = 0
  let from_mysql = 0
  let stopping = false

  const get = async (url: string, after?: string): Promise<unknown> => {
    const { body, headers } = await client.send('GET', url, undefined, after === undefined ? {} : { 'read-after': after })
    if (headers['served-from'] === 'mysql') from_mysql++
    return body
  }
  const rate = async (profile_id: string, title_id: string, stars: number): Promise<string> =>
    String((await client.send('PUT', `${customers}/profiles/${profile_id}/ratings/${title_id}`, { stars })).headers['etag'])
  const { account_id } = (await client.send('POST', `${customers}/accounts`, { email: `work-${run}@example.invalid` })).body as { account_id: string }
  async function make(what: string, count: number): Promise<Ids> {
    const ids = { titles: [] as string[], profiles: [] as string[] }
    for (let i = 0; i < count; i++) {
      ids.titles.push(((await client.send('POST', `${inventory}/titles`, { kind: 'movie', name: `Work ${run} ${what} ${i}` })).body as { title_id: string }).title_id)
      ids.profiles.push(((await client.send('POST', `${customers}/profiles`, { account_id, name: `${what} ${i}` })).body as { profile_id: string }).profile_id)
    }
    return ids
  }
  const [still, moving] = [await make('still', STILL), await make('moving', MOVING)]
  for (const title_id of [...still.titles, ...moving.titles]) await untilShown(client, `${inventory}/titles/${title_id}`)
  for (const [p, profile_id] of still.profiles.entries()) for (const [t, title_id] of still.titles.entries()) await rate(profile_id, title_id, 4 + 0.5 * ((p + t) % 3))

  const count = (body: unknown): number => (body as { items: readonly unknown[] }).items.length
  /** What is asked, and whether an answer is all there: views follow MySQL. */
  const questions: Readonly<Record<string, readonly [(i: number) => Promise<unknown>, (answer: unknown) => boolean]>> = {
    'title-stats in Redis': [(i) => get(`${inventory}/titles/${still.titles[i]}/stats`), (body) => (body as { count: number }).count === STILL],
    'profile-diary in Scylla': [(i) => get(`${customers}/profiles/${still.profiles[i]}/ratings?limit=10`), (body) => count(body) === STILL],
    'rated-together in Neo4j': [(i) => get(`${inventory}/titles/${still.titles[i]}/related?limit=10`), (body) => count(body) === STILL - 1],
    'catalogue in Neo4j': [(i) => get(`${inventory}/titles?q=${run}%20still%20${i}&limit=1`), (body) => count(body) === 1],
    'ratings in ClickHouse': [async (i) => ratingsSummary(await sinks.reader(ratings), still.titles[i] ?? ''), (body) => (body as { count: number }).count === STILL],
  }
  const known = new Map<string, string>()
  for (const [name, [ask, isWhole]] of Object.entries(questions)) for (let i = 0; i < STILL; i++) known.set(`${name} ${i}`, await settled(name, () => ask(i), isWhole))

  const attempt = async (name: string, ask: () => Promise<string | undefined>): Promise<void> => {
    try {
      const wrong = await ask()
      if (wrong !== undefined) failures.push(`${name}: ${wrong}`)
      else answers[name] = (answers[name] ?? 0) + 1
    } catch (cause) {
      failures.push(`${name}: ${cause instanceof Error ? `${cause.message}; ${cause.cause instanceof Error ? cause.cause.message : ''}` : String(cause)}`)
    }
  }
  async function read(name: string, ask: (i: number) => Promise<unknown>): Promise<void> {
    for (let i = 0; !stopping; i++, await delay(read_every_ms)) {
      await attempt(name, async () => {
        const text = JSON.stringify(await ask(i % STILL))
        const right = known.get(`${name} ${i % STILL}`)
        return text === right ? undefined : `answered ${text} where it is ${right}`
      })
    }
  }
  /** One writer a profile, so that the last write to a pair is the one that holds. */
  async function write(profile_id: string): Promise<void> {
    const diary = `${customers}/profiles/${profile_id}/ratings?limit=${MOVING}`
    for (let i = 0; !stopping; i++, await delay(write_every_ms)) {
      const title_id = moving.titles[i % MOVING] ?? ''
      const stars = 0.5 + 0.5 * (i % 10)
      await attempt('writes read back from Scylla and Redis', async () => {
        const etag = await rate(profile_id, title_id, stars)
        writes++
        const { items } = await get(diary, etag) as { items: readonly Rating[] }
        const shown = items.find((rating) => rating.title_id === title_id)?.stars
        if (shown !== stars) return `the diary shows ${shown} stars where ${stars} were written`
        const { count } = await get(`${inventory}/titles/${title_id}/stats`, etag) as { count: number }
        return count >= 1 && count <= MOVING ? undefined : `stats count ${count} of ${MOVING} ratings`
      })
    }
  }
  const working = [...Object.entries(questions).map(([name, [ask]]) => read(name, ask)), ...moving.profiles.map(write)]
  const report = (): WorkReport => ({ answers: { ...answers }, writes, from_mysql, failures: [...failures] })
  return {
    report,
    async stop() {
      stopping = true
      await Promise.all(working)
      client.close()
      return report()
    },
  }
}

/** The answer once it is whole. */
async function settled(name: string, ask: () => Promise<unknown>, isWhole: (answer: unknown) => boolean): Promise<string> {
  let answer: unknown
  for (const until = performance.now() + SHOWN_WITHIN_MS; ; await delay(200)) {
    try {
      answer = await ask()
      if (isWhole(answer)) return JSON.stringify(answer)
    } catch (cause) {
      answer = String(cause)
    }
    if (performance.now() > until) throw new Error(`waiting until '${name}' shows what was made: it answers ${JSON.stringify(answer)}`)
  }
}
