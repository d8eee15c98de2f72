/** In what order names are offered to whoever types. Pure. */
import { byText, searchWords } from '@cdlc/streams/views/text.ts'

/** Something that is called by any of these names. */
export interface Candidate {
  readonly id: string
  readonly name: string
  /** A title's original name, a member's handle. */
  readonly other_name: string | null
  /** Of what is as near, who has more comes first: ratings of a title. */
  readonly weight: number
}

/** How near a name is to what was typed: it itself, what begins so, what has words that begin so, or what is only spelt alike. */
function distance(typed: readonly string[], name: string): number {
  const words = searchWords(name)
  const asked = typed.join('')
  const wholes = [words, /^(?:the|an?)$/.test(words[0] ?? '') ? words.slice(1) : words].map((some) => some.join(''))
  if (wholes.includes(asked)) return 0
  if (wholes.some((whole) => whole.startsWith(asked))) return 1
  return typed.every((one) => words.some((word) => word.startsWith(one))) ? 2 : 3
}

/** The first `limit` of them: nearest first, then weightiest, then by name. What is called the same stands side by side in no certain order but its id's. */
export function ordered<C extends Candidate>(q: string, candidates: readonly C[], limit: number): readonly C[] {
  const typed = searchWords(q)
  return candidates
    .map((candidate) => ({ candidate, far: Math.min(...[candidate.name, candidate.other_name ?? candidate.name].map((name) => distance(typed, name))) }))
    .toSorted((a, b) => a.far - b.far || b.candidate.weight - a.candidate.weight || byText(a.candidate.name, b.candidate.name) || byText(a.candidate.id, b.candidate.id))
    .slice(0, limit).map(({ candidate }) => candidate)
}
