/** Text as views order, index and search it: the same on every machine, whatever its locale or a store's analyzer. */

/** Order by UTF-16 code units. */
export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Lower case without accents: 'Amélie' is 'amelie'. */
export const folded = (text: string): string => text.normalize('NFKD').replace(/\p{M}+/gu, '').toLowerCase()

/** The words of each stretch between spaces: 'Schindler’s List' has `[['schindler', 's'], ['list']]`. */
const chunksOf = (text: string): readonly (readonly string[])[] =>
  folded(text).split(/\s+/u).map((chunk) => chunk.match(/[\p{L}\p{N}]+/gu) ?? []).filter((words) => words.length > 0)

/** What a name is sorted by: its words, without a leading English article. */
export const sortName = (name: string): string =>
  chunksOf(name).flat().join(' ').replace(/^(?:the|an?) (?=.)/, '') || folded(name)

/**
 * What a full-text index holds of these names: their words, and what marks part written as one too, so that 'e.t.', 'e t'
 * and 'et' all find 'E.T.', and 'mash' finds 'M*A*S*H'.
 */
export function searchText(...names: readonly (string | null)[]): string {
  const chunks = names.flatMap((name) => (name === null ? [] : chunksOf(name)))
  return [...chunks.flat(), ...chunks.filter((words) => words.length > 1).map((words) => words.join(''))].join(' ')
}

const MAX_CHUNKS = 10
const MAX_WORDS = 5
const MAX_LETTERS = 40

/** Edits allowed in a word: few in short ones, where one would match nearly anything; three letters need others beside them. */
const edits = (word: string, alone: boolean): number => (word.length < (alone ? 4 : 3) ? 0 : word.length < 8 ? 1 : 2)

/** A word as it is (best), as the start of one, or misspelt. */
const clause = (word: string, alone: boolean): string => {
  const misspelt = edits(word, alone)
  return `(${word}^4 OR ${word}*^2${misspelt === 0 ? '' : ` OR ${word}~${misspelt}`})`
}

/**
 * A Lucene query that finds `searchText` holding every word of `q`, best where they stand side by side. Undefined where `q`
 * has no letter or digit. Nothing of the user's gets through but lower-case letters and digits, so there is no syntax to escape.
 */
export function luceneQuery(q: string): string | undefined {
  const chunks = chunksOf(q.slice(0, 1_000)).slice(0, MAX_CHUNKS)
    .map((words) => words.slice(0, MAX_WORDS).map((word) => word.slice(0, MAX_LETTERS)))
  if (chunks.length === 0) return undefined
  const alone = chunks.length === 1
  const every = chunks.map((words) => {
    if (words.length === 1) return words.map((word) => clause(word, alone)).join('')
    const apart = words.map((word) => (word.length === 1 ? word : clause(word, true))) // a letter between marks is the start of too much
    return `(${clause(words.join(''), alone)} OR (${apart.join(' AND ')}))`
  })
  const words = chunks.flat()
  return `(${every.join(' AND ')})${words.length > 1 ? ` OR "${words.join(' ')}"^8` : ''}`
}
