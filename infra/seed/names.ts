/** Names as people write them, out of names as catalogues sort them, and keys to compare them by. */

const articles = ['The', 'A', 'An', 'La', 'Le', 'Les', "L'", 'Il', 'Lo', 'El', 'Los', 'Las', 'Der', 'Die', 'Das', 'Det', 'O', 'Un', 'Une']
const trailing = new RegExp(`^(.+), (${articles.join('|')})$`, 'u')
/** Enough to tell which of a film's two names is the English one. */
const englishWords = new Set(['the', 'of', 'my', 'in', 'and', 'is', 'on', 'under', 'from', 'with', 'dear', 'cold', 'god', 'life', 'single', 'journey'])

/** What stands in parentheses but is another English name of the film, not its original one. */
const alsoKnownAs = new Set(['ID4', 'Se7en', 'Her Majesty, Mrs. Brown', "Andy Warhol's Dracula", 'La Femme Nikita', 'For Roseanna', 'Bulletproof Heart', 'My Crazy Life'])

/** 'Usual Suspects, The' → 'The Usual Suspects'; 'Enfer, L'' → 'L'Enfer'. */
export function naturalOrder(name: string): string {
  const found = trailing.exec(name.trim())
  const [, rest, article] = found ?? []
  if (rest === undefined || article === undefined) return name.trim()
  return article.endsWith("'") ? article + rest : `${article} ${rest}`
}

function english(name: string): number {
  return name.toLowerCase().split(/[^\p{L}]+/u).filter((word) => englishWords.has(word)).length
}

export interface FilmName {
  readonly name: string
  readonly original_name: string | null
  /** Of a year that stands behind the name: 'Twister (1996)'. */
  readonly year: number | null
}

/**
 * Takes a MovieLens title apart: 'Tin Drum, The (Blechtrommel, Die) (1979)' → 'The Tin Drum', 'Die Blechtrommel', 1979.
 * Where the original comes first ('Caro Diario (Dear Diary)'), the English one becomes the name.
 */
export function filmName(title: string): FilmName {
  let rest = title.trim().replaceAll(/\s+/gu, ' ')
  const dated = /^(.+?) \((\d{4})\)$/u.exec(rest)
  const year = dated?.[2] === undefined ? null : Number(dated[2])
  rest = dated?.[1] ?? rest
  const paired = /^(.+?) \(([^()]+)\)$/u.exec(rest)
  const [first, second] = [naturalOrder(paired?.[1] ?? rest), paired?.[2] === undefined ? null : naturalOrder(paired[2])]
  if (second === null || alsoKnownAs.has(second) || nameKey(first) === nameKey(second)) return { name: first, original_name: null, year }
  return english(second) > english(first) ? { name: second, original_name: first, year } : { name: first, original_name: second, year }
}

/** Letters and digits only, lower case, without accents or leading article: equal for spellings of one name. */
export function nameKey(name: string): string {
  return plain(naturalOrder(name)).replace(/^(?:the|a|an) /u, '').replaceAll(' ', '')
}

/** 'Krzysztof Kieślowski' → 'krzysztof-kieslowski': the identity of a person known by name alone. */
export function slug(name: string): string {
  return plain(name).replaceAll(' ', '-')
}

function plain(name: string): string {
  return name.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase()
    .replaceAll('ł', 'l').replaceAll('ø', 'o').replaceAll('æ', 'ae').replaceAll('ß', 'ss').replaceAll('&', ' and ')
    .replaceAll(/['’`.]/gu, '').replaceAll(/[^\p{L}\p{N}]+/gu, ' ').trim()
}
