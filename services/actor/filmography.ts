/** A person's credits as the `person-filmography` view orders them, from MySQL's credits and the titles' cards. */
import type { FilmographyCredit } from '@cdlc/streams/views/content/person-filmography.ts'
import type { TitleCard } from '@cdlc/streams/views/content/title.ts'
import type { Credit } from './credit.ts'

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
/** Newest first, titles of no known year last. */
const inOrder = (a: FilmographyCredit, b: FilmographyCredit): number =>
  (b.release_year ?? -1) - (a.release_year ?? -1) || a.billing - b.billing || byText(a.name, b.name) || byText(a.credit_id, b.credit_id)

/** Credits of titles that are not there are left out, as the view does. */
export function filmographyOf(credits: readonly Credit[], cards: ReadonlyMap<string, TitleCard>): readonly FilmographyCredit[] {
  return credits
    .flatMap(({ credit_id, title_id, role, character_name, credited_as, billing }) => {
      const card = cards.get(title_id)
      return card === undefined
        ? []
        : [
            {
              credit_id,
              title_id,
              kind: card.kind,
              name: card.name,
              release_year: card.release_year,
              role,
              character_name,
              credited_as,
              billing,
            },
          ]
    })
    .sort(inOrder)
}
