/** Who acts here, and how they stand to one another, as MySQL has it: under the lock of the one who acts. */
import { Refused } from '../shared/errors.ts'
import type { Sql } from '../shared/mysql.ts'

export interface Member {
  readonly profile_id: string
  readonly account_id: string
  readonly handle: string
  readonly name: string
  readonly bio_id: string | null
  readonly is_private: boolean
  readonly version: number
}
type Stored = Omit<Member, 'is_private' | 'handle'> & { readonly is_private: number; readonly handle: string | null }
const columns = 'profile_id, account_id, handle, name, bio_id, is_private, version'

async function load(sql: Sql, profile_id: string, lock: string): Promise<Member | undefined> {
  const [row] = await sql.rows<Stored>(`SELECT ${columns} FROM social_profiles WHERE profile_id = ? ${lock}`, [profile_id])
  return row === undefined || row.handle === null ? undefined : { ...row, handle: row.handle, is_private: row.is_private === 1 }
}

const cardNeeded = (): Refused => new Refused({ code: 'social_profile_needed', message: 'choose a handle first: PUT /v1/members/{profile_id}/card', field: 'path.profile_id' })

/** Who acts, locked until the transaction ends: what one profile does here happens one after the other. Refused `social_profile_needed` without a card. */
export async function lockActor(sql: Sql, profile_id: string): Promise<Member> {
  const actor = await load(sql, profile_id, 'FOR UPDATE')
  if (actor === undefined) throw cardNeeded()
  return actor
}

/**
 * Who acts and who it concerns, both locked, in the order of their ids: two who turn to one another at once wait, and do not deadlock.
 * Refused `social_profile_needed` where the one who acts has no card; `other` is undefined where that one has none.
 */
export async function lockBoth(sql: Sql, profile_id: string, other_id: string): Promise<{ readonly actor: Member; readonly other: Member | undefined }> {
  const earlier = other_id < profile_id ? await load(sql, other_id, 'FOR UPDATE') : undefined
  const actor = await lockActor(sql, profile_id)
  return { actor, other: earlier ?? (await load(sql, other_id, 'FOR UPDATE')) }
}

/** The same; Refused `member_not_found` where the other has no card. */
export async function lockPair(sql: Sql, profile_id: string, other_id: string): Promise<{ readonly actor: Member; readonly other: Member }> {
  const { actor, other } = await lockBoth(sql, profile_id, other_id)
  if (other === undefined) throw new Refused({ code: 'member_not_found', message: 'there is no such member', field: 'path.other_id' })
  return { actor, other }
}

/** Anybody; undefined where there is no such member. */
export const readMember = (sql: Sql, profile_id: string): Promise<Member | undefined> => load(sql, profile_id, '')

/** For what only a member reads of themselves: the guard lets a profile without a card pass. Throws Refused `social_profile_needed`. */
export async function mustBeMember(sql: Sql, profile_id: string): Promise<void> {
  if ((await readMember(sql, profile_id)) === undefined) throw cardNeeded()
}

export interface Standing {
  readonly follow: 'none' | 'requested' | 'following'
  readonly blocked: boolean
  readonly muted: boolean
}
const strangers: Standing = { follow: 'none', blocked: false, muted: false }

/** How `from` stands to `to`. */
export async function standing(sql: Sql, from: string, to: string): Promise<Standing> {
  const [row] = await sql.rows<{ readonly follow: Standing['follow']; readonly blocked: number; readonly muted: number }>(
    'SELECT follow, blocked, muted FROM relations WHERE profile_id = ? AND other_id = ?', [from, to])
  return row === undefined ? strangers : { follow: row.follow, blocked: row.blocked === 1, muted: row.muted === 1 }
}

/** Whether `actor` may see, like and answer what `owner` does: nobody has blocked the other, and a private owner has let them in. */
export async function maySee(sql: Sql, actor: Pick<Member, 'profile_id'>, owner: Pick<Member, 'profile_id' | 'is_private'>): Promise<boolean> {
  if (actor.profile_id === owner.profile_id) return true
  const [theirs, ours] = [await standing(sql, owner.profile_id, actor.profile_id), await standing(sql, actor.profile_id, owner.profile_id)]
  return !theirs.blocked && !ours.blocked && (!owner.is_private || ours.follow === 'following')
}
