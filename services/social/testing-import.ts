/** Items of an import, as gRPC hands them to a handler: what is left out is empty. For tests. */
import type { ImportItem__Output } from '@cdlc/schemas/generated/proto/cdlc/user/v1/ImportItem.ts'

type Whole = { readonly [K in 'review' | 'list' | 'list_entry' | 'like' | 'watchlist_entry']-?: NonNullable<ImportItem__Output[K]> }
const empty: Whole = {
  review: { title_id: '', body: '', half_stars: 0, spoiler: false, language: '', viewing_id: '', written_at: 0 },
  list: { name: '', description: '', ranked: false, visibility: '', created_at: 0 },
  list_entry: { list_id: '', title_id: '', note: '', added_at: 0 },
  like: { title_id: '', liked_at: 0 },
  watchlist_entry: { title_id: '', added_at: 0 },
}

/** An item of this id. */
export function create(item_id: string, said: { readonly [K in keyof Whole]?: Partial<Whole[K]> }): ImportItem__Output {
  const [what] = Object.keys(said) as (keyof Whole)[]
  return what === undefined ? { item_id } : { item_id, what, [what]: { ...empty[what], ...said[what] } }
}
