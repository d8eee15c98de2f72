/** Which title of the catalogue a film is, by name and year. Pure. */
import type { Film } from './rows.ts'

/** A title that a film may be. */
export interface Candidate {
  readonly title_id: string
  readonly name: string
  readonly original_name: string | null
  readonly release_year: number | null
}
export interface Match {
  readonly title_id: string
  /** `exact`: one of its names, and the year. */
  readonly how: 'exact' | 'near'
  /** Up to 1. */
  readonly score: number
}
export interface Matched {
  /** Undefined where none is near enough, or two are alike. */
  readonly found: Match | undefined
  /** Others that come into question, the likeliest first, 5 at most. */
  readonly alternatives: readonly Match[]
}

const mostAlternatives = 5
/** What a match must have, and what an alternative must. A name with two letters astray passes in its year; with the year astray too it does not. */
const [enough, worthAsking] = [0.82, 0.3]
/** Years are told by the first showing or by the first in a country: they may be one apart. */
const yearCosts = { same: 0, next: 0.06, unknown: 0.1, other: 0.45 } as const

const articles = 'the|an?|le|la|les|une?|el|los|las|il|lo|gli|der|die|das|eine?|os?'
const trailing = new RegExp(String.raw`^(.+), (${articles}|l['’])$`, 'iu')
const leading = new RegExp(`^(?:${articles}|l) (?=.)`, 'u')
/** Letters that Unicode does not take apart. */
const letters: Readonly<Record<string, string>> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', đ: 'd', ð: 'd', þ: 'th', ł: 'l', ı: 'i' }

/** Words in lower case without accents and signs, an article at the end put first: 'Matrix, The' is 'the matrix'. A name of signs alone is itself. */
export function normalName(name: string): string {
  const turned = name.replace(trailing, (_, rest: string, article: string) => (/['’]$/.test(article) ? article + rest : `${article} ${rest}`))
  const folded = turned.normalize('NFKD').replaceAll(/\p{M}+/gu, '').toLowerCase().replaceAll(/[ßæœøđðþłı]/g, (letter) => letters[letter] ?? letter)
  return folded.replaceAll(/[&+]/g, ' and ').replaceAll(/['’`´]/g, '').match(/[\p{L}\p{N}]+/gu)?.join(' ') ?? folded.trim()
}
const withoutArticle = (normal: string): string => normal.replace(leading, '')
/** 'E.T.', 'E T' and 'ET' are one. */
const key = (normal: string): string => normal.replaceAll(' ', '')
/** What stands before a subtitle, or undefined where there is none. */
const shortName = (name: string): string | undefined => /^(.{3,}?)(?:: | [-–—] | or \(| \()/u.exec(name)?.[1]

/** Parts of a series differ by a number alone, so a number is never a slip of the pen. */
const numbers = (normal: string): string => normal.split(' ').filter((word) => /^(?:\d+|[ivx]+)$/.test(word)).join(' ')

/** Insertions, removals, changes and swaps of neighbours (Damerau 1964, restricted) that make one text of another; `most + 1` where more. */
function edits(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1
  let [beforeLast, last] = [new Array<number>(b.length + 1).fill(0), Array.from({ length: b.length + 1 }, (_, at) => at)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const changed = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (beforeLast[j - 2] ?? 0) + 1 : changed
      row.push(Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, changed, swapped))
    }
    if (Math.min(...row) > most) return most + 1
    ;[beforeLast, last] = [last, row]
  }
  return last[b.length] ?? most + 1
}

/** Of two sets of words, how much they share (Dice 1945). */
function shared(a: string, b: string): number {
  const [left, right] = [new Set(withoutArticle(a).split(' ')), new Set(withoutArticle(b).split(' '))]
  return (2 * [...left].filter((word) => right.has(word)).length) / (left.size + right.size)
}

/** From 0 to 1: 1 the same, 0.97 but for the article, 0.87 and 0.84 one or two letters astray, 0.85 without a subtitle, up to 0.6 by words. */
function nameScore(film: string, title: string): number {
  const [a, b] = [normalName(film), normalName(title)]
  if (key(a) === key(b)) return 1
  const [bareA, bareB] = [key(withoutArticle(a)), key(withoutArticle(b))]
  if (bareA === bareB) return 0.97
  const most = Math.min(bareA.length, bareB.length) < 5 ? 0 : Math.min(bareA.length, bareB.length) < 10 ? 1 : 2
  if (most > 0 && numbers(a) === numbers(b)) {
    const astray = edits(bareA.slice(0, 500), bareB.slice(0, 500), most)
    if (astray <= most) return 0.9 - 0.03 * astray
  }
  const isShort = (short: string | undefined, whole: string): boolean => short !== undefined && key(withoutArticle(normalName(short))) === whole
  return isShort(shortName(film), bareB) || isShort(shortName(title), bareA) ? 0.85 : 0.6 * shared(a, b)
}

/** The title that a film is. `candidates` are those that its name may mean; of two that are as likely none is taken, and both are told. */
export function matchFilm(film: Pick<Film, 'name' | 'year' | 'original_name'>, candidates: readonly Candidate[]): Matched {
  const names = [film.name, film.original_name].filter((name) => name !== undefined)
  const scored = candidates.map(({ title_id, name, original_name, release_year }) => {
    const year = film.year === null || release_year === null ? 'unknown' : film.year === release_year ? 'same' : Math.abs(film.year - release_year) === 1 ? 'next' : 'other'
    const titles = original_name === null ? [name] : [name, original_name]
    const by_name = Math.max(...names.flatMap((one) => titles.map((title) => nameScore(one, title))))
    const match: Match = { title_id, how: by_name === 1 && year === 'same' ? 'exact' : 'near', score: Math.round(Math.max(0, by_name - yearCosts[year]) * 100) / 100 }
    return match
  }).toSorted((a, b) => b.score - a.score || (a.title_id < b.title_id ? -1 : 1))
  const [first, second] = scored
  const found = first !== undefined && first.score >= enough && first.score > (second?.score ?? 0) ? first : undefined
  return { found, alternatives: scored.filter((match) => match !== found && match.score >= worthAsking).slice(0, mostAlternatives) }
}
