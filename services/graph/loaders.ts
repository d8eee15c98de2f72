/** What one request has asked of views and of other services, each key once. */
import { relationOf } from '../shared/standing.ts'
import type { Relation, Standing } from '../shared/visibility.ts'
import { batched, by, type Load } from './batch.ts'
import type { Counts, Followers, GraphPorts, RelationRow } from './ports.ts'
import type { CommentModel, ListModel, MemberModel, PersonModel, ReviewModel, StatsModel, TitleModel, ViewingModel } from '@cdlc/schemas/graphql/models.ts'

export interface Loaders {
  /** How the one who looks stands to profiles, as far as that was asked: four objects of one feed item ask it of one profile. */
  readonly standings: Map<string, Promise<Standing | undefined>>
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
  /** True of those who are here. */
  readonly online: Load<true>
  readonly text: Load<string>
}

const none = new Map<string, never>()

/** A view that answers one key at a time, asked for several at once. */
const each = <T>(question: (key: string) => Promise<T | undefined>) => async (keys: readonly string[]): Promise<ReadonlyMap<string, T>> => {
  const found = await Promise.all(keys.map(async (key) => [key, await question(key)] as const))
  return new Map(found.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])))
}

/** Of one request, in which `viewer_id` looks. */
export function openLoaders({ views, texts, presence }: Pick<GraphPorts, 'views' | 'texts' | 'presence'>, viewer_id: string | undefined): Loaders {
  const related = (rows: readonly RelationRow[], key: 'profile_id' | 'other_id'): ReadonlyMap<string, Relation> => new Map(rows.map((row) => [row[key], relationOf(row)]))
  return {
    standings: new Map(),
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
    online: batched(async (ids) => new Map([...(await presence.online(ids))].map((id) => [id, true]))),
    text: batched((ids) => texts(ids)),
  }
}
