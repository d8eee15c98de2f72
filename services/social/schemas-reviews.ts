/** Shapes of requests and answers about reviews, comments, likes and reports. */
import Type from 'typebox'
import { Fields, Instant, Line, Nullable, Paging, Stars, Text, Ulid, Version } from '../shared/text.ts'

const As = { as: Type.Optional({ ...Ulid, description: 'which of your own profiles looks; left out: nobody in particular' }) }
export const Looking = Fields(As)
export const LookingThrough = Fields({ ...As, ...Paging })
export const Sorted = Fields({ ...As, ...Paging, sort: Type.Optional(Type.Enum(['new', 'liked'], { description: '`liked`: the most liked of the newest 200, on one page' })) })

export const OwnPath = Fields({ profile_id: Ulid })
export const OwnReviewPath = Fields({ profile_id: Ulid, review_id: Ulid })
export const OwnCommentPath = Fields({ profile_id: Ulid, comment_id: Ulid })
export const ReviewPath = Fields({ review_id: Ulid })
export const TitlePath = Fields({ title_id: Ulid })
export const ListPath = Fields({ list_id: Ulid })

/** BCP 47, as far as a language, a script and a region go. */
export const languagePattern = '^[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?$'
const Language = Type.String({ pattern: languagePattern, maxLength: 16, examples: ['en', 'pt-BR'] })
/** Not blank. */
const Markdown = (maxLength: number) => ({ ...Text(maxLength), pattern: '^(?=[\\s\\S]*\\S)(?:[^\\p{Cc}\\p{Cs}]|[\\n\\r\\t])*$', description: 'Markdown' })
const Body = Markdown(20_000)
export const NewReview = Fields({
  title_id: Ulid, body: Body, spoiler: Type.Boolean(), language: Language, stars: Type.Optional(Stars),
  viewing_id: Type.Optional({ ...Ulid, description: 'the entry of the film diary that it is of: of this profile and title' }),
})
export const ReviewChanges = Fields(
  { body: Type.Optional(Body), spoiler: Type.Optional(Type.Boolean()), language: Type.Optional(Language), stars: Type.Optional(Nullable(Stars)) }, { minProperties: 1 })

const review = {
  review_id: Ulid, title_id: Ulid, profile_id: Ulid, viewing_id: Nullable(Ulid), stars: Nullable(Type.Number()), spoiler: Type.Boolean(), language: Type.String(),
  state: Type.String({ description: 'published, or hidden by a moderator' }), edits: Type.Integer(), version: Version, created_at: Instant, updated_at: Instant,
}
/** As a write answers it: without its words, which an Idempotency-Key would keep. */
export const WrittenReview = Fields(review)
const signed = { handle: Type.String(), name: Type.String(), body: Type.String(), body_html: Type.String({ description: 'safe to show as it is' }), likes: Type.Integer() }
export const Review = Fields({ ...review, ...signed, comments: Type.Integer() })
/** What it said before, from `written_at` on. */
export const Edit = Fields({ edit: Type.Integer(), body: Type.String(), written_at: Instant })

const SubjectKind = Type.Enum(['review', 'list'])
export const NewComment = Fields({
  subject_kind: SubjectKind, subject_id: Ulid, parent_id: Type.Optional({ ...Ulid, description: 'the comment that is answered; answers have none' }), body: Markdown(5_000),
})
export const CommentChanges = Fields({ body: Markdown(5_000) })
const comment = {
  comment_id: Ulid, subject_kind: Type.String(), subject_id: Ulid, parent_id: Nullable(Ulid), profile_id: Ulid, state: Type.String(), version: Version, created_at: Instant, updated_at: Instant,
}
export const WrittenComment = Fields(comment)
export const Comment = Fields({ ...comment, ...signed })

export const LikePath = Fields({ profile_id: Ulid, subject_kind: Type.Enum(['title', 'review', 'list', 'comment']), subject_id: Ulid })
export const Like = Fields({ profile_id: Ulid, subject_kind: Type.String(), subject_id: Ulid, liked_at: Instant })

const Reason = Type.Enum(['spam', 'abuse', 'spoiler', 'illegal', 'other'])
const ReportedKind = Type.Enum(['review', 'comment', 'list', 'profile'])
export const NewReport = Fields({ subject_kind: ReportedKind, subject_id: Ulid, reason: Reason, note: Type.Optional(Line(1_000)) })
export const FiledReport = Fields({ report_id: Ulid })
export const ReportsAsked = Fields({ state: Type.Optional(Type.Enum(['open', 'dismissed', 'upheld', 'restored'])), ...Paging })
const filed = { report_id: Ulid, reporter_id: Ulid, reason: Type.String(), note: Nullable(Type.String()), created_at: Instant }
export const Reported = Fields({
  report_id: { ...Ulid, description: 'the oldest of its reports in this state: what a decision names' }, subject_kind: Type.String(), subject_id: Ulid, state: Type.String(),
  reports: Type.Integer({ description: 'of it, in this state' }), profile_id: { ...Nullable(Ulid), description: 'whose it is' }, name: { ...Nullable(Type.String()), description: 'of a list or card' },
  body: { ...Nullable(Type.String()), description: 'Markdown; what it says now' }, created_at: Instant,
  decided_by: { ...Nullable(Ulid), description: 'an account' }, decided_at: Nullable(Instant), restored_by: { ...Nullable(Ulid), description: 'an account' }, restored_at: Nullable(Instant),
  first: Type.Array(Fields(filed), { description: 'the ten oldest of these reports' }),
})
export const ReportPath = Fields({ report_id: Ulid })
export const Decision = Fields({ decision: Type.Enum(['dismiss', 'hide', 'remove', 'restore']) })
export const Decided = Fields({ report_id: Ulid, state: Type.String(), reports: Type.Integer({ description: 'that were decided with it' }) })
