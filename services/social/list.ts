/** What may happen to a list. Pure: no clock, no store. */
import { instantOf, nextVersion } from '../shared/clock.ts'
import type { Refusal } from '../shared/errors.ts'

export type Visibility = 'public' | 'unlisted' | 'private'
export type ListKind = 'custom' | 'watchlist' | 'favourites'
export interface List {
  readonly list_id: string
  readonly profile_id: string
  /** There is one watchlist and one list of favourites per profile, made when first needed; they stay as they are. */
  readonly kind: ListKind
  readonly name: string
  readonly description_id: string | null
  readonly visibility: Visibility
  readonly ranked: boolean
  /** The list that this one was made from, whatever became of it since; never followed by any reader. */
  readonly cloned_from: string | null
  readonly version: number
  /** ms since the epoch. */
  readonly created_at: number
  readonly updated_at: number
}

/** Lists of one profile. */
export const mostLists = 500
/** Titles of one list, by its kind. */
export const mostEntries: Readonly<Record<ListKind, number>> = { custom: 10_000, watchlist: 10_000, favourites: 4 }
export const mostCollaborators = 50

export type NewList = Pick<List, 'list_id' | 'profile_id' | 'kind' | 'name' | 'description_id' | 'visibility' | 'ranked' | 'cloned_from'>
/** `rewritten`: the description says something else under the id it had. */
export type ListChange = Partial<Pick<List, 'name' | 'description_id' | 'visibility' | 'ranked'>> & { readonly rewritten?: boolean }
export type ListCommand = { readonly now_us: number } & (
  | { readonly do: 'make'; readonly list: NewList; /** The profile's lists so far. */ readonly count: number; /** In ms; left out: now. */ readonly made_at?: number }
  | { readonly do: 'change'; readonly change: ListChange; readonly expected?: readonly number[] | undefined }
  | { readonly do: 'remove'; readonly expected?: readonly number[] | undefined }
)
export type ListEvent = { readonly type: 'ListPut'; readonly list: List } | { readonly type: 'ListRemoved'; readonly version: number }

/** The answer to who asks for a list that is not there, or not theirs, or not to be seen by them. */
export const noList: Refusal = { code: 'list_not_found', message: 'no list has this id', field: 'path.list_id' }

/** The events a command leads to; none where it changes nothing. */
export function decide(list: List | undefined, command: ListCommand): readonly ListEvent[] | Refusal {
  const { now_us } = command
  if (command.do === 'make') {
    if (command.count >= mostLists) return { code: 'too_many_lists', message: `a profile has ${mostLists} lists at most; remove one first` }
    const at = instantOf(now_us)
    return [{ type: 'ListPut', list: { ...command.list, version: now_us, created_at: command.made_at ?? at, updated_at: at } }]
  }
  if (list === undefined) return noList
  if (list.kind !== 'custom') return { code: 'list_is_fixed', message: `the ${list.kind} of a profile is neither changed nor removed; only its titles are`, field: 'path.list_id' }
  if (command.expected !== undefined && !command.expected.includes(list.version)) {
    return { code: 'version_mismatch', message: 'the list has changed since the version in If-Match', field: 'header.if-match' }
  }
  if (command.do === 'remove') return [{ type: 'ListRemoved', version: list.version }]
  const { rewritten = false, ...change } = command.change
  const after = { ...list, ...change }
  if (!rewritten && Object.entries(change).every(([field, value]) => list[field as keyof typeof change] === value)) return []
  const version = nextVersion(list.version, now_us)
  return [{ type: 'ListPut', list: { ...after, version, updated_at: instantOf(version) } }]
}

/** The list after an event; undefined once it is removed. */
export const evolve = (_list: List | undefined, event: ListEvent): List | undefined => (event.type === 'ListPut' ? event.list : undefined)

/** Whether feeds are told of a list: a custom one that all may find. */
export const isTold = (list: Pick<List, 'kind' | 'visibility'> | undefined): boolean => list?.kind === 'custom' && list.visibility === 'public'
