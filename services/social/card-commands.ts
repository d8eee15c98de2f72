/** Puts cards, and lets profiles leave. */
import { accepted, Refused, Unavailable } from '../shared/errors.ts'
import type { Sql } from '../shared/mysql.ts'
import { readCard, readCardByHandle, writeCard } from './card-store.ts'
import { decide, type Card, type KeptCard } from './card.ts'
import { eraseProfile, type ErasurePorts } from './erasure.ts'
import { count } from './limits.ts'
import type { SocialPorts } from './ports.ts'
import { addText, changeText, openTexts, removeTexts } from './texts.ts'

export interface PutCard {
  readonly profile_id: string
  readonly account_id: string
  readonly kids: boolean
  readonly card: Card
  readonly expected: readonly number[] | undefined
}

/** In the caller's transaction; throws Refused, and Unavailable while what the profile had made before is still being removed. */
export async function putCard(ports: Pick<SocialPorts, 'clock' | 'vault'>, sql: Sql, { profile_id, account_id, kids, card, expected }: PutCard):
Promise<{ readonly card: KeptCard; readonly joined: boolean }> {
  const { clock, vault } = ports
  const row = await readCard(sql, profile_id, 'FOR UPDATE')
  if (row?.handle === null) throw new Unavailable(`putting the card of profile '${profile_id}': what it had made is still being removed; try again shortly`, { code: 'overloaded' })
  clock.saw(row?.version ?? 0)
  const now_us = clock.micros()
  const now_ms = Math.floor(now_us / 1_000)
  await count(sql, account_id, 'card', now_ms)
  const bio_id = row?.bio_id ?? null
  const kept = row === undefined ? undefined : {
    handle: row.handle, name: row.name, is_private: row.is_private === 1, version: row.version,
    bio: bio_id === null ? null : ((await openTexts(sql, vault, [bio_id])).get(bio_id) ?? null),
  }
  const holder = await readCardByHandle(sql, card.handle)
  const [event] = accepted(decide(kept, { card, now_us, expected }, { kids, is_taken: holder !== undefined && holder.profile_id !== profile_id }))
  if (event === undefined) return { card: { ...card, version: kept?.version ?? 0 }, joined: false }
  const text_id = await putBio(ports, sql, account_id, bio_id, kept?.bio ?? null, card.bio)
  await writeCard(sql, { ...event.card, profile_id, account_id, bio_id: text_id }, row === undefined, now_ms)
  return { card: event.card, joined: event.type === 'Joined' }
}

/** Answers the id of the text that is the bio now. */
async function putBio(ports: Pick<SocialPorts, 'clock' | 'vault'>, sql: Sql, account_id: string, text_id: string | null, before: string | null, bio: string | null): Promise<string | null> {
  if (bio === before) return text_id
  if (bio === null) {
    await removeTexts(ports, sql, [text_id])
    return null
  }
  if (text_id === null) return addText(ports, sql, account_id, bio)
  await changeText(ports, sql, account_id, text_id, bio)
  return text_id
}

/** Pieces of a profile that leaves: more than most have. */
const atOnce = 20

/** A profile leaves: its card is closed at once, and what it did here goes with it, or after it where that is much. Refused `social_profile_needed` where there is no card. */
export async function leave(ports: ErasurePorts, profile_id: string): Promise<void> {
  if ((await ports.database.read((sql) => readCard(sql, profile_id))) === undefined) {
    throw new Refused({ code: 'social_profile_needed', message: 'this profile has no card', field: 'path.profile_id' })
  }
  let pieces = 0
  await eraseProfile(ports, profile_id, () => ++pieces >= atOnce)
}
