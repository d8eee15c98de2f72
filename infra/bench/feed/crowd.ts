/** Members who follow one another in a power law, put into MySQL at once: the road through the services is what is measured, not how they came to be. */
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { newId } from '@cdlc/services/shared/clock.ts'
import { createConnection, type Connection } from 'mysql2/promise'

import { seeded } from '../harness.ts'

export interface Crowd {
  readonly members: readonly string[]
  /** By who is followed, with 1,000 at most, who are found in their feeds. */
  readonly followers: ReadonlyMap<string, readonly string[]>
  readonly follows: number
  remove(): Promise<void>
}

const PIECE = 2_000
const pieces = <T>(rows: readonly T[]): readonly (readonly T[])[] => Array.from({ length: Math.ceil(rows.length / PIECE) }, (_, n) => rows.slice(n * PIECE, (n + 1) * PIECE))

/** Preferential attachment (Barabási and Albert, Science 286, 1999): each newcomer follows `mean` of those before it, drawn by how many follow them. */
export function powerLaw(members: readonly string[], mean: number, random: () => number): readonly (readonly [string, string])[] {
  const pot = members.slice(0, 1)
  const pairs = new Map<string, readonly [string, string]>()
  for (const member of members) {
    for (let n = 0; n < mean; n++) {
      const other = pot[Math.floor(random() * pot.length)]
      if (other === undefined || other === member || pairs.has(`${member} ${other}`)) continue
      pairs.set(`${member} ${other}`, [member, other])
      pot.push(other)
    }
    pot.push(member)
  }
  return [...pairs.values()]
}

/** Puts them in a power law; `remove` takes them out again, and what they did meanwhile. */
export function makeCrowd(endpoints: Endpoints, { accounts, mean, seed, say }: { readonly accounts: number; readonly mean: number; readonly seed: number; readonly say: (text: string) => void }): Promise<Crowd> {
  const members = newMembers(accounts)
  return putCrowd(endpoints, members, powerLaw(members, mean, seeded(seed)), say)
}

export const newMembers = (count: number): readonly string[] => Array.from({ length: count }, () => newId(Date.now() * 1_000))

/** The same of any pairs of who follows and who is followed. */
export async function putCrowd({ mysql }: Endpoints, members: readonly string[], pairs: readonly (readonly [string, string])[], say: (text: string) => void): Promise<Crowd> {
  const connection: Connection = await createConnection({ ...mysql, database: 'user', timezone: 'Z', connectTimeout: 5_000 })
  const run = Date.now().toString(36)
  const now = new Date()
  const version = now.getTime() * 1_000
  say(`putting ${members.length.toLocaleString('en-US')} members and ${pairs.length.toLocaleString('en-US')} followings into MySQL`)
  for (const piece of pieces([...members.entries()])) {
    await connection.query('INSERT INTO social_profiles (profile_id, account_id, handle, name, bio_id, is_private, version, created_at, updated_at) VALUES ?',
      [piece.map(([n, id]) => [id, id, `bench.${run}.${n}`, 'Bench', null, 0, version, now, now])])
  }
  for (const piece of pieces(pairs)) {
    await connection.query('INSERT INTO relations (profile_id, other_id, follow, blocked, muted, followed_at, version, updated_at) VALUES ?', [piece.map(([from, to]) => [from, to, 'following', 0, 0, now, version, now])])
  }
  return {
    members, follows: pairs.length,
    followers: new Map([...Map.groupBy(pairs, ([, to]) => to)].map(([to, from]) => [to, from.map(([follower]) => follower)])),
    async remove() {
      say('removing what was made')
      for (const piece of pieces(members)) {
        await connection.query('DELETE FROM likes WHERE profile_id IN (?)', [piece])
        await connection.query('DELETE FROM action_counts WHERE account_id IN (?)', [piece])
        await connection.query('DELETE FROM relations WHERE profile_id IN (?)', [piece])
        await connection.query("UPDATE social_profiles SET handle = NULL, name = '' WHERE profile_id IN (?)", [piece])
        await connection.query('DELETE FROM social_profiles WHERE profile_id IN (?)', [piece])
      }
      await connection.end()
    },
  }
}
