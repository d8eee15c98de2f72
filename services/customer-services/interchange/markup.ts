/**
 * The HTML that Letterboxd lets people write, <b> <i> <a> <blockquote> <br>, as Markdown (CommonMark 0.31) and back. Both are read into paragraphs of styled
 * runs. Lines are kept: a line's end in such HTML is one, in Markdown it takes two blanks before it.
 */
import MarkdownIt, { type Token } from 'markdown-it'

interface Style {
  readonly bold: boolean
  readonly italic: boolean
  readonly href: string
}
interface Run extends Style {
  readonly text: string
}
interface Paragraph {
  readonly quoted: boolean
  readonly lines: readonly (readonly Run[])[]
}

const markdown = new MarkdownIt('default', { html: false, linkify: false, typographer: false, maxNesting: 20 })
markdown.disable(['image', 'table'])
const plain: Style = { bold: false, italic: false, href: '' }
const alike = (a: Style, b: Style): boolean => a.bold === b.bold && a.italic === b.italic && a.href === b.href
const isWeb = (href: string): boolean => /^(?:https?|mailto):/i.test(href) && markdown.validateLink(href)

/** Gathers paragraphs. Blanks at the ends of lines go, those at the ends of a styled run lose their style: Markdown has no way to say either. */
function gather() {
  const paragraphs: Paragraph[] = []
  let lines: Run[][] = [[]]
  const trimmed = (runs: readonly Run[]): readonly Run[] => {
    const parts = runs.flatMap((run): readonly Run[] => {
      const text = run.text.trim()
      const from = run.text.length - run.text.trimStart().length
      const unstyled = { ...plain, href: run.href }
      const ends = text === '' ? [{ ...unstyled, text: run.text }] : [{ ...unstyled, text: run.text.slice(0, from) }, { ...run, text }, { ...unstyled, text: run.text.slice(from + text.length) }]
      return ends.filter((part) => part.text !== '')
    })
    const joined: Run[] = []
    for (const part of parts) {
      const last = joined.at(-1)
      if (last !== undefined && alike(last, part)) joined[joined.length - 1] = { ...last, text: last.text + part.text }
      else joined.push(part)
    }
    while (joined[0]?.text.trim() === '') joined.shift()
    while (joined.at(-1)?.text.trim() === '') joined.pop()
    return joined.map((run, at) => {
      const text = at === 0 ? run.text.trimStart() : run.text
      return { ...run, text: at === joined.length - 1 ? text.trimEnd() : text }
    })
  }
  const end = (quoted: boolean): void => {
    const kept = lines.map(trimmed).filter((runs) => runs.length > 0)
    lines = [[]]
    if (kept.length > 0) paragraphs.push({ quoted, lines: kept })
  }
  return {
    paragraphs,
    end,
    line: (): void => void lines.push([]),
    isBlank: (): boolean => lines.at(-1)?.every(({ text }) => text.trim() === '') === true,
    say: (text: string, style: Style): void => void lines.at(-1)?.push({ ...style, text }),
  }
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' }
const entity = /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(amp|lt|gt|quot|apos|nbsp));/gi
const characters = (text: string): string => text.replaceAll(entity, (whole, decimal?: string, hex?: string, name?: string) => {
  if (name !== undefined) return named[name.toLowerCase()] ?? whole
  const point = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)
  return point < 0x20 || (point >= 0x7f && point <= 0x9f) || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff) ? '' : String.fromCodePoint(point)
})
const tag = /(<\/?(?:b|strong|i|em|a|blockquote|br|p)(?:\s[^<>]*)?\/?>|\n)/i

/** Tags that are not closed end with the text; any other tag is text. */
function fromHtml(html: string): readonly Paragraph[] {
  const text = gather()
  let style = plain
  let quoted = false
  for (const part of html.replaceAll(/\r\n?/g, '\n').split(tag)) {
    const [, close, name = ''] = /^<(\/?)([a-z]+)/i.exec(part) ?? []
    const opens = close === ''
    if (part === '\n' || (tag.test(part) && /^br$/i.test(name))) {
      if (text.isBlank()) text.end(quoted)
      else text.line()
    } else if (!tag.test(part)) text.say(characters(part), style)
    else if (/^(?:b|strong)$/i.test(name)) style = { ...style, bold: opens }
    else if (/^(?:i|em)$/i.test(name)) style = { ...style, italic: opens }
    else if (/^a$/i.test(name)) style = { ...style, href: opens ? hrefOf(part) : '' }
    else {
      text.end(quoted)
      if (/^blockquote$/i.test(name)) quoted = opens
    }
  }
  text.end(quoted)
  return text.paragraphs
}

function hrefOf(opening: string): string {
  const [, a, b, c] = /\shref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))/i.exec(opening) ?? []
  const href = markdown.normalizeLink(characters(a ?? b ?? c ?? '').trim())
  return isWeb(href) ? href : ''
}

/** What has no HTML there is said in signs: a list's points, a rule; a heading is bold. */
function fromMarkdown(source: string): readonly Paragraph[] {
  const text = gather()
  const lists: (number | undefined)[] = []
  let quotes = 0
  let heading = false
  const say = (words: string, style: Style): void => words.split('\n').forEach((line, at) => {
    if (at > 0) text.line()
    text.say(line, { ...style, bold: style.bold || heading })
  })
  for (const token of markdown.parse(source, {})) {
    if (/^(?:blockquote|bullet_list|ordered_list)_(?:open|close)$|^list_item_open$/.test(token.type)) text.end(quotes > 0)
    if (token.type === 'blockquote_open') quotes++
    else if (token.type === 'blockquote_close') quotes--
    else if (token.type === 'bullet_list_open') lists.push(undefined)
    else if (token.type === 'ordered_list_open') lists.push(Number(token.attrGet('start') ?? 1))
    else if (token.type.endsWith('_list_close')) lists.pop()
    else if (token.type === 'list_item_open') {
      const number = lists.pop()
      lists.push(number === undefined ? undefined : number + 1)
      text.say(number === undefined ? '- ' : `${number}. `, plain)
    } else if (token.type === 'heading_open') heading = true
    else if (token.type === 'inline') inline(token.children ?? [], say)
    else if (token.type === 'fence' || token.type === 'code_block') say(token.content, plain)
    else if (token.type === 'hr') say('---', plain)
    if (token.type === 'heading_close') heading = false
    if (/^(?:paragraph_close|heading_close|fence|code_block|hr)$/.test(token.type)) text.end(quotes > 0)
  }
  text.end(quotes > 0)
  return text.paragraphs
}

function inline(tokens: readonly Token[], say: (words: string, style: Style) => void): void {
  const open = { bold: 0, italic: 0 }
  let href = ''
  for (const token of tokens) {
    if (token.type === 'strong_open') open.bold++
    else if (token.type === 'strong_close') open.bold--
    else if (token.type === 'em_open') open.italic++
    else if (token.type === 'em_close') open.italic--
    else if (token.type === 'link_open') href = String(token.attrGet('href') ?? '')
    else if (token.type === 'link_close') href = ''
    else say(token.type.endsWith('break') ? '\n' : token.content, { bold: open.bold > 0, italic: open.italic > 0, href: isWeb(href) ? href : '' })
  }
}

const escaped = (text: string): string => text.replaceAll(/[\\*`[\]]|<(?=[a-z])|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])|~(?=~)|(?<=~)~|&(?=#?\w+;)/giu, String.raw`\$&`)
/** What would make a heading, a quote, a list, a rule or an underline of a line that begins with it. */
const lineStart = (line: string): string =>
  line.replace(/^(?:#(?=#*(?:\s|$))|>|[+-](?=\s|$)|-(?=[\s-]*$)|=(?==*$)|\d{1,9}(?=[.)](?:\s|$)))/, (start) => (/^\d/.test(start) ? `${start}\\` : `\\${start}`))

function runAsMarkdown({ text, bold, italic, href }: Run): string {
  const marks = '*'.repeat((bold ? 2 : 0) + (italic ? 1 : 0))
  const words = marks + escaped(text) + marks
  return href === '' ? words : `[${words}](${/[()\\]/.test(href) ? `<${href}>` : href})`
}
const asMarkdown = ({ quoted, lines }: Paragraph): string => lines.map((runs) => (quoted ? '> ' : '') + lineStart(runs.map(runAsMarkdown).join(''))).join('  \n')
const withoutStyle = ({ quoted, lines }: Paragraph): Paragraph => ({ quoted, lines: lines.map((runs) => [{ ...plain, text: runs.map(({ text }) => text).join('') }]) })
const isStyled = ({ lines }: Paragraph): boolean => lines.some((runs) => runs.some((run) => !alike(run, plain)))

/** Two quotes one after the other are one. */
const blocks = (paragraphs: readonly Paragraph[], text: (paragraph: Paragraph) => string): string =>
  paragraphs.map((paragraph, at) => (at === 0 ? '' : paragraph.quoted && paragraphs[at - 1]?.quoted === true ? '\n>\n' : '\n\n') + text(paragraph)).join('')

/** Markdown that says what the HTML says. Where Markdown cannot put a style (within a word, beside punctuation), that paragraph loses its styles, never its words. */
export const markdownOf = (html: string): string =>
  blocks(fromHtml(html), (paragraph) => {
    const text = asMarkdown(paragraph)
    return isStyled(paragraph) && JSON.stringify(fromMarkdown(text)) !== JSON.stringify([paragraph]) ? asMarkdown(withoutStyle(paragraph)) : text
  })

const htmlText = (text: string): string => text.replaceAll(/&(?=#?\w+;)/g, '&amp;').replaceAll(/<(?=[a-z/])/gi, '&lt;')
function runAsHtml({ text, bold, italic, href }: Run): string {
  const words = `${bold ? '<b>' : ''}${italic ? '<i>' : ''}${htmlText(text)}${italic ? '</i>' : ''}${bold ? '</b>' : ''}`
  return href === '' ? words : `<a href="${href.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}">${words}</a>`
}

/** The HTML of Letterboxd's that says what the Markdown says: lists and rules in signs, headings in bold; a quote is its own paragraph. */
export function htmlOf(source: string): string {
  const paragraphs = fromMarkdown(source)
  return paragraphs.map(({ quoted, lines }, at) => {
    const text = lines.map((runs) => runs.map(runAsHtml).join('')).join('\n')
    const opens = quoted && paragraphs[at - 1]?.quoted !== true ? '<blockquote>' : ''
    const closes = quoted && paragraphs[at + 1]?.quoted !== true ? '</blockquote>' : ''
    return `${at === 0 ? '' : '\n\n'}${opens}${text}${closes}`
  }).join('')
}
