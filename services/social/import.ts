/**
 * What a person brings along from elsewhere, made as if they had made it here at the time: by the same deciders, each item in a transaction of
 * its own. Nobody is told of it, and no hourly limit counts it: these are years of somebody's life at once.
 */
import type { ImportItem__Output } from '@cdlc/schemas/generated/proto/cdlc/user/v1/ImportItem.ts'
import type { ImportItemsRequest__Output } from '@cdlc/schemas/generated/proto/cdlc/user/v1/ImportItemsRequest.ts'
import type { ImportItemsResponse } from '@cdlc/schemas/generated/proto/cdlc/user/v1/ImportItemsResponse.ts'
import { instantOf } from '../shared/clock.ts'
import { Refused } from '../shared/errors.ts'
import type { Sql } from '../shared/mysql.ts'
import { knownTitles } from '../shared/titles.ts'
import { addLast, lockFixed, lockKept, type Kept } from './entry-commands.ts'
import { checkItem } from './import-check.ts'
import { loadLike, putLike } from './like-commands.ts'
import { putList } from './list-commands.ts'
import { loadList } from './list-store.ts'
import { noList } from './list.ts'
import { lockActor, mustBeMember, readMember, type Member } from './members.ts'
import { noProfile } from './ownership.ts'
import type { SocialPorts } from './ports.ts'
import { putReview } from './review-commands.ts'
import { loadReview } from './review-store.ts'
import { addText } from './texts.ts'

/** Items of one call. */
export const mostItems = 100

export type ImportPorts = Pick<SocialPorts, 'database' | 'clock' | 'vault' | 'activity' | 'notifications' | 'titles' | 'findProfile'>
type Outcome = 'made' | 'present'
/** A title, and what is to be noted of it there. */
interface Entry { readonly title_id: string; readonly note: string; readonly added_at: number }

const taken = (): Refused => new Refused({ code: 'invalid_request', message: 'the id is somebody else\'s; give the item another', field: 'item_id' })
/** When it was done: as it was told, unless that is no instant of the past. */
const since = (at: number, now_us: number): number => (at > 0 && at <= instantOf(now_us) ? at : instantOf(now_us))

async function addEntry(ports: ImportPorts, sql: Sql, kept: Kept, { title_id, note, added_at }: Entry): Promise<Outcome> {
  const now_us = ports.clock.micros()
  const { added } = await addLast(ports, sql, kept, [{ title_id, ...(note === '' ? {} : { note }) }], { now_us, added_at: since(added_at, now_us) })
  return added > 0 ? 'made' : 'present'
}

/** A list that the person has made themselves: not their watchlist, nor one that they keep with somebody. */
async function lockOwnList(sql: Sql, { profile_id }: Member, list_id: string): Promise<Kept> {
  const kept = await lockKept(sql, profile_id, list_id)
  if (kept.list.profile_id !== profile_id || kept.list.kind !== 'custom') throw new Refused({ ...noList, field: 'list_id' })
  return kept
}

async function make(ports: ImportPorts, sql: Sql, actor: Member, { item_id, review, list, list_entry, like, watchlist_entry }: ImportItem__Output): Promise<Outcome> {
  const { profile_id, account_id } = actor
  const now_us = ports.clock.micros()
  if (review) {
    const known = await loadReview(sql, item_id)
    if (known !== undefined && known.profile_id !== profile_id) throw taken()
    if (known !== undefined) return 'present'
    const { title_id, body, half_stars, spoiler, language, viewing_id, written_at } = review
    const words = { title_id, body, spoiler, language: language === '' ? 'und' : language, half_stars: half_stars === 0 ? null : half_stars, viewing_id: viewing_id === '' ? null : viewing_id }
    await putReview(ports, sql, actor, words, { review_id: item_id, now_us, written_at: since(written_at, now_us) })
    return 'made'
  }
  if (list) {
    const known = await loadList(sql, item_id)
    if (known !== undefined && known.profile_id !== profile_id) throw taken()
    if (known !== undefined) return 'present'
    const { name, description, ranked, visibility, created_at } = list
    const description_id = description === '' ? null : await addText(ports, sql, account_id, description)
    const shown = visibility === 'public' || visibility === 'unlisted' ? visibility : 'private'
    await putList(sql, { list_id: item_id, profile_id, kind: 'custom', name, description_id, ranked, visibility: shown, cloned_from: null }, { now_us, made_at: since(created_at, now_us) })
    return 'made'
  }
  if (list_entry) return addEntry(ports, sql, await lockOwnList(sql, actor, list_entry.list_id), list_entry)
  if (watchlist_entry) return addEntry(ports, sql, await lockFixed(ports, sql, profile_id, 'watchlist'), { ...watchlist_entry, note: '' })
  if (like) {
    const key = { subject_kind: 'title', subject_id: like.title_id, profile_id } as const
    if ((await loadLike(sql, key)) !== undefined) return 'present'
    await putLike(sql, { ...key, liked_at: new Date(since(like.liked_at, now_us)), version: now_us })
    return 'made'
  }
  throw new Refused({ code: 'invalid_request', message: 'says nothing that could be made; give it a review, list, list_entry, like or watchlist_entry', field: 'items' })
}

/** Throws Refused: `profile_not_found` where the profile is not the account's, `social_profile_needed` where it has no card. */
async function assertMember({ database, findProfile }: ImportPorts, account_id: string, profile_id: string): Promise<void> {
  const card = await database.read((sql) => readMember(sql, profile_id))
  const owner = card ?? (await findProfile(profile_id))
  if (owner?.account_id !== account_id) throw noProfile('profile_id')
  await database.read((sql) => mustBeMember(sql, profile_id))
}

const titleOf = ({ review, list_entry, like, watchlist_entry }: ImportItem__Output): string | undefined => (review ?? list_entry ?? like ?? watchlist_entry)?.title_id

/** Makes items one by one; what is refused is told, and does not hinder the rest. Throws Refused for the call as a whole, Unavailable where a store is away. */
export async function importItems(ports: ImportPorts, { account_id, profile_id, items }: ImportItemsRequest__Output): Promise<ImportItemsResponse> {
  if (items.length > mostItems) throw new Refused({ code: 'invalid_request', message: `must be ${mostItems} at most; send the rest in another call`, field: 'items' })
  if (items.length === 0) return { outcomes: [] }
  await assertMember(ports, account_id, profile_id)
  const checked = items.map((item) => ({ item, fault: checkItem(item) }))
  const titles = await knownTitles(ports.titles, checked.flatMap(({ item, fault }) => (fault === undefined ? [titleOf(item) ?? []].flat() : [])), Date.now())
  const outcomes: { readonly item_id: string; readonly code: string; readonly message: string }[] = []
  for (const { item, fault } of checked) {
    const { item_id } = item
    const title_id = titleOf(item)
    const unknown = title_id === undefined || titles.has(title_id) ? undefined : { code: 'unknown_title', message: 'no title has this id; match the row to another' }
    const refused = fault ?? unknown
    if (refused !== undefined) {
      outcomes.push({ item_id, ...refused })
      continue
    }
    try {
      outcomes.push({ item_id, code: await ports.database.transact(async (sql) => make(ports, sql, await lockActor(sql, profile_id), item)), message: '' })
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      outcomes.push({ item_id, code: error.code, message: error.message })
    }
  }
  return { outcomes }
}
