/** Runs commands on how two profiles stand to one another, in the caller's transaction; and ends all relations of a profile that leaves. */
import { nextVersion } from '../shared/clock.ts'
import { accepted, Refused } from '../shared/errors.ts'
import type { Sql } from '../shared/mysql.ts'
import { count } from './limits.ts'
import { lockPair } from './members.ts'
import type { SocialPorts } from './ports.ts'
import { countFollowed, readRelation, someRelationsOf, writeRelation, type RelationRow } from './relation-store.ts'
import { decide, evolve, strangers, told, type RelationCommand, type RelationEvent, type Said } from './relation.ts'
import { idOf, notify, record, unnotify, withdraw } from './tell.ts'

type Ports = Pick<SocialPorts, 'clock' | 'activity' | 'notifications'>
/** How many a profile may follow. */
export const mostFollowed = 10_000

interface Ends { readonly ours: string; readonly theirs: string }
interface Versions { readonly ours: number; readonly theirs: number }

/** A row of the side that changes, after it: `gone` where nothing is left to say, with the version that the row had then. */
export interface Changed {
  readonly row: RelationRow
  readonly gone: boolean
}

async function say(ports: Ports, sql: Sql, { ours, theirs }: Ends, said: Said, versions: Versions): Promise<void> {
  if ('by' in said) {
    const [profile_id, other_id] = said.by === 'ours' ? [ours, theirs] : [theirs, ours]
    const tell = said.tell === 'record' ? record : withdraw
    await tell(ports, sql, { activity_id: idOf('followed', profile_id, other_id), profile_id, kind: 'followed', other_id, occurred_at: said.at, version: versions[said.by] })
    return
  }
  const [profile_id, actor_id] = said.to === 'ours' ? [ours, theirs] : [theirs, ours]
  // what is told is told of a follower's row, whichever end hears of it
  const followers = said.kind === 'follow_accepted' ? said.to : said.to === 'ours' ? 'theirs' : 'ours'
  const tell = said.tell === 'notify' ? notify : unnotify
  await tell(ports, sql, { notification_id: idOf(said.kind, actor_id, profile_id), profile_id, kind: said.kind, actor_id, occurred_at: said.at, version: versions[followers] })
}

async function tellAll(ports: Ports, sql: Sql, ends: Ends, events: readonly RelationEvent[], versions: Versions): Promise<void> {
  for (const said of events.flatMap(told)) await say(ports, sql, ends, said, versions)
}

const changesOther: ReadonlySet<RelationCommand> = new Set<RelationCommand>(['let_in', 'turn_away', 'remove_follower'])

/** Answers the side that the command is about: the other's for `let_in`, `turn_away` and `remove_follower`. Throws Refused. */
export async function relate(ports: Ports, sql: Sql, command: RelationCommand, profile_id: string, other_id: string): Promise<Changed> {
  if (profile_id === other_id) throw new Refused({ code: 'relates_to_self', message: 'must be another profile than the one that acts', field: 'path.other_id' })
  const { actor, other } = await lockPair(sql, profile_id, other_id)
  const stored = { ours: await readRelation(sql, profile_id, other_id), theirs: await readRelation(sql, other_id, profile_id) }
  for (const row of [stored.ours, stored.theirs]) ports.clock.saw(row?.version ?? 0)
  const now_us = ports.clock.micros()
  const now_ms = Math.floor(now_us / 1_000)
  await count(sql, actor.account_id, 'relate', now_ms)
  const before = { ours: stored.ours ?? strangers, theirs: stored.theirs ?? strangers }
  const followed = command === 'follow' && before.ours.follow === 'none' ? await countFollowed(sql, profile_id) : 0
  const events = accepted(decide(before, command, { is_private: other.is_private, followed, most: mostFollowed }, now_ms))
  const after = events.reduce(evolve, before)
  const versions = { ours: nextVersion(stored.ours?.version, now_us), theirs: nextVersion(stored.theirs?.version, now_us) }
  const answers: Record<'ours' | 'theirs', Changed> = {
    ours: keep(stored.ours, profile_id, other_id),
    theirs: keep(stored.theirs, other_id, profile_id),
  }
  for (const whose of ['ours', 'theirs'] as const) {
    if (after[whose] === before[whose]) continue
    const ends = whose === 'ours' ? { profile_id, other_id } : { profile_id: other_id, other_id: profile_id }
    const there = await writeRelation(sql, { ...ends, ...sideOf(after[whose]), version: versions[whose] }, now_ms)
    const version = there ? versions[whose] : (stored[whose]?.version ?? 0)
    answers[whose] = { row: { ...ends, ...sideOf(after[whose]), version }, gone: !there }
  }
  await tellAll(ports, sql, { ours: profile_id, theirs: other_id }, events, versions)
  return answers[changesOther.has(command) ? 'theirs' : 'ours']
}

const sideOf = ({ follow, blocked, muted, followed_at }: RelationRow | typeof strangers) => ({ follow, blocked, muted, followed_at })
const keep = (row: RelationRow | undefined, profile_id: string, other_id: string): Changed =>
  ({ row: row ?? { profile_id, other_id, ...strangers, version: 0 }, gone: row === undefined })

/** Of a statement and a transaction. */
const piece = 200

/**
 * Removes some of the relations that a profile has to others and others to it, and takes back what was told of them; answers how many,
 * 0 when none is left. Its card must have been closed before, so that no new ones come; run each piece in a transaction of its own.
 */
export async function removeRelations(ports: Ports, sql: Sql, profile_id: string): Promise<number> {
  const rows = await someRelationsOf(sql, profile_id, piece)
  for (const row of rows) {
    ports.clock.saw(row.version)
    const version = nextVersion(row.version, ports.clock.micros())
    const ends = { ours: row.profile_id, theirs: row.other_id }
    if (row.follow !== 'none') await tellAll(ports, sql, ends, [{ type: 'FollowEnded', whose: 'ours', was: row.follow, at: row.followed_at ?? 0 }], { ours: version, theirs: version })
    await sql.run('DELETE FROM relations WHERE profile_id = ? AND other_id = ?', [row.profile_id, row.other_id])
  }
  return rows.length
}
