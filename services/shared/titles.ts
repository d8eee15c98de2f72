/** Whether titles exist, as services other than inventory see it: through the `title` view. */
import type { Sinks } from '@cdlc/streams/sinks/index.ts'
import title, { titleCards } from '@cdlc/streams/views/content/title.ts'
import { decodeTime } from 'ulid'
import { until } from './read-your-writes.ts'
import { asker } from './views.ts'

/** Which of these titles the view has. */
export type FindTitles = (title_ids: readonly string[]) => Promise<ReadonlySet<string>>

/** A title this young may not have reached the view yet; its id tells when it was made. */
const young_ms = 30_000
const patience = { longest_ms: 2_000, first_ms: 5, widest_ms: 50 }

/** The titles of these that exist, waiting briefly for those just created. Throws Unavailable while the view is away. */
export async function knownTitles(find: FindTitles, title_ids: readonly string[], now: number): Promise<ReadonlySet<string>> {
  const asked = [...new Set(title_ids)]
  const first = await find(asked)
  const missing = asked.filter((id) => !first.has(id))
  const awaited = missing.filter((id) => Math.abs(now - decodeTime(id)) < young_ms)
  if (awaited.length === 0) return first
  await until(
    () => find(awaited),
    (found) => found.size === awaited.length,
    patience,
  )
  return new Set([...first, ...(await find(awaited))])
}

/** Asks the real view. */
export function findTitlesIn(sinks: Sinks): FindTitles {
  const titles = asker(sinks, title)
  return async (title_ids) => {
    const cards = title_ids.length === 0 ? [] : await titles((reader) => titleCards(reader, title_ids))
    return new Set(title_ids.filter((_, index) => cards[index] !== undefined))
  }
}
