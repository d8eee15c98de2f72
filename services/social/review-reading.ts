/** How reviews and comments are read: out of views, or of MySQL where a `Read-After` is ahead of them; and who sees them. */
import { Refused } from '../shared/errors.ts'
import { readAfter } from '../shared/etag.ts'
import { freshest, shows, type Served } from '../shared/read-your-writes.ts'
import { seesWritten } from '../shared/visibility.ts'
import { lookAt, standingsTo, type Viewer } from './looking.ts'
import { htmlOf } from './markdown.ts'
import type { SocialPorts } from './ports.ts'
import { loadReview } from './review-store.ts'
import type { ViewedComment, ViewedReview } from './review-views.ts'
import { noReview, type Review } from './review.ts'
import { readTexts } from './text-reading.ts'

type Ports = Pick<SocialPorts, 'database' | 'vault' | 'views'>

/** A review as the API speaks of it, without its words. */
export const reviewAnswer = ({ text_id: _, half_stars, spoiler, created_at, updated_at, ...review }: ViewedReview | Review) => ({
  ...review, stars: half_stars === null ? null : half_stars / 2, spoiler: spoiler === true || spoiler === 1, created_at: new Date(created_at).toISOString(), updated_at: new Date(updated_at).toISOString(),
})

/** A review that the viewer may see, and its author; Refused otherwise. */
export async function seeReview({ database, views }: Ports, viewer: Viewer, review_id: string, header: string | undefined): Promise<Served<ViewedReview>> {
  const asked = readAfter(header).filter((tag) => tag.id === review_id)
  const { value: review, from } = await freshest<ViewedReview | undefined>(
    () => views.reviews.review(review_id),
    asked.length === 0 ? undefined : (found) => asked.every((tag) => shows(found?.version, tag)),
    async () => {
      const found = await database.read((sql) => loadReview(sql, review_id))
      return found === undefined ? undefined : { ...found, spoiler: Number(found.spoiler) }
    },
  )
  if (review === undefined) throw new Refused(noReview)
  // one's own card may not have come to the view yet
  const standing = review.profile_id === viewer.viewer_id ? 'self' : (await lookAt(views.members, review.profile_id, viewer))?.standing
  if (standing === undefined || !seesWritten(standing, review.state)) throw new Refused(noReview)
  return { value: review, from }
}

/** Those of these reviews that the viewer may see, with words and numbers, in their order. */
export async function describeReviews(ports: Ports, reviews: readonly ViewedReview[], viewer: Viewer) {
  const { views } = ports
  const standings = await standingsTo(views.members, reviews.map(({ profile_id }) => profile_id), viewer)
  const seen = reviews.filter(({ profile_id, state }) => {
    const standing = standings.get(profile_id)?.standing
    return standing !== undefined && seesWritten(standing, state)
  })
  const [texts, numbers] = await Promise.all([readTexts(ports, seen.map(({ text_id }) => text_id)), views.reviews.numbers(seen.map(({ review_id }) => review_id))])
  return seen.flatMap((review) => {
    const [card, body] = [standings.get(review.profile_id)?.card, texts.get(review.text_id)]
    if (card === undefined || body === undefined) return []
    const { likes = 0, comments = 0 } = numbers.get(review.review_id) ?? {}
    return [{ ...reviewAnswer(review), handle: card.handle, name: card.name, body, body_html: htmlOf(body), likes, comments }]
  })
}

/** A comment as the API speaks of it, without its words. */
export const commentAnswer = ({ text_id: _, created_at, updated_at, ...comment }: ViewedComment) =>
  ({ ...comment, created_at: new Date(created_at).toISOString(), updated_at: new Date(updated_at).toISOString() })

/** Those of these comments that the viewer may see, with words and likes, in their order. */
export async function describeComments(ports: Ports, comments: readonly ViewedComment[], viewer: Viewer) {
  const { views } = ports
  const standings = await standingsTo(views.members, comments.map(({ profile_id }) => profile_id), viewer)
  const seen = comments.filter(({ profile_id, state }) => {
    const standing = standings.get(profile_id)?.standing
    // who is private is seen where they speak up
    return standing !== undefined && standing !== 'blocked' && (seesWritten(standing, state) || state === 'published')
  })
  const [texts, numbers] = await Promise.all([readTexts(ports, seen.map(({ text_id }) => text_id)), views.reviews.numbers(seen.map(({ comment_id }) => comment_id))])
  return seen.flatMap((comment) => {
    const [card, body] = [standings.get(comment.profile_id)?.card, texts.get(comment.text_id)]
    return card === undefined || body === undefined ? [] : [{ ...commentAnswer(comment), handle: card.handle, name: card.name, body, body_html: htmlOf(body), likes: numbers.get(comment.comment_id)?.likes ?? 0 }]
  })
}
