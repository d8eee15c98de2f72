/** What one request has asked of views and of other services, each key once. */
import type { Relation } from '../shared/visibility.ts'
import { batched, by, type Load } from './batch.ts'
import type { Counts, Followers, GraphPorts, RelationRow } from './ports.ts'
import type { CommentModel, ListModel, MemberModel, PersonModel, ReviewModel, StatsModel, TitleModel, ViewingModel } from '@cdlc/schemas/graphql/models.ts'

export interface Loaders {
  readonly member: Load<MemberModel>
  /** How the one who looks stands to this profile, and this profile to them; nothing where nobody in particular looks. */
  readonly ours: Load<Relation>
  readonly theirs: Load<Relation>
  readonly profileCounts: Load<Followers>
  readonly subjectCounts: Load<Counts>
  readonly title: Load<TitleModel>
  readonly stats: Load<StatsModel>
  /** Half stars that the one who looks gave this title. */
  readonly rating: Load<number>
  readonly person: Load<PersonModel>
  readonly review: Load<ReviewModel>
  readonly comment: Load<CommentModel>
  readonly list: Load<ListModel>
  readonly collaborators: Load<readonly string[]>
  readonly viewing: Load<ViewingModel>
  readonly text: Load<string>
}

const relation = ({ follow, blocked, muted }: RelationRow): Relation => ({ follow, blocked: blocked === 1, muted: muted === 1 })
const none = new Map<string, never>()

/** A view that answers one key at a time, asked for several at once. */
const each = <T>(question: (key: string) => Promise<T | undefined>) => async (keys: readonly string[]): Promise<ReadonlyMap<string, T>> => {
  const found = await Promise.all(keys.map(async (key) => [key, await question(key)] as const))
  return new Map(found.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])))
}

/** Of one request, in which `viewer_id` looks. */
export function openLoaders({ views, texts }: Pick<GraphPorts, 'views' | 'texts'>, viewer_id: string | undefined): Loaders {
  const related = (rows: readonly RelationRow[], key: 'profile_id' | 'other_id'): ReadonlyMap<string, Relation> => new Map(rows.map((row) => [row[key], relation(row)]))
  return {
    member: batched(async (ids) => by(await views.members(ids), ({ profile_id }) => profile_id)),
    ours: batched(async (ids) => (viewer_id === undefined ? none : related(await views.relationsTo(viewer_id, ids), 'other_id'))),
    theirs: batched(async (ids) => (viewer_id === undefined ? none : related(await views.relationsFrom(ids, viewer_id), 'profile_id'))),
    profileCounts: batched((ids) => views.profileCounts(ids)),
    subjectCounts: batched((ids) => views.subjectCounts(ids)),
    title: batched(async (ids) => by(await views.titles(ids), ({ title_id }) => title_id)),
    stats: batched((ids) => views.titleStats(ids)),
    rating: batched(async (ids) => (viewer_id === undefined ? none : views.ratings(viewer_id, ids))),
    person: batched(each((id) => views.person(id))),
    review: batched(async (ids) => by(await views.reviews(ids), ({ review_id }) => review_id)),
    comment: batched(async (ids) => by(await views.comments(ids), ({ comment_id }) => comment_id)),
    list: batched(async (ids) => by(await views.lists(ids), ({ list_id }) => list_id)),
    collaborators: batched(each((id) => views.collaborators(id))),
    viewing: batched(each((id) => views.viewing(id))),
    text: batched((ids) => texts(ids)),
  }
}
