/** Relations by whom they concern: what reads all followers of a profile in order reads this. */
import { defineProcessor } from '../../runtime/processor.ts'
import { rekeyed } from '../rekey.ts'

export default defineProcessor(import.meta.url, {
  version: 1,
  from: { 'cdc.user.relations': ['profile_id', 'other_id', 'follow', 'blocked', 'muted', 'followed_at', 'version'] },
  to: 'user.relations-by-other',
  state: {},
  apply: (event) => rekeyed(event, ({ other_id }) => other_id),
})
