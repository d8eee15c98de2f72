/** Asks the live views, at a steady rate, what services ask them; counts what fails. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { logLinesFrom } from '@cdlc/streams/runtime/log.ts'
import { openLiveSinks } from '@cdlc/streams/sinks/live.ts'
import profileDiary, { diaryPage } from '@cdlc/streams/views/user/profile-diary.ts'
import ratedTogetherView, { ratedTogether } from '@cdlc/streams/views/user/rated-together.ts'
import ratings, { ratingsSummary } from '@cdlc/streams/views/user/ratings.ts'
import titleStatsView, { titleStats, topTitles } from '@cdlc/streams/views/user/title-stats.ts'

export interface Reading { readonly reads: number; readonly failures: readonly string[]; readonly latencies_ms: readonly number[] }
export interface Readers { readonly stop: () => Promise<Readonly<Record<string, Reading>>> }

const EVERY_MS = 50
const TITLES = 100

/** Reads one title or profile of each view every 50 ms, until stopped. */
export async function startReaders(endpoints: Endpoints): Promise<Readers> {
  const sinks = openLiveSinks(endpoints, { component: 'bench', log: logLinesFrom('silent') })
  const facts = await sinks.reader(ratings)
  const titles = (await topTitles(await sinks.reader(titleStatsView), { by: 'popularity', limit: TITLES })).map((row) => row.title_id)
  const profiles = (await facts.run<{ profile_id: string }>(`SELECT DISTINCT profile_id FROM ${facts.table('ratings')} LIMIT ${TITLES}`, {})).map((row) => row.profile_id)
  if (titles.length === 0 || profiles.length === 0) throw new Error("reading the live views: they hold no ratings; load some with 'npx cdlc seed'")
  const pick = (ids: readonly string[], turn: number): string => ids[turn % ids.length] ?? ''
  // the reader is asked for each time: another build may have become the live one
  const asked: Readonly<Record<string, (turn: number) => Promise<unknown>>> = {
    redis: async (turn) => titleStats(await sinks.reader(titleStatsView), pick(titles, turn)),
    clickhouse: async (turn) => ratingsSummary(await sinks.reader(ratings), pick(titles, turn)),
    neo4j: async (turn) => ratedTogether(await sinks.reader(ratedTogetherView), pick(titles, turn), { limit: 10 }),
    scylla: async (turn) => diaryPage(await sinks.reader(profileDiary), { profile_id: pick(profiles, turn), limit: 20 }),
  }
  let stopped = false
  const read = async (ask: (turn: number) => Promise<unknown>): Promise<Reading> => {
    const latencies_ms: number[] = []
    const failures: string[] = []
    for (let turn = 0; !stopped; turn++) {
      const began = performance.now()
      await ask(turn).then(() => latencies_ms.push(performance.now() - began), (cause: unknown) => failures.push(String(cause)))
      await delay(EVERY_MS)
    }
    return { reads: latencies_ms.length, failures, latencies_ms }
  }
  const running = Object.entries(asked).map(async ([store, ask]) => [store, await read(ask)] as const)
  return { stop: async () => {
    stopped = true
    const readings = Object.fromEntries(await Promise.all(running))
    await sinks.close()
    return readings
  } }
}
