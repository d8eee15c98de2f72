/** Text as views order, compare and search it: the same on every machine, whatever its locale. */

/** Order by UTF-16 code units. */
export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Lower case without accents: 'Amélie' is 'amelie'. */
export const folded = (text: string): string => text.normalize('NFKD').replace(/\p{M}+/gu, '').replaceAll('’', '\'').toLowerCase()

/** What a name is sorted by: folded, without a leading English article or marks. */
export function sortName(name: string): string {
  const plain = folded(name).replace(/[^\p{L}\p{N}]+/gu, ' ').trim()
  return plain.replace(/^(?:the|an?) (?=.)/, '') || folded(name)
}

const MAX_WORDS = 10
const MAX_LETTERS = 40

/** The words of a search, folded; marks inside a word stay where Lucene's standard tokenizer (Unicode UAX 29) keeps them. */
export const searchWords = (q: string): readonly string[] =>
  (folded(q).match(/[\p{L}\p{N}]+(?:['.][\p{L}\p{N}]+)*/gu) ?? []).slice(0, MAX_WORDS).map((word) => word.slice(0, MAX_LETTERS))

/** Edits allowed in a word: none in short ones, where one would match nearly anything. */
const edits = (word: string): number => (word.length < 4 ? 0 : word.length < 8 ? 1 : 2)

/**
 * A Lucene query that finds documents holding every word of `q`: as it is (best), as the start of a word, or misspelt.
 * Undefined where `q` has no letter or digit. Only letters, digits, `'` and `.` of the user's get through, so there is
 * no query syntax to escape.
 */
export function luceneQuery(q: string): string | undefined {
  const words = searchWords(q)
  if (words.length === 0) return undefined
  const each = words.map((word) => {
    const misspelt = edits(word) === 0 ? '' : ` OR ${word}~${edits(word)}`
    return `(${word}^4 OR ${word}*^2${misspelt})`
  })
  const phrase = words.length > 1 ? ` OR "${words.join(' ')}"^8` : ''
  return `(${each.join(' AND ')})${phrase}`
}
