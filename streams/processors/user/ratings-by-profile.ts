/** Ratings by who gave them: what reads all ratings of a profile in order reads this. */
import { defineProcessor } from '../../runtime/processor.ts'
import { rekeyed } from '../rekey.ts'

export default defineProcessor(import.meta.url, {
  version: 1,
  from: { 'cdc.user.ratings': ['profile_id', 'title_id', 'half_stars', 'rated_at', 'version'] },
  to: 'user.ratings-by-profile',
  state: {},
  apply: (event) => rekeyed(event, ({ profile_id }) => profile_id),
})
