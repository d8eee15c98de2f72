/** Text as views order, index and search it: the same on every machine, whatever its locale or a store's analyzer. */
import { inLatin } from './latin.ts'

/** Order by UTF-16 code units. */
export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Lower case without accents: 'Amélie' is 'amelie'. */
export const folded = (text: string): string => text.normalize('NFKD').replace(/\p{M}+/gu, '').toLowerCase()

/** What a name is sorted by: its words, without a leading English article. */
export const sortName = (name: string): string =>
  (folded(name).match(/[\p{L}\p{N}]+/gu) ?? []).join(' ').replace(/^(?:the|an?) (?=.)/, '') || folded(name)

/** Scripts that are written without spaces part where they meet; of Han characters each is a word. */
const WORD = /[\p{sc=Hiragana}ー]+|[\p{sc=Katakana}ー]+|\p{sc=Han}|\p{sc=Hangul}+|(?:(?![\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Han}\p{sc=Hangul}ー])[\p{L}\p{N}\p{M}])+/gu
const isHan = (word: string): boolean => /^\p{sc=Han}$/u.test(word)

/** The words of each stretch between spaces, in Latin letters where that is known: 'Schindler’s List' has `[['schindler', 's'], ['list']]`. */
function chunksOf(text: string): readonly (readonly string[])[] {
  // most names, at a tenth of the time
  if (/^[ -~]*$/.test(text)) return text.toLowerCase().split(' ').flatMap((stretch) => { const words = stretch.match(/[a-z0-9]+/g); return words === null ? [] : [words] })
  return text.normalize('NFKC').toLowerCase().split(/\s+/u).flatMap((stretch) => {
    const words = (stretch.match(WORD) ?? []).map(inLatin).filter((word) => word !== '')
    return words.some(isHan) ? words.map((word) => [word]) : [words]
  }).filter((words) => words.length > 0)
}

/** The words of a name as they are searched: in Latin letters, without accents. */
export const searchWords = (name: string): readonly string[] => chunksOf(name).flat()

const MAX_CHUNKS = 10
const MAX_WORDS = 5
const MAX_LETTERS = 40

/** All of a name as one word, cut; undefined where it is one, or Han characters, which are found one by one. */
function wholeOf(chunks: readonly (readonly string[])[]): string | undefined {
  const words = chunks.flat()
  return chunks.length < 2 || words.some(isHan) ? undefined : words.join('').slice(0, MAX_LETTERS)
}

/**
 * What a full-text index holds of these names: their words, and what marks or spaces part written as one too, so that 'e.t.', 'e t'
 * and 'et' all find 'E.T.', 'mash' finds 'M*A*S*H', and 'tonari no totoro' and 'となりのトトロ' each other.
 */
export function searchText(...names: readonly (string | null)[]): string {
  const named = names.map((name) => (name === null ? [] : chunksOf(name)))
  const joined = named.flatMap((chunks) => {
    const whole = wholeOf(chunks)
    return [...chunks.filter((words) => words.length > 1).map((words) => words.join('')), ...(whole === undefined ? [] : [whole])]
  })
  return [...named.flat(2), ...joined].join(' ')
}

/** Edits allowed in a word: few in short ones, where one would match nearly anything; three letters need others beside them. */
const edits = (word: string, alone: boolean): number => (word.length < (alone ? 4 : 3) ? 0 : word.length < 8 ? 1 : 2)

/** What may be misspelt: nothing, whole words, or what begins a word. */
type Errs = 'not' | 'words' | 'beginnings'

/** A word as it is (best), as the start of one, or misspelt where that is asked for. */
const clause = (word: string, alone: boolean, errs: Errs): string => {
  if (isHan(word)) return `${word}^4`
  const misspelt = errs === 'not' ? 0 : edits(word, alone)
  const alike = errs === 'beginnings' && word.length >= SHORTEST_SLIP ? slips(word.slice(0, LONGEST_SLIP)) : misspelt > 0 ? `${word}~${misspelt}` : undefined
  return `(${word}^4 OR ${word}*^2${alike === undefined ? '' : ` OR ${alike}`})`
}

const SHORTEST_SLIP = 4
const LONGEST_SLIP = 8

/** A regular expression of words that begin so but for one letter behind the first, which is another, too few, too many, or has changed its place with the next. */
function slips(word: string): string {
  const places = Array.from({ length: word.length - 1 }, (_, before) => before + 1)
  const some = places.flatMap((at) => {
    const [head, tail] = [word.slice(0, at), word.slice(at + 1)]
    return [`${head}.${tail}`, `${head}.${word.slice(at)}`, `${head}${tail}`, ...(tail === '' ? [] : [`${head}${tail.charAt(0)}${word.charAt(at)}${tail.slice(1)}`])]
  })
  return `/(${[...new Set(some)].join('|')}).*/`
}

/**
 * A Lucene query that finds `searchText` holding every word of `q`, best where they stand side by side. Undefined where `q`
 * has no letter or digit. Nothing of the user's gets through but lower-case letters and digits, so there is no syntax to escape.
 */
export const luceneQuery = (q: string): string | undefined => queryOf(q, 'words')

/** The same without misspelt words, which cost most: for names that are still being typed. */
export const begunQuery = (q: string): string | undefined => queryOf(q, 'not')
/** The same with the beginning of its last word misspelt: for names that are still being typed, where nothing begins as it should. */
export const alikeQuery = (q: string): string | undefined => queryOf(q, 'beginnings')

function queryOf(q: string, errs: Errs): string | undefined {
  const chunks = chunksOf(q.slice(0, 1_000)).slice(0, MAX_CHUNKS)
    .map((words) => words.slice(0, MAX_WORDS).map((word) => word.slice(0, MAX_LETTERS)))
  if (chunks.length === 0) return undefined
  const alone = chunks.length === 1
  const every = chunks.map((words, index) => {
    const erring = errs === 'beginnings' && index < chunks.length - 1 ? 'words' : errs
    if (words.length === 1) return words.map((word) => clause(word, alone, erring)).join('')
    const apart = words.map((word) => (word.length === 1 ? word : clause(word, true, erring))) // a letter between marks is the start of too much
    return `(${clause(words.join(''), alone, erring)} OR (${apart.join(' AND ')}))`
  })
  const [words, whole] = [chunks.flat(), wholeOf(chunks)]
  return `(${every.join(' AND ')})${words.length > 1 ? ` OR "${words.join(' ')}"^8` : ''}${whole === undefined ? '' : ` OR ${whole}^4 OR ${whole}*^2`}`
}

/**
 * A Lucene query that finds `searchText` holding any word of a name, best the one that holds most: candidates for a match. Words of five letters and more may be
 * misspelt by one. English articles count where there is nothing else; undefined where there is no letter or digit.
 */
export function anyWordQuery(name: string): string | undefined {
  const words = [...new Set(chunksOf(name.slice(0, 1_000)).flatMap((chunk) => [...chunk, ...(chunk.length > 1 ? [chunk.join('')] : [])]))].map((word) => word.slice(0, MAX_LETTERS))
  const telling = words.filter((word) => !/^(?:the|an?|of|and)$/.test(word))
  const asked = (telling.length > 0 ? telling : words).slice(0, MAX_CHUNKS)
  return asked.length === 0 ? undefined : asked.map((word) => (word.length < 5 ? word : `${word}^4 OR ${word}~1`)).join(' OR ')
}
