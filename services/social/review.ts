/** What may happen to a review. Pure: no clock, no store. */
import { instantOf, nextVersion } from '../shared/clock.ts'
import type { Refusal } from '../shared/errors.ts'

export interface Review {
  readonly review_id: string
  readonly title_id: string
  readonly profile_id: string
  readonly viewing_id: string | null
  readonly text_id: string
  /** 1 to 10. */
  readonly half_stars: number | null
  readonly spoiler: boolean
  /** BCP 47. */
  readonly language: string
  /** `hidden` by a moderator: for its author and moderators alone. */
  readonly state: 'published' | 'hidden'
  /** How often its words were changed. */
  readonly edits: number
  readonly version: number
  /** ms since the epoch. */
  readonly created_at: number
  readonly updated_at: number
}

export type NewReview = Pick<Review, 'review_id' | 'title_id' | 'profile_id' | 'viewing_id' | 'text_id' | 'half_stars' | 'spoiler' | 'language'>
/** `rewritten`: its words are others. */
export type ReviewChange = Partial<Pick<Review, 'half_stars' | 'spoiler' | 'language'>> & { readonly rewritten?: boolean }
export type ReviewCommand = { readonly now_us: number } & (
  | { readonly do: 'write'; readonly review: NewReview; /** In ms; left out: now. */ readonly written_at?: number }
  | { readonly do: 'change'; readonly change: ReviewChange; readonly expected?: readonly number[] | undefined }
  | { readonly do: 'moderate'; readonly state: Review['state'] }
  | { readonly do: 'remove'; readonly expected?: readonly number[] | undefined }
)
export type ReviewEvent = { readonly type: 'ReviewPut'; readonly review: Review } | { readonly type: 'ReviewRemoved'; readonly version: number }

/** The answer to who asks for a review that is not there, or not theirs, or not to be seen by them. */
export const noReview: Refusal = { code: 'review_not_found', message: 'no review has this id', field: 'path.review_id' }

/** The events a command leads to; none where it changes nothing. */
export function decide(review: Review | undefined, command: ReviewCommand): readonly ReviewEvent[] | Refusal {
  const { now_us } = command
  if (command.do === 'write') {
    const at = instantOf(now_us)
    return [{ type: 'ReviewPut', review: { ...command.review, state: 'published', edits: 0, version: now_us, created_at: command.written_at ?? at, updated_at: at } }]
  }
  if (review === undefined) return noReview
  const put = (changed: Partial<Review>): readonly ReviewEvent[] => {
    const version = nextVersion(review.version, now_us)
    return [{ type: 'ReviewPut', review: { ...review, ...changed, version, updated_at: instantOf(version) } }]
  }
  if (command.do === 'moderate') return review.state === command.state ? [] : put({ state: command.state })
  if (command.expected !== undefined && !command.expected.includes(review.version)) {
    return { code: 'version_mismatch', message: 'the review has changed since the version in If-Match', field: 'header.if-match' }
  }
  if (command.do === 'remove') return [{ type: 'ReviewRemoved', version: review.version }]
  const { rewritten = false, ...change } = command.change
  if (!rewritten && Object.entries(change).every(([field, value]) => review[field as keyof typeof change] === value)) return []
  return put({ ...change, edits: review.edits + Number(rewritten) })
}

/** The review after an event; undefined once it is removed. */
export const evolve = (_review: Review | undefined, event: ReviewEvent): Review | undefined => (event.type === 'ReviewPut' ? event.review : undefined)
