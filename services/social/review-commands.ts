/** Runs commands on reviews, in the caller's transaction. */
import { accepted, Refused } from '../shared/errors.ts'
import { newId } from '../shared/clock.ts'
import type { Sql } from '../shared/mysql.ts'
import { removeReports } from './about.ts'
import { count } from './limits.ts'
import { lockActor, type Member } from './members.ts'
import type { SocialPorts } from './ports.ts'
import { beginRemoval, mustNotBeRemoved } from './removals.ts'
import { append, keepEdit, loadReview } from './review-store.ts'
import { decide, evolve, noReview, type NewReview, type Review, type ReviewChange, type ReviewCommand } from './review.ts'
import { idOf, record, withdraw } from './tell.ts'
import { addText, changeText, openTexts, removeTexts } from './texts.ts'

type Ports = Pick<SocialPorts, 'clock' | 'vault' | 'activity' | 'notifications'>
export type Words = Pick<NewReview, 'title_id' | 'viewing_id' | 'half_stars' | 'spoiler' | 'language'> & { readonly body: string }

const told = (review: Review, version: number) => ({
  activity_id: idOf('reviewed', review.review_id), profile_id: review.profile_id, kind: 'reviewed', title_id: review.title_id, subject_kind: 'review', subject_id: review.review_id,
  half_stars: review.half_stars, occurred_at: review.created_at, version,
} as const)

/** Feeds hear of what is published, and of nothing else. */
async function tell(ports: Ports, sql: Sql, before: Review | undefined, after: Review | undefined): Promise<void> {
  const [was, is] = [before?.state === 'published', after?.state === 'published']
  if (after !== undefined && is) await record(ports, sql, told(after, after.version))
  else if (before !== undefined && was) await withdraw(ports, sql, told(before, after?.version ?? ports.clock.micros()))
}

/** Puts a review under an id that none has; counts nothing and tells nobody. `written_at` is in ms. Throws Refused. */
export async function putReview(
  ports: Ports, sql: Sql, { profile_id, account_id }: Pick<Member, 'profile_id' | 'account_id'>, { body, ...words }: Words,
  { now_us, ...about }: { readonly review_id: string; readonly now_us: number; readonly written_at?: number },
): Promise<Review> {
  const text_id = await addText(ports, sql, account_id, body)
  const { review_id, ...at } = about
  const events = accepted(decide(undefined, { do: 'write', review: { ...words, review_id, profile_id, text_id }, now_us, ...at }))
  const review = events.reduce(evolve, undefined as Review | undefined)
  if (review === undefined) throw new Error(`writing review '${review_id}': it is not there after it was written`)
  await append(sql, review_id, events)
  await mustNotBeRemoved(sql, review_id)
  return review
}

/** Writes a review. Throws Refused. */
export async function writeReview(ports: Ports, sql: Sql, profile_id: string, words: Words): Promise<Review> {
  const actor = await lockActor(sql, profile_id)
  const now_us = ports.clock.micros()
  await count(sql, actor.account_id, 'review', Math.floor(now_us / 1_000))
  const review = await putReview(ports, sql, actor, words, { review_id: newId(now_us), now_us })
  await tell(ports, sql, undefined, review)
  return review
}

/** Changes a review of the actor's own. Throws Refused. */
export async function changeReview(
  ports: Ports, sql: Sql, profile_id: string, review_id: string, { body, ...change }: ReviewChange & { readonly body?: string }, expected: readonly number[] | undefined,
): Promise<Review> {
  const actor = await lockActor(sql, profile_id)
  const before = await loadReview(sql, review_id, 'FOR UPDATE')
  if (before === undefined || before.profile_id !== profile_id) throw new Refused(noReview)
  ports.clock.saw(before.version)
  const rewritten = body !== undefined && (await openTexts(sql, ports.vault, [before.text_id])).get(before.text_id) !== body
  const now_us = ports.clock.micros()
  await count(sql, actor.account_id, 'review', Math.floor(now_us / 1_000))
  const events = accepted(decide(before, { do: 'change', change: { ...change, rewritten }, expected, now_us }))
  const after = events.reduce(evolve, before as Review | undefined) ?? before
  if (events.length === 0) return before
  if (rewritten) {
    await keepEdit(sql, before)
    await changeText(ports, sql, actor.account_id, before.text_id, body)
  }
  await append(sql, review_id, events)
  await tell(ports, sql, before, after)
  return after
}

/** Whoever removes it, nothing of it is left: its words, edits, reports, and what was told of them; comments and likes go with it, or after it where they are many. */
async function dropReview(ports: Ports, sql: Sql, before: Review, command: ReviewCommand): Promise<void> {
  const events = accepted(decide(before, command))
  await removeReports(ports, sql, [before.review_id])
  await append(sql, before.review_id, events)
  await removeTexts(ports, sql, [before.text_id])
  await tell(ports, sql, before, undefined)
  await beginRemoval(ports, sql, { subject_id: before.review_id, subject_kind: 'review', owner_id: before.profile_id })
}

/** Removes a review of the actor's own; answers the version that it had. Throws Refused. */
export async function removeReview(ports: Ports, sql: Sql, profile_id: string, review_id: string, expected: readonly number[] | undefined): Promise<number> {
  await lockActor(sql, profile_id)
  const before = await loadReview(sql, review_id, 'FOR UPDATE')
  if (before === undefined || before.profile_id !== profile_id) throw new Refused(noReview)
  ports.clock.saw(before.version)
  await dropReview(ports, sql, before, { do: 'remove', expected, now_us: ports.clock.micros() })
  return before.version
}

/** A moderator hides a review, shows it again or removes it; answers whose it is where that changes anything. */
export async function moderateReview(ports: Ports, sql: Sql, review_id: string, to: 'hidden' | 'published' | 'removed'): Promise<string | undefined> {
  const before = await loadReview(sql, review_id, 'FOR UPDATE')
  if (before === undefined) return undefined
  ports.clock.saw(before.version)
  const now_us = ports.clock.micros()
  if (to === 'removed') {
    await dropReview(ports, sql, before, { do: 'remove', now_us })
    return before.profile_id
  }
  const events = accepted(decide(before, { do: 'moderate', state: to, now_us }))
  if (events.length === 0) return undefined
  await append(sql, review_id, events)
  await tell(ports, sql, before, events.reduce(evolve, before as Review | undefined))
  return before.profile_id
}
