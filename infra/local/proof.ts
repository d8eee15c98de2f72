/** The proof at the end of a start: the same rows in MySQL, in the topics and in the views, and the same mean three ways. */
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { topics } from '@cdlc/schemas/topics.ts'
import { createKafka } from '@cdlc/streams/runtime/kafka.ts'
import { logLinesFrom } from '@cdlc/streams/runtime/log.ts'
import { openLiveSinks } from '@cdlc/streams/sinks/live.ts'
import titleStatsView, { titleStats } from '@cdlc/streams/views/user/title-stats.ts'
import ratingsView, { ratingsSummary } from '@cdlc/streams/views/user/ratings.ts'
import { measureFreshness } from '../bench/freshness.ts'
import { table } from '../cli/table.ts'
import { openTables } from '../verify/tables.ts'
import { countTopics } from '../verify/topics.ts'
import { verifyViews } from '../verify/verify.ts'

const milliseconds = (value: number): string => `${value.toFixed(1)} ms`

/** Prints the proof; answers whether everything agrees. */
export async function prove(endpoints: Endpoints, print: (text: string) => void): Promise<boolean> {
  const verdicts = await verifyViews(endpoints, { patience_ms: 60_000 })
  const tablesAgree = await proveCounts(endpoints, print)
  print('\nViews, recomputed from MySQL and compared row by row:')
  print(table(['', 'view', 'rows', 'differ'], verdicts.map((verdict) => [
    verdict.differences_total === 0 ? '✓' : '✗', verdict.view, Object.entries(verdict.rows).map(([row, count]) => `${count.toLocaleString('en-US')} ${row}`).join(', '), verdict.differences_total])))
  const meansAgree = await proveMean(endpoints, print)
  const { stores, acknowledged } = await measureFreshness(endpoints, { rate: 50, seconds: 10, pairs: 100 })
  print(`\nFreshness at 50 commits a second on servers that have only just started, from acknowledged write (p50 ${milliseconds(acknowledged.p50)}) to a read that sees it:`)
  print(table(['store', 'p50', 'p99'], Object.entries(stores).map(([store, { p50, p99 }]) => [store, milliseconds(p50), milliseconds(p99)])))
  return tablesAgree && meansAgree && verdicts.every((verdict) => verdict.differences_total === 0)
}

async function proveCounts(endpoints: Endpoints, print: (text: string) => void): Promise<boolean> {
  const kafka = createKafka(endpoints.kafka.brokers, 'cdlc-proof')
  const tables = await openTables(endpoints)
  try {
    const captured = topics.filter((topic) => topic.kind === 'cdc').map((topic) => topic.name)
    const counts = await countTopics(endpoints, kafka, captured)
    const rows = await Promise.all(counts.map(async (count) => ({ ...count, mysql: await tables.count(count.topic) })))
    print('Rows in MySQL, and rows that the topics say there are:')
    print(table(['', 'topic', 'MySQL', 'topic', 'records'], rows.map((row) => [row.mysql === row.rows ? '✓' : '✗', row.topic, row.mysql, row.rows, row.records])))
    return rows.every((row) => row.mysql === row.rows)
  } finally {
    await tables.close()
    await kafka.close()
  }
}

/** The most rated title stands for the well-known film. */
async function proveMean(endpoints: Endpoints, print: (text: string) => void): Promise<boolean> {
  const tables = await openTables(endpoints)
  const sinks = openLiveSinks(endpoints, { component: 'cli', log: logLinesFrom('silent') })
  try {
    const [film] = await tables.query<{ title_id: string; count: number; sum: string }>(
      'SELECT title_id, count(*) AS count, sum(half_stars) AS sum FROM `user`.ratings GROUP BY title_id ORDER BY count DESC, title_id LIMIT 1')
    if (film === undefined) return true
    const [title] = await tables.query<{ name: string }>('SELECT name FROM content.titles WHERE title_id = ?', [film.title_id])
    const redis = await titleStats(await sinks.reader(titleStatsView), film.title_id)
    const clickhouse = await ratingsSummary(await sinks.reader(ratingsView), film.title_id)
    const means = [Number(film.sum) / film.count / 2, redis?.mean_stars ?? null, clickhouse.mean_stars]
    const agree = means.every((mean) => mean === means[0])
    print(`\n${agree ? '✓' : '✗'} Mean of the ${film.count} ratings of '${title?.name}': MySQL ${means[0]}, Redis ${means[1]}, ClickHouse ${means[2]}`)
    return agree
  } finally {
    await tables.close()
    await sinks.close()
  }
}
