/** Who keeps a list besides its owner; in the caller's transaction, which holds the list's row. */
import { instantOf, nextVersion } from '../shared/clock.ts'
import { Refused } from '../shared/errors.ts'
import type { Sql } from '../shared/mysql.ts'
import { loadCollaborators, loadList, type Collaborator } from './list-store.ts'
import { mostCollaborators, noList, type List } from './list.ts'
import { lockActor, readMember, standing } from './members.ts'
import type { SocialPorts } from './ports.ts'
import { idOf, notify, unnotify } from './tell.ts'
import { removeTexts } from './texts.ts'

type Ports = Pick<SocialPorts, 'clock' | 'notifications' | 'activity'>
const piece = 1_000

const notice = (list: List, { profile_id, added_at }: Pick<Collaborator, 'profile_id' | 'added_at'>, version: number) =>
  ({
    notification_id: idOf('collaborator_added', list.list_id, profile_id), profile_id, kind: 'collaborator_added', actor_id: list.profile_id, subject_kind: 'list', subject_id: list.list_id,
    occurred_at: added_at.getTime(), version,
  }) as const

/** Adds one to one's own list; answers whether they were none before. Throws Refused. */
export async function addCollaborator(ports: Ports, sql: Sql, profile_id: string, list_id: string, other_id: string): Promise<boolean> {
  const actor = await lockActor(sql, profile_id)
  const list = await loadList(sql, list_id, 'FOR UPDATE')
  if (list?.profile_id !== profile_id) throw new Refused(noList)
  if (list.kind !== 'custom') throw new Refused({ code: 'list_is_fixed', message: `the ${list.kind} of a profile is kept by it alone`, field: 'path.list_id' })
  if (other_id === profile_id) throw new Refused({ code: 'relates_to_self', message: 'the owner keeps the list already', field: 'path.other_id' })
  const other = await readMember(sql, other_id)
  if (other === undefined || (await standing(sql, other_id, profile_id)).blocked) throw new Refused({ code: 'member_not_found', message: 'there is no such member', field: 'path.other_id' })
  if ((await standing(sql, profile_id, other_id)).blocked) throw new Refused({ code: 'blocked_by_you', message: 'you have blocked them; end that first', field: 'path.other_id' })
  const known = await loadCollaborators(sql, list_id)
  if (known.some((one) => one.profile_id === other_id)) return false
  if (known.length >= mostCollaborators) throw new Refused({ code: 'too_many_collaborators', message: `a list is kept by ${mostCollaborators} others at most; remove one first` })
  const version = ports.clock.micros()
  const added_at = new Date(instantOf(version))
  await sql.run('INSERT INTO list_collaborators (list_id, profile_id, version, added_at) VALUES (?, ?, ?, ?)', [list_id, other_id, version, added_at])
  await notify(ports, sql, { ...notice(list, { profile_id: other_id, added_at }, version), actor_id: actor.profile_id })
  return true
}

/** Removes one from one's own list, or oneself from another's; throws Refused. */
export async function endCollaboration(ports: Ports, sql: Sql, profile_id: string, list_id: string, other_id: string): Promise<void> {
  await lockActor(sql, profile_id)
  const list = await loadList(sql, list_id, 'FOR UPDATE')
  const known = list === undefined ? [] : await loadCollaborators(sql, list_id)
  const isOwner = list?.profile_id === profile_id
  if (list === undefined || !(isOwner || known.some((one) => one.profile_id === profile_id))) throw new Refused(noList)
  const collaborator = known.find((one) => one.profile_id === other_id)
  if (collaborator === undefined || !(isOwner || other_id === profile_id)) {
    throw new Refused({ code: 'member_not_found', message: 'they do not keep this list, or are not yours to remove', field: 'path.other_id' })
  }
  await removeCollaborator(ports, sql, list, collaborator)
}

/** Takes one's place away and what they were told of it; what they have added stays the owner's, without their words. */
export async function removeCollaborator(ports: Ports, sql: Sql, list: List, collaborator: Collaborator): Promise<void> {
  for (let found = piece; found === piece; ) found = await handOver(ports, sql, list, collaborator.profile_id)
  await forget(ports, sql, list, collaborator)
}

async function forget(ports: Ports, sql: Sql, list: List, collaborator: Collaborator): Promise<void> {
  await sql.run('DELETE FROM list_collaborators WHERE list_id = ? AND profile_id = ?', [list.list_id, collaborator.profile_id])
  await unnotify(ports, sql, notice(list, collaborator, nextVersion(collaborator.version, ports.clock.micros())))
}

/** Takes everybody's place away from a list that goes, with what they have added. */
export async function forgetCollaborators(ports: Ports, sql: Sql, list: List): Promise<void> {
  for (const collaborator of await loadCollaborators(sql, list.list_id)) await forget(ports, sql, list, collaborator)
}

/** A thousand entries that one has added, or has a note at; answers how many there were. */
async function handOver(ports: Ports, sql: Sql, { list_id, profile_id: owner_id }: List, profile_id: string): Promise<number> {
  const entries = await sql.rows<{ readonly title_id: string; readonly note_id: string | null; readonly theirs: number; readonly added_by: string; readonly version: number }>(
    'SELECT e.title_id, e.note_id, e.added_by, e.version, COALESCE(t.account_id = p.account_id AND p.account_id <> o.account_id, 0) AS theirs FROM list_entries e ' +
      'JOIN social_profiles p ON p.profile_id = ? JOIN social_profiles o ON o.profile_id = ? LEFT JOIN texts t ON t.text_id = e.note_id ' +
      `WHERE e.list_id = ? AND (e.added_by = p.profile_id OR (t.account_id = p.account_id AND p.account_id <> o.account_id)) LIMIT ${piece}`, [profile_id, owner_id, list_id])
  for (const { title_id, note_id, theirs, added_by, version } of entries) {
    await sql.run('UPDATE list_entries SET added_by = ?, note_id = ?, version = ? WHERE list_id = ? AND title_id = ?',
      [added_by === profile_id ? owner_id : added_by, theirs === 1 ? null : note_id, nextVersion(version, ports.clock.micros()), list_id, title_id])
  }
  await removeTexts(ports, sql, entries.map(({ note_id, theirs }) => (theirs === 1 ? note_id : null)))
  return entries.length
}

/** Removes a thousand entries with their notes; answers how many there were. */
export async function dropEntries(ports: Pick<Ports, 'clock'>, sql: Sql, list_id: string): Promise<number> {
  const notes = await sql.rows<{ readonly note_id: string | null }>(`SELECT note_id FROM list_entries WHERE list_id = ? ORDER BY title_id LIMIT ${piece}`, [list_id])
  await removeTexts(ports, sql, notes.map(({ note_id }) => note_id))
  return sql.run(`DELETE FROM list_entries WHERE list_id = ? ORDER BY title_id LIMIT ${piece}`, [list_id])
}
