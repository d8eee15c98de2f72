/** Runs commands on the entries of lists, in the caller's transaction. */
import { instantOf, nextVersion } from '../shared/clock.ts'
import { accepted, Refused } from '../shared/errors.ts'
import type { Sql } from '../shared/mysql.ts'
import { decidePut, type Where } from './entry.ts'
import { countEntries, lastPlace, loadEntries, loadEntry, placeAnew, putEntries, readEntries, surroundings, type StoredEntry } from './entry-store.ts'
import { count } from './limits.ts'
import { fixedList, type ListPorts } from './list-commands.ts'
import { loadCollaborators, loadList } from './list-store.ts'
import { mostEntries, noList, type List } from './list.ts'
import { lockActor, standing, type Member } from './members.ts'
import { placesAfter } from './place.ts'
import { addText, removeTexts } from './texts.ts'

/** A list that the actor keeps, its owner's or with its owner, locked. */
export interface Kept { readonly actor: Member; readonly list: List }

/** Throws Refused; whom the owner has blocked, or who has blocked them, keeps nothing. */
export async function lockKept(sql: Sql, profile_id: string, list_id: string): Promise<Kept> {
  const actor = await lockActor(sql, profile_id)
  const list = await loadList(sql, list_id, 'FOR UPDATE')
  if (list === undefined) throw new Refused(noList)
  if (list.profile_id === profile_id) return { actor, list }
  const keeps = (await loadCollaborators(sql, list_id)).some((one) => one.profile_id === profile_id)
  const blocked = keeps && ((await standing(sql, list.profile_id, profile_id)).blocked || (await standing(sql, profile_id, list.profile_id)).blocked)
  if (!keeps || blocked) throw new Refused(noList)
  return { actor, list }
}

/** The actor's watchlist or favourites, as a list that they keep. */
export async function lockFixed(ports: ListPorts, sql: Sql, profile_id: string, kind: 'watchlist' | 'favourites'): Promise<Kept> {
  const actor = await lockActor(sql, profile_id)
  return { actor, list: await fixedList(ports, sql, actor, kind) }
}

export interface Put {
  readonly title_id: string
  readonly where: Where
  /** Left out: as it is; null: none. */
  readonly note?: string | null | undefined
}
export interface PutOutcome { readonly before: StoredEntry | undefined; readonly after: StoredEntry }

/** Adds a title, or moves it, or changes what is noted of it; throws Refused. */
export async function putEntry(ports: ListPorts, sql: Sql, { actor, list }: Kept, { title_id, where, note }: Put, expected?: readonly number[]): Promise<PutOutcome> {
  const { clock } = ports
  const { list_id } = list
  await count(sql, actor.account_id, 'list_entry', instantOf(clock.micros()))
  const before = await loadEntry(sql, list_id, title_id)
  assertExpected(before, expected)
  clock.saw(before?.version ?? 0)
  const decided = async () => accepted(decidePut(await surroundings(sql, list_id, title_id, where, mostEntries[list.kind]), where))
  let [event] = await decided()
  if (event?.type === 'Crowded') {
    await placeAnew(sql, list_id, clock.micros())
    ;[event] = await decided()
  }
  const current = event === undefined ? before : await loadEntry(sql, list_id, title_id)
  const now_us = clock.micros()
  const placed = event?.type === 'Placed' ? event : undefined
  const place = placed?.place ?? current?.place
  if (place === undefined) throw new Error(`putting title '${title_id}' into list '${list_id}': it has no place`)
  if (placed === undefined && note === undefined && current !== undefined) return { before, after: current }
  const note_id = note === undefined ? (current?.note_id ?? null) : note === null ? null : await addText(ports, sql, actor.account_id, note)
  const after = madeOf(current, { list_id, title_id, place, note_id, added_by: actor.profile_id }, now_us)
  await putEntries(sql, [after])
  if (note !== undefined) await removeTexts(ports, sql, [current?.note_id ?? null])
  return { before, after }
}

/** An entry as it is to be; who added it, and when, stays. */
const madeOf = (known: StoredEntry | undefined, entry: Omit<StoredEntry, 'version' | 'added_at'>, now_us: number): StoredEntry =>
  ({ ...entry, added_by: known?.added_by ?? entry.added_by, version: nextVersion(known?.version, now_us), added_at: known?.added_at ?? new Date(instantOf(now_us)) })

/** Removes a title; answers its entry as it was. Throws Refused. */
export async function removeEntry(ports: ListPorts, sql: Sql, { list: { list_id } }: Kept, title_id: string, expected?: readonly number[]): Promise<StoredEntry> {
  const entry = await loadEntry(sql, list_id, title_id)
  if (entry === undefined) throw new Refused({ code: 'entry_not_found', message: 'the list does not have this title', field: 'path.title_id' })
  assertExpected(entry, expected)
  ports.clock.saw(entry.version)
  await sql.run('DELETE FROM list_entries WHERE list_id = ? AND title_id = ?', [list_id, title_id])
  await removeTexts(ports, sql, [entry.note_id])
  return entry
}

function assertExpected(entry: StoredEntry | undefined, expected: readonly number[] | undefined): void {
  if (expected !== undefined && !(entry !== undefined && expected.includes(entry.version))) {
    throw new Refused({ code: 'version_mismatch', message: 'the entry has changed since the version in If-Match', field: 'header.if-match' })
  }
}

export interface NewEntry { readonly title_id: string; readonly note?: string }
export interface Appended { readonly added: number; readonly unchanged: number }

/** Adds titles at the end, in their order; those that are there stay as they are. All of them or, where it would be too many, none. Throws Refused. */
export async function appendEntries(ports: ListPorts, sql: Sql, kept: Kept, given: readonly NewEntry[]): Promise<Appended> {
  const now_us = ports.clock.micros()
  await count(sql, kept.actor.account_id, 'list_entry', instantOf(now_us), given.length)
  return addLast(ports, sql, kept, given, { now_us, added_at: instantOf(now_us) })
}

/** The same, counted by nobody; `added_at` is in ms. */
export async function addLast(
  ports: ListPorts, sql: Sql, { actor, list }: Kept, given: readonly NewEntry[], { now_us, added_at }: { readonly now_us: number; readonly added_at: number },
): Promise<Appended> {
  const { list_id, kind } = list
  const known = new Set((await loadEntries(sql, list_id, given.map(({ title_id }) => title_id))).map(({ title_id }) => title_id))
  // the first of several mentions counts
  const first = new Map(given.map(({ title_id }, index) => [title_id, index] as const).toReversed())
  const fresh = given.filter(({ title_id }, index) => first.get(title_id) === index && !known.has(title_id))
  if ((await countEntries(sql, list_id)) + fresh.length > mostEntries[kind]) {
    throw new Refused({ code: 'list_full', message: `this list holds ${mostEntries[kind]} titles at most; remove some first, or add fewer`, field: 'entries' })
  }
  const places = placesAfter(await lastPlace(sql, list_id), fresh.length)
  const added: StoredEntry[] = []
  for (const [index, { title_id, note }] of fresh.entries()) {
    const note_id = note === undefined ? null : await addText(ports, sql, actor.account_id, note)
    added.push({ list_id, title_id, place: places[index] ?? '', note_id, added_by: actor.profile_id, version: now_us, added_at: new Date(added_at) })
  }
  await putEntries(sql, added)
  return { added: added.length, unchanged: given.length - added.length }
}

/** Makes these, in this order, all that the favourites hold; the same again changes nothing. Throws Refused. */
export async function setFavourites(ports: ListPorts, sql: Sql, { actor, list }: Kept, title_ids: readonly string[]): Promise<void> {
  const { list_id } = list
  const now = await readEntries(sql, list_id, mostEntries.favourites, '')
  if (now.length === title_ids.length && now.every(({ title_id }, index) => title_id === title_ids[index])) return
  await count(sql, actor.account_id, 'list_entry', instantOf(ports.clock.micros()), title_ids.length)
  for (const { title_id, note_id } of now.filter((entry) => !title_ids.includes(entry.title_id))) {
    await sql.run('DELETE FROM list_entries WHERE list_id = ? AND title_id = ?', [list_id, title_id])
    await removeTexts(ports, sql, [note_id])
  }
  const places = placesAfter(now.at(-1)?.place ?? null, title_ids.length)
  const now_us = ports.clock.micros()
  await putEntries(sql, title_ids.map((title_id, index) => {
    const known = now.find((entry) => entry.title_id === title_id)
    return madeOf(known, { list_id, title_id, place: places[index] ?? '', note_id: known?.note_id ?? null, added_by: actor.profile_id }, now_us)
  }))
}
