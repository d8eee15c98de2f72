/** What people send while they type names: the names letter by letter, and some of it misspelt. Pure. */

/** Letters after which somebody has found what they look for, or gives up. */
const LONGEST = 12
/** A slip in a shorter beginning makes another word of it. */
const SHORTEST_SLIP = 5

/** Beginnings of the names, of 1 to 12 letters, each once. */
export const typed = (names: readonly string[]): readonly string[] =>
  [...new Set(names.flatMap((name) => Array.from({ length: Math.min(LONGEST, name.length) }, (_, at) => name.slice(0, at + 1).trim())).filter((text) => text !== ''))]

/** Their longest beginnings, with two letters that stand side by side exchanged; the first letter is right, as it mostly is. */
export const misspelt = (names: readonly string[], random: () => number): readonly string[] =>
  [...new Set(names.map((name) => name.slice(0, LONGEST).trim()).filter((text) => text.length >= SHORTEST_SLIP).map((text) => {
    const at = 1 + Math.floor(random() * (text.length - 2))
    return `${text.slice(0, at)}${text.charAt(at + 1)}${text.charAt(at)}${text.slice(at + 2)}`
  }))]
