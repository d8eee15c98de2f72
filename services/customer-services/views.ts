/** Customer-services' questions, put to the real views. */
import type { View } from '@cdlc/streams/runtime/view.ts'
import type { Sinks } from '@cdlc/streams/sinks/index.ts'
import title from '@cdlc/streams/views/content/title.ts'
import profileDiary, { diaryEntry, diaryPage } from '@cdlc/streams/views/user/profile-diary.ts'
import viewings, { viewing, viewingsOf, viewingsPage } from '@cdlc/streams/views/user/viewings.ts'
import { findTitlesIn } from '../shared/titles.ts'
import { asker } from '../shared/views.ts'
import type { CustomerViews } from './ports.ts'

/** The views that are asked. */
export const viewsAsked: readonly View[] = [profileDiary, title, viewings]

/** Opens no store yet. */
export function customerViews(sinks: Sinks): CustomerViews {
  const diary = asker(sinks, profileDiary)
  const seen = asker(sinks, viewings)
  return {
    titles: findTitlesIn(sinks),
    diary: (profile_id, limit, after) =>
      diary((reader) => diaryPage(reader, { profile_id, limit, ...(after === undefined ? {} : { after }) })),
    entry: (profile_id, title_id) => diary((reader) => diaryEntry(reader, profile_id, title_id)),
    viewing: (viewing_id) => seen((reader) => viewing(reader, viewing_id)),
    viewings: (profile_id, limit, after) => seen((reader) => viewingsPage(reader, { profile_id, limit, ...(after === undefined ? {} : { after }) })),
    viewingsOf: (profile_id, title_id) => seen((reader) => viewingsOf(reader, profile_id, title_id)),
  }
}
