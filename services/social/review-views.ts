/** What reviews, comments and texts ask of views. */
import type { Sinks } from '@cdlc/streams/sinks/index.ts'
import type { View } from '@cdlc/streams/runtime/view.ts'
import reviewsView, { comment, review, reviewsOfProfile, reviewsOfTitle, textsByIds, thread, type Comment, type Review, type ReviewPlace, type SealedText } from '@cdlc/streams/views/user/reviews.ts'
import socialCounts, { subjectCounts } from '@cdlc/streams/views/user/social-counts.ts'
import { asker } from '../shared/views.ts'

export type { Comment as ViewedComment, Review as ViewedReview, ReviewPlace, SealedText }
export interface CommentPlace { readonly created_at: number; readonly comment_id: string }
export interface Numbers { readonly likes: number; readonly comments: number }

/** Each may throw Unavailable. Lists of ids hold 200 at most. */
export interface ReviewViews {
  readonly review: (review_id: string) => Promise<Review | undefined>
  readonly ofTitle: (title_id: string, limit: number, after: ReviewPlace | undefined) => Promise<readonly Review[]>
  readonly ofProfile: (profile_id: string, limit: number, after: ReviewPlace | undefined) => Promise<readonly Review[]>
  readonly comment: (comment_id: string) => Promise<Comment | undefined>
  readonly thread: (subject_id: string, limit: number, after: CommentPlace | undefined) => Promise<readonly Comment[]>
  readonly texts: (text_ids: readonly string[]) => Promise<readonly SealedText[]>
  readonly numbers: (subject_ids: readonly string[]) => Promise<ReadonlyMap<string, Numbers>>
}

/** The views that reviews ask. */
export const reviewViewsAsked: readonly View[] = [reviewsView]

/** Opens no store yet. */
export function reviewViews(sinks: Sinks): ReviewViews {
  const [ofReviews, ofCounts] = [asker(sinks, reviewsView), asker(sinks, socialCounts)]
  const behind = <T>(after: T | undefined) => (after === undefined ? {} : { after })
  return {
    review: (id) => ofReviews((reader) => review(reader, id)),
    ofTitle: (title_id, limit, after) => ofReviews((reader) => reviewsOfTitle(reader, { title_id, limit, ...behind(after) })),
    ofProfile: (profile_id, limit, after) => ofReviews((reader) => reviewsOfProfile(reader, { profile_id, limit, ...behind(after) })),
    comment: (id) => ofReviews((reader) => comment(reader, id)),
    thread: (subject_id, limit, after) => ofReviews((reader) => thread(reader, { subject_id, limit, ...behind(after) })),
    texts: (ids) => ofReviews((reader) => textsByIds(reader, ids)),
    numbers: (ids) => ofCounts((reader) => subjectCounts(reader, ids)),
  }
}
