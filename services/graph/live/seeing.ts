/** Whether something is to be told to who looks, asked at the moment that it is told. */
import { isFed, isTold } from '../access.ts'
import type { Graph } from '../context.ts'
import { subjectOf } from '../resolvers/nodes.ts'
import type { News } from './hub.ts'

/** What tells of a review may come before the view of reviews has it: it is waited for so long, and told without it after that. */
const pauses_ms = [20, 50, 100, 200, 300, 330]
/** What somebody has just made; all else was there before. */
const made: ReadonlySet<string | null> = new Set(['review', 'comment', 'list', 'viewing'])

const about = (news: News) => ('feedActivityAdded' in news ? news.feedActivityAdded : news.notificationAdded)
const mayHear = (graph: Graph, news: News): Promise<boolean> => ('feedActivityAdded' in news ? isFed(graph, news.feedActivityAdded) : isTold(graph, news.notificationAdded))
const isThere = async (graph: Graph, news: News): Promise<boolean> => !made.has(about(news).subject_kind) || (await subjectOf(graph, about(news))) !== null

/** What answers the news to who looks, with all that was asked already; undefined where they are not to hear it. Throws Unavailable where a view is away. */
export async function seen(open: () => Graph, news: News, pause: (ms: number) => Promise<unknown>): Promise<Graph | undefined> {
  const graph = open()
  if (!(await mayHear(graph, news))) return undefined
  if (await isThere(graph, news)) return graph
  for (const pause_ms of pauses_ms) {
    await pause(pause_ms)
    const later = open()
    if (await isThere(later, news)) return (await mayHear(later, news)) ? later : undefined
  }
  const last = open()
  return (await mayHear(last, news)) ? last : undefined
}
