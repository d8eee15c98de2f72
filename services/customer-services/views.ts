/** Customer-services' questions, put to the real views. */
import type { View } from '@cdlc/streams/runtime/view.ts'
import type { Sinks } from '@cdlc/streams/sinks/index.ts'
import catalogue, { titleCandidates } from '@cdlc/streams/views/content/catalogue.ts'
import title, { titleCards } from '@cdlc/streams/views/content/title.ts'
import profileDiary, { diaryEntry, diaryPage } from '@cdlc/streams/views/user/profile-diary.ts'
import viewings, { viewing, viewingsOf, viewingsPage } from '@cdlc/streams/views/user/viewings.ts'
import { findTitlesIn } from '../shared/titles.ts'
import { asker } from '../shared/views.ts'
import type { CustomerViews, TitleName } from './ports.ts'

/** The views that are asked; without the catalogue, which imports alone ask: ratings do not wait for it. */
export const viewsAsked: readonly View[] = [profileDiary, title, viewings]

/** Titles that a film may be, to choose among. */
const mostCandidates = 20
/** Titles of one question. */
const titlesAtOnce = 200

/** Opens no store yet. */
export function customerViews(sinks: Sinks): CustomerViews {
  const diary = asker(sinks, profileDiary)
  const seen = asker(sinks, viewings)
  const listed = asker(sinks, catalogue)
  const cards = asker(sinks, title)
  return {
    titles: findTitlesIn(sinks),
    candidates: (films) => listed((reader) => titleCandidates(reader, films, { limit: mostCandidates })),
    named: async (title_ids) => {
      const named = new Map<string, TitleName>()
      for (let from = 0; from < title_ids.length; from += titlesAtOnce) {
        const found = await cards((reader) => titleCards(reader, title_ids.slice(from, from + titlesAtOnce)))
        for (const card of found) if (card !== undefined) named.set(card.title_id, { name: card.name, release_year: card.release_year })
      }
      return named
    },
    diary: (profile_id, limit, after) =>
      diary((reader) => diaryPage(reader, { profile_id, limit, ...(after === undefined ? {} : { after }) })),
    entry: (profile_id, title_id) => diary((reader) => diaryEntry(reader, profile_id, title_id)),
    viewing: (viewing_id) => seen((reader) => viewing(reader, viewing_id)),
    viewings: (profile_id, limit, after) => seen((reader) => viewingsPage(reader, { profile_id, limit, ...(after === undefined ? {} : { after }) })),
    viewingsOf: (profile_id, title_id) => seen((reader) => viewingsOf(reader, profile_id, title_id)),
  }
}
