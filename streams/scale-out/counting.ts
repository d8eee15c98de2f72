/** A view that cannot repair itself: it counts records with nothing to tell one that comes twice, so only the runtime keeps it exact. */
import { type Change, defineView, type View } from '../runtime/view.ts'
import type { Decoder } from '../runtime/worker.ts'

/** Counts records per title into Redis, of a topic of the test's own. */
export function counting(topic: string): View {
  const view = defineView('file:///views/counting.ts', {
    version: 1, store: 'redis', from: { 'cdc.user.ratings': ['title_id'] },
    rows: { count: { key: ['title_id'], columns: { title_id: 'text', count: 'int' } } },
    touches: (event) => (event.after === null ? [] : [{ row: 'count', key: { title_id: event.after.title_id } }]),
    apply: (event, rows) => (event.after === null ? []
      : [{ put: 'count', row: { title_id: event.after.title_id, count: (rows.count.get({ title_id: event.after.title_id })?.count ?? 0) + 1 } }]),
  })
  return { ...view, name: `counting-${topic.slice(-12)}`, from: { [topic]: ['title_id'] } }
}

/** Changes as plain JSON. */
export const plainDecoder: Decoder = { prepare: async () => {}, decode: (value) => JSON.parse(value.toString()) as Change }
export const plainValue = (title_id: string): Buffer => Buffer.from(JSON.stringify({ op: 'c', before: null, after: { title_id } }))
