/** How reviews and comments are read: out of views, or of MySQL where a `Read-After` is ahead of them; and who sees them. */
import { Refused } from '../shared/errors.ts'
import { readAfter } from '../shared/etag.ts'
import { freshest, shows, type Served } from '../shared/read-your-writes.ts'
import { seesWritten } from '../shared/visibility.ts'
import { lookAt, standingsTo, type Viewer } from './looking.ts'
import { htmlOf } from './markdown.ts'
import { readMember } from './members.ts'
import { loadReview } from './review-store.ts'
import type { ViewedComment, ViewedReview } from './review-views.ts'
import { noReview, type Review } from './review.ts'
import { wordsOf, type TextPorts } from './text-reading.ts'

/** A review as the API speaks of it, without its words. */
export const reviewAnswer = <T extends ViewedReview | Review>({ text_id: _, half_stars, spoiler, created_at, updated_at, ...review }: T) => ({
  ...review, stars: half_stars === null ? null : half_stars / 2, spoiler: spoiler === true || spoiler === 1,
  created_at: new Date(created_at).toISOString(), updated_at: new Date(updated_at).toISOString(),
})

/** `asked`: a `Read-After` names the review, so its words are to be as new as it is. */
export interface SeenReview extends Served<ViewedReview> { readonly asked: boolean }

/** A review that the viewer may see; Refused otherwise. */
export async function seeReview({ database, views }: TextPorts, viewer: Viewer, review_id: string, header: string | undefined): Promise<SeenReview> {
  const tags = readAfter(header).filter((tag) => tag.id === review_id)
  const asked = tags.length > 0
  const { value: review, from } = await freshest<ViewedReview | undefined>(
    () => views.reviews.review(review_id),
    asked ? (found) => tags.every((tag) => shows(found?.version, tag)) : undefined,
    async () => {
      const found = await database.read((sql) => loadReview(sql, review_id))
      return found === undefined ? undefined : { ...found, spoiler: Number(found.spoiler) }
    },
  )
  if (review === undefined) throw new Refused(noReview)
  // one's own card may not have come to the view yet
  const standing = review.profile_id === viewer.viewer_id ? 'self' : (await lookAt(views.members, review.profile_id, viewer))?.standing
  if (standing === undefined || !seesWritten(standing, review.state)) throw new Refused(noReview)
  return { value: review, from, asked }
}

interface Written { readonly profile_id: string; readonly state: string; readonly text_id: string }
/** What is called a name by a card. */
interface Named { readonly handle: string; readonly name: string }
type Signed<T> = T & Named

/** Those of these that the viewer may see, with who wrote them, in their order. */
async function seen<T extends Written>({ database, views }: TextPorts, written: readonly T[], viewer: Viewer): Promise<readonly Signed<T>[]> {
  const { viewer_id } = viewer
  const standings = await standingsTo(views.members, written.map(({ profile_id }) => profile_id), viewer)
  const isNew = viewer_id !== undefined && !standings.has(viewer_id) && written.some(({ profile_id }) => profile_id === viewer_id)
  const own = isNew ? await database.read((sql) => readMember(sql, viewer_id)) : undefined
  return written.flatMap((one): Signed<T>[] => {
    const known = standings.get(one.profile_id) ?? (own?.profile_id === one.profile_id ? { card: own, standing: 'self' as const } : undefined)
    return known !== undefined && seesWritten(known.standing, one.state) ? [{ ...one, handle: known.card.handle, name: known.card.name }] : []
  })
}

interface Described<T> { readonly written: Signed<T>; readonly said: { readonly body: string; readonly body_html: string }; readonly likes: number; readonly comments: number }

/** With their words and numbers; those whose words are gone are left out. */
async function described<T extends Written>(ports: TextPorts, written: readonly Signed<T>[], idOf: (one: T) => string, from: 'view' | 'mysql'): Promise<readonly Described<T>[]> {
  const [texts, numbers] = await Promise.all([
    wordsOf(ports, written.map(({ text_id }) => text_id), from),
    written.length === 0 ? new Map<string, never>() : ports.views.reviews.numbers(written.map(idOf)),
  ])
  return written.flatMap((one): Described<T>[] => {
    const body = texts.get(one.text_id)
    return body === undefined ? [] : [{ written: one, said: { body, body_html: htmlOf(body) }, ...(numbers.get(idOf(one)) ?? { likes: 0, comments: 0 }) }]
  })
}

/** `most`: how many of those that are seen; `words`: where they are read, as those of the view may be older than the review. */
interface Asked { readonly most?: number; readonly words?: 'view' | 'mysql' }

/** Those of these reviews that the viewer may see, with words and numbers, in their order. */
export async function describeReviews(ports: TextPorts, reviews: readonly ViewedReview[], viewer: Viewer, { most = reviews.length, words = 'view' }: Asked = {}) {
  const shown = (await seen(ports, reviews, viewer)).slice(0, most)
  const reviewed = await described(ports, shown, ({ review_id }) => review_id, words)
  return reviewed.map(({ written, said, likes, comments }) => ({ ...reviewAnswer(written), ...said, likes, comments }))
}

/** A comment as the API speaks of it, without its words. */
export const commentAnswer = <T extends ViewedComment>({ text_id: _, created_at, updated_at, ...comment }: T) =>
  ({ ...comment, created_at: new Date(created_at).toISOString(), updated_at: new Date(updated_at).toISOString() })

/** Those of these comments that the viewer may see, with words and likes, in their order. */
export async function describeComments(ports: TextPorts, comments: readonly ViewedComment[], viewer: Viewer) {
  const shown = await seen(ports, comments, viewer)
  const said = await described(ports, shown, ({ comment_id }) => comment_id, 'view')
  return said.map(({ written, said: words, likes }) => ({ ...commentAnswer(written), ...words, likes }))
}
