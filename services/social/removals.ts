/**
 * Removing what much was said of, or much is in: its own row goes at once, so that nobody finds it, and the rest in pieces, each a transaction
 * of its own. A row of `removals` says that there is more to do, and whose it was: those who were told of what is taken back are found by it.
 */
import { Unavailable } from '../shared/errors.ts'
import type { Sql } from '../shared/mysql.ts'
import { removeSomeAbout } from './about.ts'
import { dropEntries } from './collaborator-commands.ts'
import type { SocialPorts } from './ports.ts'

type Ports = Pick<SocialPorts, 'clock' | 'activity' | 'notifications'>
export interface Removal { readonly subject_id: string; readonly subject_kind: 'review' | 'list'; readonly owner_id: string }

/** What most reviews and lists need: what was said, what is in it, and to see that nothing is left. */
const atOnce = 3

/** Removes some of what was said of something whose row is gone, or is in it; answers whether nothing is left. */
export async function removePiece(ports: Ports, sql: Sql, subject_id: string): Promise<boolean> {
  const [removal] = await sql.rows<Pick<Removal, 'subject_kind'>>('SELECT subject_kind FROM removals WHERE subject_id = ? FOR UPDATE', [subject_id])
  if (removal === undefined) return true
  if ((await removeSomeAbout(ports, sql, [subject_id])) > 0) return false
  if (removal.subject_kind === 'list' && (await dropEntries(ports, sql, subject_id)) > 0) return false
  await sql.run('DELETE FROM removals WHERE subject_id = ?', [subject_id])
  return true
}

/** Begins where the row was removed, in the same transaction, and ends there unless it is much. */
export async function beginRemoval(ports: Ports, sql: Sql, { subject_id, subject_kind, owner_id }: Removal): Promise<void> {
  await sql.run('INSERT INTO removals (subject_id, subject_kind, owner_id) VALUES (?, ?, ?)', [subject_id, subject_kind, owner_id])
  for (let pieces = 0; pieces < atOnce; pieces++) if (await removePiece(ports, sql, subject_id)) return
}

/** Called once something was put under an id of the caller's choice: what is being removed under it would take the new along. Throws Unavailable. */
export async function mustNotBeRemoved(sql: Sql, subject_id: string): Promise<void> {
  const found = await sql.rows('SELECT 1 FROM removals WHERE subject_id = ?', [subject_id])
  if (found.length > 0) throw new Unavailable(`putting '${subject_id}': what had this id is still being removed; try again shortly`, { code: 'overloaded' })
}
