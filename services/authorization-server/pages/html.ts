/** HTML by template literals: whatever is put into one is escaped, unless it is HTML made here. */

/** Only `html` makes these: a string that looks the same is escaped. */
const made = Symbol('html')
export interface Html {
  readonly [made]: string
}
type Part = Html | string | number | undefined | false | readonly Html[]

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? '')

function rendered(part: Part): string {
  if (part === undefined || part === false) return ''
  if (typeof part === 'string' || typeof part === 'number') return escaped(String(part))
  return made in part ? part[made] : part.map((each) => each[made]).join('')
}

/** The text with its values escaped; values that are HTML go in as they are, lists of them one after the other, undefined and false not at all. */
export const html = (strings: TemplateStringsArray, ...parts: readonly Part[]): Html => ({
  [made]: strings.reduce((text, string, index) => text + rendered(parts[index - 1]) + string),
})

/** The text to send. */
export const textOf = (page: Html): string => page[made]
