/**
 * Erasing a profile, or all of an account's: in pieces, each a transaction of its own, so that none is long and any may be the last before
 * a crash. The card is closed first, which keeps the profile from making anything more, and removed last: while it is there, there is more
 * to do. What was told of what is removed is taken back, since the feeds of others hold it.
 */
import { nextVersion } from '../shared/clock.ts'
import type { Sql } from '../shared/mysql.ts'
import { commentColumns, likeColumns, removeComments, removeLikes, removeSomeAbout, type StoredComment, type StoredLike } from './about.ts'
import { removeCollaborator } from './collaborator-commands.ts'
import { dropList } from './list-commands.ts'
import { loadCollaborators, loadList } from './list-store.ts'
import type { SocialPorts } from './ports.ts'
import { removeRelations } from './relation-commands.ts'
import { removePiece } from './removals.ts'
import { idOf, prepareToTell, withdraw } from './tell.ts'
import { removeTexts } from './texts.ts'

export type ErasurePorts = Pick<SocialPorts, 'database' | 'clock' | 'vault' | 'activity' | 'notifications'>
/** Removes some of what a profile has of one sort; answers how much that was, 0 where none is left. */
type Step = (ports: ErasurePorts, sql: Sql, profile_id: string) => Promise<number>

const piece = 1_000
/** Of what takes several statements each. */
const fewer = 100

/** Nobody finds the profile any more, and it can do nothing; its name goes out of the compacted topic with the row that follows. */
export const closeCard = async ({ clock }: Pick<ErasurePorts, 'clock'>, sql: Sql, profile_id: string): Promise<number> => {
  const [card] = await sql.rows<{ readonly bio_id: string | null; readonly version: number }>('SELECT bio_id, version FROM social_profiles WHERE profile_id = ? AND handle IS NOT NULL', [profile_id])
  if (card === undefined) return 0
  const version = nextVersion(card.version, clock.micros())
  await sql.run("UPDATE social_profiles SET handle = NULL, name = '', bio_id = NULL, version = ?, updated_at = ? WHERE profile_id = ?", [version, new Date(version / 1_000), profile_id])
  await removeTexts({ clock }, sql, [card.bio_id])
  return 1
}

interface StoredReview { readonly review_id: string; readonly title_id: string; readonly text_id: string; readonly version: number; readonly created_at: Date }
const removeReviews: Step = async (ports, sql, profile_id) => {
  const reviews = await sql.rows<StoredReview>(`SELECT review_id, title_id, text_id, version, created_at FROM reviews WHERE profile_id = ? LIMIT ${fewer}`, [profile_id])
  const said = await removeSomeAbout(ports, sql, reviews.map(({ review_id }) => review_id))
  if (said > 0) return said
  for (const { review_id, title_id, version, created_at } of reviews) {
    await withdraw(ports, sql, {
      activity_id: idOf('reviewed', review_id), profile_id, kind: 'reviewed', title_id, subject_kind: 'review', subject_id: review_id,
      occurred_at: created_at.getTime(), version: nextVersion(version, ports.clock.micros()),
    })
    await sql.run('DELETE FROM review_edits WHERE review_id = ?', [review_id])
    await sql.run('DELETE FROM reviews WHERE review_id = ?', [review_id])
  }
  await removeTexts(ports, sql, reviews.map(({ text_id }) => text_id))
  return reviews.length
}

const removeOwnComments: Step = async (ports, sql, profile_id) => {
  const comments = await sql.rows<StoredComment>(`SELECT ${commentColumns} FROM comments WHERE profile_id = ? ORDER BY parent_id IS NULL, comment_id LIMIT ${fewer}`, [profile_id])
  await removeComments(ports, sql, comments)
  return comments.length
}

const removeOwnLikes: Step = async (ports, sql, profile_id) => {
  const likes = await sql.rows<StoredLike>(`SELECT ${likeColumns} FROM likes WHERE profile_id = ? LIMIT ${fewer}`, [profile_id])
  await removeLikes(ports, sql, likes)
  return likes.length
}

/** One list; of what is in it or said of it as much as goes at once. */
const removeLists: Step = async (ports, sql, profile_id) => {
  const [found] = await sql.rows<{ readonly list_id: string }>('SELECT list_id FROM lists WHERE profile_id = ? LIMIT 1 FOR UPDATE', [profile_id])
  const list = found === undefined ? undefined : await loadList(sql, found.list_id, 'FOR UPDATE')
  if (list === undefined) return 0
  await dropList(ports, sql, list)
  return 1
}

/** More of what is gone already, by whomever it was removed. */
const removeLeftovers: Step = async (ports, sql, profile_id) => {
  const [found] = await sql.rows<{ readonly subject_id: string }>('SELECT subject_id FROM removals WHERE owner_id = ? LIMIT 1', [profile_id])
  if (found === undefined) return 0
  await removePiece(ports, sql, found.subject_id)
  return 1
}

const leaveLists: Step = async (ports, sql, profile_id) => {
  const [found] = await sql.rows<{ readonly list_id: string }>('SELECT list_id FROM list_collaborators WHERE profile_id = ? LIMIT 1', [profile_id])
  const list = found === undefined ? undefined : await loadList(sql, found.list_id, 'FOR UPDATE')
  if (list === undefined) return 0
  const collaborator = (await loadCollaborators(sql, list.list_id)).find((one) => one.profile_id === profile_id)
  if (collaborator !== undefined) await removeCollaborator(ports, sql, list, collaborator)
  return 1
}

/** What is neither told nor shown. */
const removeRest: Step = async (_ports, sql, profile_id) =>
  (await sql.run('DELETE FROM notification_marks WHERE profile_id = ?', [profile_id])) + (await sql.run('DELETE FROM reports WHERE subject_id = ? OR reporter_id = ?', [profile_id, profile_id]))

const removeCard: Step = (_ports, sql, profile_id) => sql.run('DELETE FROM social_profiles WHERE profile_id = ?', [profile_id])

const steps: readonly Step[] = [closeCard, removeReviews, removeOwnComments, removeOwnLikes, removeLists, removeLeftovers, leaveLists, removeRelations, removeRest, removeCard]

/** One piece of a profile; answers whether nothing is left. */
export async function eraseProfilePiece(ports: ErasurePorts, profile_id: string): Promise<boolean> {
  await prepareToTell(ports)
  return ports.database.transact(async (sql) => {
    await sql.rows('SELECT 1 FROM social_profiles WHERE profile_id = ? FOR UPDATE', [profile_id])
    for (const step of steps) if ((await step(ports, sql, profile_id)) > 0) return false
    return true
  })
}

/** All of a profile, until it is done or the caller wants no more; answers whether it is done. */
export async function eraseProfile(ports: ErasurePorts, profile_id: string, isEnough: () => boolean): Promise<boolean> {
  while (!(await eraseProfilePiece(ports, profile_id))) if (isEnough()) return false
  return true
}

/**
 * All of an account, likewise. Its key goes first, which makes noise of its words wherever they are, and once more at the end: until the last
 * card is closed, whoever writes gets a new one.
 */
export async function eraseAccount(ports: ErasurePorts, account_id: string, isEnough: () => boolean): Promise<boolean> {
  const { database, clock } = ports
  const removeKey = (sql: Sql): Promise<number> => sql.run('DELETE FROM social_keys WHERE account_id = ?', [account_id])
  await database.transact(removeKey)
  const cards = await database.read((sql) => sql.rows<{ readonly profile_id: string }>('SELECT profile_id FROM social_profiles WHERE account_id = ? ORDER BY profile_id', [account_id]))
  for (const { profile_id } of cards) if (!(await eraseProfile(ports, profile_id, isEnough))) return false
  for (let found = piece; found === piece; ) {
    found = await database.transact(async (sql) => {
      const texts = await sql.rows<{ readonly text_id: string }>(`SELECT text_id FROM texts WHERE account_id = ? LIMIT ${piece}`, [account_id])
      await removeTexts({ clock }, sql, texts.map(({ text_id }) => text_id))
      return texts.length
    })
    if (found === piece && isEnough()) return false
  }
  await database.transact(async (sql) => {
    await sql.run('DELETE FROM review_edits WHERE account_id = ?', [account_id])
    await sql.run('DELETE FROM reports WHERE account_id = ?', [account_id])
    await sql.run('DELETE FROM action_counts WHERE account_id = ?', [account_id])
    await removeKey(sql)
  })
  return true
}
