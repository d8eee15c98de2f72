/** The feed of benches/graph.ts with no GraphQL: the same questions to the same views and services, in as few steps, and a shape written down. */
import { globalId } from '@cdlc/services/graph/ids.ts'
import type { GraphPorts } from '@cdlc/services/graph/ports.ts'

const stars = (half_stars: number | null | undefined): number | null => (half_stars === null || half_stars === undefined ? null : half_stars / 2)
const by = <T>(rows: readonly T[], key: (row: T) => string): ReadonlyMap<string, T> => new Map(rows.map((row) => [key(row), row]))
const distinct = (ids: readonly (string | null)[]): readonly string[] => [...new Set(ids.filter((id) => id !== null))]

/** Nodes of the feed's edges; reviews alone, whose authors and what they do are shown to who looks. */
export async function feedByHand({ views, feeds, texts }: Pick<GraphPorts, 'views' | 'feeds' | 'texts'>, viewer: string, first: number): Promise<readonly unknown[]> {
  const [card] = await views.members([viewer])
  if (card === undefined) throw new Error(`reading the feed of '${viewer}': there is no such member`)
  const { items } = await feeds.feed(viewer, false, { limit: 50, cursor: '' })
  const shown = items.slice(0, first)
  const done = shown.flatMap(({ activities }) => activities)
  const [people, titles, reviews] = [distinct(done.map(({ profile_id }) => profile_id)), distinct(done.map(({ title_id }) => title_id)), distinct(done.map(({ subject_id }) => subject_id))]
  const [cards, to, from, films, stats, rated, written, counts] = await Promise.all([
    views.members(people), views.relationsTo(viewer, people), views.relationsFrom(people, viewer), views.titles(titles), views.titleStats(titles), views.ratings(viewer, titles),
    views.reviews(reviews), views.subjectCounts(reviews),
  ])
  const bodies = await texts(written.map(({ text_id }) => text_id))
  const [cardOf, filmOf, reviewOf] = [by(cards, ({ profile_id }) => profile_id), by(films, ({ title_id }) => title_id), by(written, ({ review_id }) => review_id)]
  const blocked = new Set([...to.filter((row) => row.blocked === 1).map(({ other_id }) => other_id), ...from.filter((row) => row.blocked === 1).map(({ profile_id }) => profile_id)])
  const lets = new Set(to.filter(({ follow }) => follow === 'following').map(({ other_id }) => other_id))
  const person = (id: string) => {
    const { handle = '', name = '' } = cardOf.get(id) ?? {}
    return { id: globalId('Member', id), handle, name }
  }
  const seen = (id: string): boolean => !blocked.has(id) && (cardOf.get(id)?.is_private === 0 || lets.has(id))
  return shown.map(({ profiles, activities }) => ({
    memberCount: profiles,
    activities: activities.filter(({ profile_id }) => seen(profile_id)).map(({ kind, occurred_at, half_stars, profile_id, title_id, subject_id }) => {
      const [film, review, told] = [filmOf.get(title_id ?? ''), reviewOf.get(subject_id ?? ''), stats.get(title_id ?? '')]
      return {
        kind: kind.toUpperCase(), occurredAt: new Date(occurred_at).toISOString(), stars: stars(half_stars), actor: person(profile_id),
        title: film === undefined ? null : {
          id: globalId('Title', film.title_id), name: film.name, releaseYear: film.release_year, stats: told === undefined ? null : { count: told.count, meanStars: told.mean_stars },
          viewerStars: stars(rated.get(film.title_id)),
        },
        subject: review === undefined ? null : {
          id: globalId('Review', review.review_id), body: bodies.get(review.text_id) ?? null, isSpoiler: review.spoiler !== 0, stars: stars(review.half_stars),
          likeCount: counts.get(review.review_id)?.likes ?? 0, commentCount: counts.get(review.review_id)?.comments ?? 0, author: person(review.profile_id),
        },
      }
    }),
  }))
}
