/** How many ratings each title gets each day (UTC, by `rated_at`), and the sum of their half stars. A day is final two days after its end. */
import type { CdcRows } from '@cdlc/schemas/generated/topics.ts'
import { defineProcessor } from '../../runtime/processor.ts'
import { type Contribution, type WindowCount, windowedCount, windowState } from '../windowed-count.ts'
import { tumbling } from '../windows.ts'

const DAY_MS = 86_400_000
type Rating = Pick<CdcRows['cdc.user.ratings'], 'profile_id' | 'title_id' | 'half_stars' | 'rated_at' | 'version'>

const contributionOf = (rating: Rating | null): Contribution | null => (rating === null ? null
  : { key: rating.title_id, id: rating.profile_id, at: rating.rated_at, version: rating.version, value: rating.half_stars })

const count = windowedCount(tumbling({ size_ms: DAY_MS, grace_ms: 2 * DAY_MS }),
  ({ key, starts_at, ends_at, count, sum, revision, final }: WindowCount): CdcRows['user.ratings-per-day'] =>
    ({ title_id: key, starts_at, ends_at, count, sum_half_stars: sum, revision, final }))

export default defineProcessor(import.meta.url, {
  version: 1,
  from: { 'cdc.user.ratings': ['profile_id', 'title_id', 'half_stars', 'rated_at', 'version'] },
  to: 'user.ratings-per-day',
  state: windowState,
  apply: ({ before, after }, state) => count(contributionOf(before), contributionOf(after), state),
})
