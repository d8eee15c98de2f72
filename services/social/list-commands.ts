/** Runs commands on lists, in the caller's transaction. */
import { instantOf, newId, nextVersion } from '../shared/clock.ts'
import { accepted, Refused } from '../shared/errors.ts'
import type { Sql } from '../shared/mysql.ts'
import { removeReports } from './about.ts'
import { forgetCollaborators } from './collaborator-commands.ts'
import { placesAfter } from './place.ts'
import { putEntries, readEntries } from './entry-store.ts'
import { count } from './limits.ts'
import { append, countLists, loadCollaborators, loadFixed, loadList } from './list-store.ts'
import { decide, evolve, isTold, noList, type List, type ListChange, type ListKind, type NewList } from './list.ts'
import { lockActor, maySee, readMember, type Member } from './members.ts'
import type { SocialPorts } from './ports.ts'
import { beginRemoval, mustNotBeRemoved } from './removals.ts'
import { idOf, record, withdraw } from './tell.ts'
import { addText, changeText, removeTexts } from './texts.ts'

export type ListPorts = Pick<SocialPorts, 'clock' | 'vault' | 'activity' | 'notifications'>

/** A list that becomes public is told of with the time at which it was made: that one is known when it is to be taken back. */
async function tell(ports: ListPorts, sql: Sql, before: List | undefined, after: List | undefined): Promise<void> {
  const list = after ?? before
  if (list === undefined || isTold(before) === isTold(after)) return
  const { list_id, profile_id, created_at } = list
  const version = after?.version ?? nextVersion(list.version, ports.clock.micros())
  const about = { activity_id: idOf('listed', list_id), profile_id, kind: 'listed', subject_kind: 'list', subject_id: list_id, occurred_at: created_at, version } as const
  await (isTold(after) ? record : withdraw)(ports, sql, about)
}

/** Puts a list under an id that none has; counts nothing and tells nobody. `made_at` is in ms. Throws Refused. */
export async function putList(sql: Sql, list: NewList, at: { readonly now_us: number; readonly made_at?: number }): Promise<List> {
  const { list_id } = list
  const events = accepted(decide(undefined, { do: 'make', list, count: list.kind === 'custom' ? await countLists(sql, list.profile_id) : 0, ...at }))
  await append(sql, list_id, events)
  await mustNotBeRemoved(sql, list_id)
  const made = events.reduce<List | undefined>(evolve, undefined)
  if (made === undefined) throw new Error(`making list '${list_id}': it is not there after it was made`)
  return made
}

async function make(ports: ListPorts, sql: Sql, given: Omit<NewList, 'list_id'>): Promise<List> {
  const now_us = ports.clock.micros()
  const list = await putList(sql, { ...given, list_id: newId(now_us) }, { now_us })
  await tell(ports, sql, undefined, list)
  return list
}

export interface ListWords extends Pick<List, 'name' | 'visibility' | 'ranked'> {
  readonly description: string | null
}

/** Makes a list; throws Refused. */
export async function makeList(ports: ListPorts, sql: Sql, profile_id: string, { description, ...words }: ListWords): Promise<List> {
  const { account_id } = await lockActor(sql, profile_id)
  await count(sql, account_id, 'list', instantOf(ports.clock.micros()))
  const description_id = description === null ? null : await addText(ports, sql, account_id, description)
  return make(ports, sql, { ...words, profile_id, kind: 'custom', description_id, cloned_from: null })
}

const fixedNames = { watchlist: 'Watchlist', favourites: 'Favourites' } as const
/** A profile's watchlist or favourites, locked, and made where it has none; who asks holds the profile's card. */
export const fixedList = async (ports: ListPorts, sql: Sql, { profile_id }: Pick<Member, 'profile_id'>, kind: Exclude<ListKind, 'custom'>): Promise<List> =>
  (await loadFixed(sql, profile_id, kind, 'FOR UPDATE')) ??
  make(ports, sql, { profile_id, kind, name: fixedNames[kind], description_id: null, visibility: 'public', ranked: kind === 'favourites', cloned_from: null })

/** The actor's own list, locked; throws Refused. */
export async function lockOwn(sql: Sql, profile_id: string, list_id: string): Promise<{ readonly actor: Member; readonly list: List }> {
  const actor = await lockActor(sql, profile_id)
  const list = await loadList(sql, list_id, 'FOR UPDATE')
  if (list?.profile_id !== profile_id) throw new Refused(noList)
  return { actor, list }
}

/** Changes what is given; throws Refused. */
export async function changeList(
  ports: ListPorts, sql: Sql, profile_id: string, list_id: string, { description, ...given }: Partial<ListWords>, expected: readonly number[] | undefined,
): Promise<List> {
  const { actor: { account_id }, list } = await lockOwn(sql, profile_id, list_id)
  ports.clock.saw(list.version)
  const decided = (change: ListChange) => accepted(decide(list, { do: 'change', change, expected, now_us: ports.clock.micros() }))
  decided(given) // refuses before any word is written
  const words = await describe(ports, sql, account_id, list.description_id, description)
  const events = decided({ ...given, ...words })
  await append(sql, list_id, events)
  const after = events.reduce<List>((state, event) => evolve(state, event) ?? state, list)
  await tell(ports, sql, list, after)
  return after
}

async function describe(ports: ListPorts, sql: Sql, account_id: string, text_id: string | null, description: string | null | undefined): Promise<ListChange> {
  if (description === undefined) return {}
  if (description === null) {
    await removeTexts(ports, sql, [text_id])
    return { description_id: null }
  }
  if (text_id === null) return { description_id: await addText(ports, sql, account_id, description) }
  await changeText(ports, sql, account_id, text_id, description)
  return { rewritten: true }
}

/** Removes a list that is locked, whatever its kind: a moderator's or an erasure's way. What is in it or said of it goes with it, or after it where that is much. */
export async function dropList(ports: ListPorts, sql: Sql, list: List): Promise<void> {
  const { list_id, profile_id, description_id, version } = list
  await removeReports(ports, sql, [list_id])
  await forgetCollaborators(ports, sql, list)
  await tell(ports, sql, list, undefined)
  await append(sql, list_id, [{ type: 'ListRemoved', version }])
  await removeTexts(ports, sql, [description_id])
  await beginRemoval(ports, sql, { subject_id: list_id, subject_kind: 'list', owner_id: profile_id })
}

/** Removes a list of one's own; answers it as it was. Throws Refused. */
export async function removeList(ports: ListPorts, sql: Sql, profile_id: string, list_id: string, expected: readonly number[] | undefined): Promise<List> {
  const { list } = await lockOwn(sql, profile_id, list_id)
  accepted(decide(list, { do: 'remove', expected, now_us: ports.clock.micros() }))
  await dropList(ports, sql, list)
  return list
}

/** Whether the actor may see a list that they know the id of; as shared/visibility.ts says, out of MySQL. */
export async function maySeeList(sql: Sql, actor: Member, list: List): Promise<boolean> {
  if (list.profile_id === actor.profile_id) return true
  if ((await loadCollaborators(sql, list.list_id)).some(({ profile_id }) => profile_id === actor.profile_id)) return true
  const owner = await readMember(sql, list.profile_id)
  return list.visibility !== 'private' && owner !== undefined && maySee(sql, actor, owner)
}

const piece = 1_000
/** Copies a list's titles in their order; not the words, which are their writers'. Throws Refused. */
export async function cloneList(ports: ListPorts, sql: Sql, profile_id: string, list_id: string, name: string | undefined): Promise<List> {
  const actor = await lockActor(sql, profile_id)
  await count(sql, actor.account_id, 'list', instantOf(ports.clock.micros()))
  const source = await loadList(sql, list_id, 'FOR SHARE')
  if (source === undefined || !(await maySeeList(sql, actor, source))) throw new Refused(noList)
  const copy = await make(ports, sql, { profile_id, kind: 'custom', name: name ?? source.name, description_id: null, visibility: 'private', ranked: source.ranked, cloned_from: list_id })
  let last: string | null = null
  for (let after = '', found = piece; found === piece; ) {
    const entries = await readEntries(sql, list_id, piece, after)
    const places = placesAfter(last, entries.length)
    const added_at = new Date(copy.created_at)
    await putEntries(sql, entries.map(({ title_id }, index) => ({ list_id: copy.list_id, title_id, place: places[index] ?? '', note_id: null, added_by: profile_id, version: copy.version, added_at })))
    last = places.at(-1) ?? last
    after = entries.at(-1)?.place ?? after
    found = entries.length
  }
  return copy
}
