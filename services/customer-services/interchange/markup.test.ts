import fc from 'fast-check'
import { expect, test } from 'vitest'
import { htmlOf, markdownOf } from './markup.ts'

test.each([
  ['<b>Great</b> <i>film</i>', '**Great** *film*', 'bold and italic'],
  ['<strong><em>both</em></strong>', '***both***', 'one within the other'],
  ['<b> loud </b>voice', '**loud** voice', 'blanks lose their style'],
  ['see <a href="https://boxd.it/1?a=1&amp;b=2">this</a>', 'see [this](https://boxd.it/1?a=1&b=2)', 'links'],
  ['<a href="javascript:alert(1)"><b>x</b></a>', '**x**', 'links to elsewhere than the web'],
  ['<a href="https://e.org/a_(b)">x</a>', '[x](<https://e.org/a_(b)>)', 'parentheses in a link'],
  ['<blockquote>said\nso</blockquote>true', '> said  \n> so\n\ntrue', 'quotes'],
  ['one<br>two<br/>\n\nthree', 'one  \ntwo\n\nthree', 'lines and paragraphs'],
  ['<i>one\n\ntwo</i>', '*one*\n\n*two*', 'a style over paragraphs'],
  ['<script>alert(1)</script>', String.raw`\<script>alert(1)</script>`, 'other tags'],
  ['5*5*5, a_b_c, _x_, [1]', String.raw`5\*5\*5, a_b_c, \_x\_, \[1\]`, 'what Markdown would take for a sign'],
  ['# 1\n- x\n1. y\n> z\n--\n=', '\\# 1  \n\\- x  \n1\\. y  \n\\> z  \n\\--  \n\\=', 'signs at the start of a line'],
  ['Tom &amp; Jerry &#039;s &eacute;', String.raw`Tom & Jerry 's \&eacute;`, 'entities'],
  ['un<b>"believ"</b>able', 'un"believ"able', 'a style where Markdown has no place for it'],
  ['not <b>closed', 'not **closed**', 'a tag that is not closed'],
  ['0.5 < 1 <3 🎬 #1 -x', '0.5 < 1 <3 🎬 #1 -x', 'signs that mean nothing'],
])('%j is %j in Markdown: %s', (html, markdown) => {
  expect(markdownOf(html)).toBe(markdown)
})

test.each([
  ['# Head\n\n- a\n- **b**\n\n1. c\n2. d', '<b>Head</b>\n\n- a\n\n- <b>b</b>\n\n1. c\n\n2. d'],
  ['```\nlet a\n```\n---\n> q\n>\n> r', 'let a\n\n---\n\n<blockquote>q\n\nr</blockquote>'],
  ['a <b>x</b> &amp; ![i](https://e.org/i.png)', 'a &lt;b>x&lt;/b> & !<a href="https://e.org/i.png">i</a>'],
])('%j is %j in HTML', (markdown, html) => {
  expect(htmlOf(markdown)).toBe(html)
})

const piece = fc.oneof(
  fc.constantFrom('<b>', '</b>', '<i>', '</i>', '<a href="https://e.org/(x)?a=1&amp;b">', '</a>', '<blockquote>', '</blockquote>', '<br>', '\n', '\n\n'),
  fc.constantFrom('&amp;', '&lt;', ' ', '*', '_', '~~', '1.', '- ', '# ', '> ', '<u>', '\\', '`', '![', '](', '=', '|', '+', ':--'),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
  fc.constantFrom('word', 'Zwei', 'été', '🎬'),
)
const html = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''))

test('what was read and is written reads as the same again', () => {
  fc.assert(fc.property(html, (text) => {
    const markdown = markdownOf(text)
    expect(markdownOf(htmlOf(markdown))).toBe(markdown)
  }), { numRuns: 2_000 })
})
test('words are never lost, whatever their style', () => {
  fc.assert(fc.property(fc.array(fc.tuple(fc.constantFrom('', 'b', 'i', 'blockquote'), fc.stringMatching(/^[a-z]{1,5}$/))), (parts) => {
    const said = htmlOf(markdownOf(parts.map(([name, word]) => (name === '' ? word : `<${name}>${word}</${name}>`)).join(' '))).replaceAll(/<\/?[a-z]+>/g, '')
    expect(said.split(/\s+/).filter((word) => word !== '')).toEqual(parts.map(([, word]) => word))
  }))
})
