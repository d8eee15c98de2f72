/** Cypher in words; backquoted names come without their quotes. */
import { UnsupportedError } from '../../network.ts'

const pattern = /\s*(?:`([^`]+)`|(\$?[A-Za-z_]\w*|\d+(?:\.\d+)?|'[^']*'|<>|<=|>=|\+=|[-+<>=(){}[\]:,.]))/y

export interface Tokens {
  /** The word that comes next; '' at the end. */
  peek(): string
  take(): string
  /** Takes the word if it comes next; keywords in any case. */
  accept(word: string): boolean
  expect(word: string): void
  name(): string
  list<T>(item: () => T): readonly T[]
}

export function tokensOf(cypher: string): Tokens {
  const words: string[] = []
  for (pattern.lastIndex = 0; pattern.lastIndex < cypher.trimEnd().length;) {
    const at = pattern.lastIndex
    const found = pattern.exec(cypher)
    if (found === null) throw new UnsupportedError(`reading cypher: what is '${cypher.slice(at, at + 30)}'?`)
    words.push(found[1] ?? found[2] ?? '')
  }
  let at = 0
  const tokens: Tokens = {
    peek: () => words[at] ?? '',
    take: () => words[at++] ?? '',
    accept(word) {
      const there = tokens.peek().toUpperCase() === word.toUpperCase()
      if (there) at++
      return there
    },
    expect(word) { if (!tokens.accept(word)) throw new UnsupportedError(`reading cypher: '${word}' expected, not '${tokens.peek()}' in ${cypher}`) },
    name: () => tokens.take(),
    list(item) {
      const items = [item()]
      while (tokens.accept(',')) items.push(item())
      return items
    },
  }
  return tokens
}
