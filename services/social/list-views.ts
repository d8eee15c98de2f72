/** What lists ask of views. */
import type { Sinks } from '@cdlc/streams/sinks/index.ts'
import type { View } from '@cdlc/streams/runtime/view.ts'
import lists, { collaboratorsOf, entriesPage, list, listsOfProfile } from '@cdlc/streams/views/user/lists.ts'
import socialCounts, { entryCounts, subjectCounts } from '@cdlc/streams/views/user/social-counts.ts'
import { asker } from '../shared/views.ts'

/** A list as the view has it; `ranked` is 0 or 1. */
export interface ViewedList {
  readonly list_id: string
  readonly profile_id: string
  readonly kind: string
  readonly name: string
  readonly description_id: string | null
  readonly visibility: string
  readonly ranked: number
  readonly cloned_from: string | null
  readonly version: number
  readonly created_at: number
  readonly updated_at: number
}
export interface ViewedEntry {
  readonly title_id: string
  readonly place: string
  readonly note_id: string | null
  readonly added_by: string
  readonly version: number
  readonly added_at: number
}
export interface Numbers { readonly entries: number; readonly likes: number; readonly comments: number }

/** Each may throw Unavailable. */
export interface ListViews {
  readonly list: (list_id: string) => Promise<ViewedList | undefined>
  readonly of: (profile_id: string, limit: number, after: { readonly created_at: number; readonly list_id: string } | undefined) => Promise<readonly ViewedList[]>
  readonly entries: (list_id: string, limit: number, after: { readonly place: string; readonly title_id: string } | undefined) => Promise<readonly ViewedEntry[]>
  /** Ids of profiles. */
  readonly collaborators: (list_id: string) => Promise<readonly string[]>
  readonly numbers: (list_ids: readonly string[]) => Promise<ReadonlyMap<string, Numbers>>
}

/** The views that lists ask. */
export const listViewsAsked: readonly View[] = [lists, socialCounts]

/** Opens no store yet. */
export function listViews(sinks: Sinks): ListViews {
  const [ofLists, ofCounts] = [asker(sinks, lists), asker(sinks, socialCounts)]
  return {
    list: (list_id) => ofLists((reader) => list(reader, list_id)),
    of: (profile_id, limit, after) => ofLists((reader) => listsOfProfile(reader, { profile_id, limit, ...(after === undefined ? {} : { after }) })),
    entries: (list_id, limit, after) => ofLists((reader) => entriesPage(reader, { list_id, limit, ...(after === undefined ? {} : { after }) })),
    collaborators: async (list_id) => (await ofLists((reader) => collaboratorsOf(reader, list_id))).map(({ profile_id }) => profile_id),
    numbers: async (list_ids) => {
      const [entries, subjects] = await ofCounts((reader) => Promise.all([entryCounts(reader, list_ids), subjectCounts(reader, list_ids)]))
      return new Map(list_ids.map((id) => [id, { entries: entries.get(id) ?? 0, likes: subjects.get(id)?.likes ?? 0, comments: subjects.get(id)?.comments ?? 0 }]))
    },
  }
}
