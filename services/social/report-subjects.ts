/** What a moderator does to what was reported, by its kind. */
import { accepted, Refused } from '../shared/errors.ts'
import type { Sql } from '../shared/mysql.ts'
import { removeReports } from './about.ts'
import { moderateComment } from './comment-commands.ts'
import { closeCard } from './erasure.ts'
import { dropList } from './list-commands.ts'
import { append, loadList } from './list-store.ts'
import { decide, evolve, isTold, type List } from './list.ts'
import type { SocialPorts } from './ports.ts'
import { moderateReview } from './review-commands.ts'
import type { ReportedKind } from './subject.ts'
import { idOf, withdraw } from './tell.ts'

type Ports = Pick<SocialPorts, 'clock' | 'vault' | 'activity' | 'notifications'>
/** What becomes of it. */
export type Moderated = 'hidden' | 'published' | 'removed'
type Moderate = (ports: Ports, sql: Sql, subject_id: string, to: Moderated) => Promise<string | undefined>

/**
 * A list that is hidden becomes private, and stays so: its owner may show it again, and it may be reported again. Throws Refused of a watchlist or
 * favourites, which have no words but notes.
 */
const moderateList: Moderate = async (ports, sql, list_id, to) => {
  const list = await loadList(sql, list_id, 'FOR UPDATE')
  if (list === undefined || to === 'published') return undefined
  ports.clock.saw(list.version)
  if (to === 'removed') {
    await dropList(ports, sql, list)
    return list.profile_id
  }
  const events = accepted(decide(list, { do: 'change', change: { visibility: 'private' }, now_us: ports.clock.micros() }))
  if (events.length === 0) return undefined
  await append(sql, list_id, events)
  const { version } = events.reduce<List>((state, event) => evolve(state, event) ?? state, list)
  const about = { subject_kind: 'list', subject_id: list_id, occurred_at: list.created_at, version }
  if (isTold(list)) await withdraw(ports, sql, { ...about, activity_id: idOf('listed', list_id), profile_id: list.profile_id, kind: 'listed' })
  return list.profile_id
}

/** A card is removed as its holder's leaving removes it: closed at once, and all that they made goes in pieces. Nobody is told: who has no card reads no notifications. */
const moderateProfile: Moderate = async (ports, sql, profile_id, to) => {
  if (to === 'hidden') throw new Refused({ code: 'decision_not_possible', message: 'a card is not hidden; dismiss the report, or remove the card with all that its holder made', field: 'decision' })
  if (to === 'removed') {
    await closeCard(ports, sql, profile_id)
    await removeReports(ports, sql, [profile_id])
  }
  return undefined
}

/** Each hides something, shows it again, or removes it with all that was said of it, and answers whose it is where that changes anything. */
export const moderate: Readonly<Record<ReportedKind, Moderate>> = { review: moderateReview, comment: moderateComment, list: moderateList, profile: moderateProfile }

const locks: Readonly<Record<ReportedKind, string>> = {
  review: 'SELECT 1 FROM reviews WHERE review_id = ? FOR UPDATE',
  comment: 'SELECT 1 FROM comments WHERE comment_id = ? FOR UPDATE',
  list: 'SELECT 1 FROM lists WHERE list_id = ? FOR UPDATE',
  profile: 'SELECT 1 FROM social_profiles WHERE profile_id = ? FOR UPDATE',
}
/** Locks it, where it is there: nobody can report it until the transaction ends. */
export const lockSubject = async (sql: Sql, kind: ReportedKind, subject_id: string): Promise<void> => {
  await sql.rows(locks[kind], [subject_id])
}
