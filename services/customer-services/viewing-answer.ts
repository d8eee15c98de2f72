/** Viewings as the API and exports speak of them. */
import { spelled } from './day.ts'
import type { Viewing } from './viewing.ts'

/** Without tags, which are personal data. */
export const viewingTold = ({ viewing_id, profile_id, title_id, watched_on, half_stars, liked, rewatch, version, created_at, updated_at }: Omit<Viewing, 'tags'>) => ({
  viewing_id, profile_id, title_id, watched_on: spelled(watched_on), stars: half_stars === null ? null : half_stars / 2, liked, rewatch, version,
  created_at: new Date(created_at).toISOString(),
  updated_at: new Date(updated_at).toISOString(),
})

/** All of it, for whose it is. */
export const viewingAnswer = (viewing: Viewing) => ({ ...viewingTold(viewing), tags: [...viewing.tags] })
