/** Views that benches run, and views moved to a topic of a bench. */
import { defineView, type RowSpec, type View } from '@cdlc/streams/runtime/view.ts'
import { mirror } from '@cdlc/streams/views/mirror.ts'
import titleStats from '@cdlc/streams/views/user/title-stats.ts'
import { CONTRACT } from './ratings-topic.ts'

/** Count and mean of the ratings of each title: few rows, each written over and over. */
const means = defineView('bench-means.ts', {
  version: 1,
  store: 'redis',
  from: { 'cdc.user.ratings': ['title_id', 'half_stars'] },
  rows: { stats: { key: ['title_id'], columns: { title_id: 'text', count: 'long', sum_half_stars: 'long', mean_stars: 'double' } } },
  touches: ({ before, after }) => {
    const rating = after ?? before
    return rating === null ? [] : [{ row: 'stats', key: { title_id: rating.title_id } }]
  },
  apply: ({ before, after }, { stats }) => {
    const title_id = (after ?? before)?.title_id
    if (title_id === undefined) return []
    const old = stats.get({ title_id })
    const count = (old?.count ?? 0) + (after === null ? 0 : 1) - (before === null ? 0 : 1)
    const sum_half_stars = (old?.sum_half_stars ?? 0) + (after?.half_stars ?? 0) - (before?.half_stars ?? 0)
    return [{ put: 'stats', row: { title_id, count, sum_half_stars, mean_stars: count === 0 ? 0 : sum_half_stars / count / 2 } }]
  },
})

/** Each rating as it is: as many rows as records, nearly. */
const rows = defineView('bench-rows.ts', {
  version: 1,
  store: 'redis',
  from: { 'cdc.user.ratings': ['profile_id', 'title_id', 'half_stars', 'version'] },
  rows: { rating: { key: ['title_id', 'profile_id'], columns: { title_id: 'text', profile_id: 'text', half_stars: 'int', version: 'long' } } },
  apply: (event) => mirror('rating', event, ({ title_id, profile_id }) => ({ title_id, profile_id }),
    ({ title_id, profile_id, half_stars, version }) => ({ title_id, profile_id, half_stars, version })),
})

/** Jobs of `bench runtime`: the view, and by it what the hand-written programs do. */
export const jobs = { means, rows, 'title-stats': titleStats } as const satisfies Readonly<Record<string, View>>
export type Job = keyof typeof jobs

/** The same view under a name of a bench, reading another topic of the same contract. */
export function onTopic(view: View, name: string, topic: string): View {
  const moved = (spec: RowSpec): RowSpec => (spec.source === undefined ? spec : { ...spec, source: topic })
  return {
    ...view, name, from: { [topic]: view.from[CONTRACT] ?? [] },
    rows: Object.fromEntries(Object.entries(view.rows).map(([row, spec]) => [row, moved(spec)])),
  }
}
