/** Whether an item that is imported is one that the routes would take: the same shapes, for who comes by gRPC. */
import type { ImportItem__Output } from '@cdlc/schemas/generated/proto/cdlc/user/v1/ImportItem.ts'
import { isUlid, patterns } from '../shared/text.ts'
import { languagePattern } from './schemas-reviews.ts'
import { mostBytes } from './texts.ts'

/** What is wrong, and what to do about it. */
export interface Fault { readonly code: 'invalid_request'; readonly message: string }

const language = new RegExp(languagePattern, 'u')
const line = new RegExp(patterns.line, 'u')
const prose = new RegExp(patterns.text, 'u')
/** Characters, as the routes have them. */
const most = { body: 20_000, name: 120, description: 2_000, note: 1_000 } as const

// counted only where it could matter: code points are never more than code units
const fits = (text: string, field: keyof typeof most): boolean => text.length <= 2 * most[field] && Array.from(text).length <= most[field] && Buffer.byteLength(text) <= mostBytes
const words = (text: string, field: keyof typeof most): string | undefined =>
  fits(text, field) && prose.test(text) ? undefined : `its ${field} must be ${most[field]} characters at most, without control characters; shorten it`
const title = (title_id: string): string | undefined => (isUlid(title_id) ? undefined : 'its title_id must be a ULID')

function faultOf({ item_id, review, list, list_entry, like, watchlist_entry }: ImportItem__Output): string | undefined {
  if ((review || list) && !isUlid(item_id)) return 'its item_id must be a ULID'
  if (review) {
    if (review.body.trim() === '') return 'its body must not be blank'
    if (review.half_stars < 0 || review.half_stars > 10) return 'its half_stars must be 1 to 10, or 0 for none'
    if (review.language !== '' && (!language.test(review.language) || review.language.length > 16)) return 'its language must be as BCP 47 has it'
    if (review.viewing_id !== '' && !isUlid(review.viewing_id)) return 'its viewing_id must be a ULID'
    return title(review.title_id) ?? words(review.body, 'body')
  }
  if (list) {
    if (!line.test(list.name) || !fits(list.name, 'name')) return `its name must be one line of ${most.name} characters at most, and not blank`
    if (!['public', 'unlisted', 'private'].includes(list.visibility)) return 'its visibility must be public, unlisted or private'
    return words(list.description, 'description')
  }
  if (list_entry) return isUlid(list_entry.list_id) ? (title(list_entry.title_id) ?? words(list_entry.note, 'note')) : 'its list_id must be a ULID'
  const entry = like ?? watchlist_entry
  return entry ? title(entry.title_id) : undefined
}

/** Undefined where it may be tried. */
export function checkItem(item: ImportItem__Output): Fault | undefined {
  const message = faultOf(item)
  return message === undefined ? undefined : { code: 'invalid_request', message }
}
