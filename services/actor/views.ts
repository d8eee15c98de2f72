/** Actor's questions, put to the real views. */
import type { View } from '@cdlc/streams/runtime/view.ts'
import type { Sinks } from '@cdlc/streams/sinks/index.ts'
import catalogue, { searchPeople, shortestPath } from '@cdlc/streams/views/content/catalogue.ts'
import filmography, { credits, person } from '@cdlc/streams/views/content/person-filmography.ts'
import title, { titleCards } from '@cdlc/streams/views/content/title.ts'
import { findTitlesIn } from '../shared/titles.ts'
import { asker } from '../shared/views.ts'
import type { ActorViews } from './ports.ts'

/** The views that are asked. */
export const viewsAsked: readonly View[] = [filmography, catalogue, title]

/** Opens no store yet. */
export function actorViews(sinks: Sinks): ActorViews {
  const people = asker(sinks, filmography)
  const graph = asker(sinks, catalogue)
  const titles = asker(sinks, title)
  return {
    titles: findTitlesIn(sinks),
    cards: (title_ids) => (title_ids.length === 0 ? Promise.resolve([]) : titles((reader) => titleCards(reader, title_ids))),
    person: (person_id) => people((reader) => person(reader, person_id)),
    credits: (person_id, slice) => people((reader) => credits(reader, person_id, slice)),
    path: (person_id, other_id) => graph((reader) => shortestPath(reader, person_id, other_id)),
    search: (q, slice) => graph((reader) => searchPeople(reader, { q, ...slice })),
  }
}
