import { describe, expect, test } from 'vitest'
import { htmlOf } from './markdown.ts'

describe('markdown', () => {
  test('is emphasis, lists, quotes and links', () => {
    expect(htmlOf('**Heat** is *long*.\n\n> quoted\n\n- one\n- two'))
      .toBe('<p><strong>Heat</strong> is <em>long</em>.</p>\n<blockquote>\n<p>quoted</p>\n</blockquote>\n<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n')
    expect(htmlOf('[more](https://example.org/a)')).toBe('<p><a href="https://example.org/a" rel="nofollow noopener ugc">more</a></p>\n')
  })

  test.each([
    ['a script', '<script>alert(1)</script>'],
    ['an element with a handler', '<img src=x onerror=alert(1)>'],
    ['a comment', '<!-- --><b>x</b>'],
    ['a link that runs', '[x](javascript:alert(1))'],
    ['a link that runs, in capitals and entities', '[x](JaVaScRiPt&colon;alert(1))'],
    ['a link of data', '[x](data:text/html;base64,PHNjcmlwdD4=)'],
    ['an image', '![x](https://example.org/pixel.gif)'],
    ['a title that closes its quotes', '[x](https://example.org "\\" onmouseover=alert(1)")'],
    ['an automatic link that runs', '<javascript:alert(1)>'],
    ['a reference that runs', '[x][y]\n\n[y]: javascript:alert(1)'],
  ])('shows nothing that could run: %s', (_, text) => {
    const html = htmlOf(text)
    expect(html).not.toMatch(/<(?!\/?(?:p|a|em|strong|code|pre|ul|ol|li|blockquote|br|hr|h[1-6])\b)/)
    expect(html.replaceAll(/"[^"]*"/g, '')).not.toMatch(/<[^>]*\son\w+=/)
    expect(html).not.toMatch(/(?:href|src)="(?!https?:|mailto:)/i)
  })

  test.each([
    ['as it is', 'a\u202Eb', '<p>ab</p>\n'],
    ['as an entity', 'a&#x202E;b&#8238;c', '<p>abc</p>\n'],
    ['in an address that is shown', '<https://example.org/%E2%80%AE>', '<p><a href="https://example.org/%E2%80%AE" rel="nofollow noopener ugc">https://example.org/</a></p>\n'],
  ])('does not turn the direction of what follows: %s', (_, text, html) => {
    expect(htmlOf(text)).toBe(html)
  })

  const nesting = ['>', '> ', '[', '![', '[](', '[a](b "', '*a ', '*a_ ', '**a *b ', '_a', '`', '<a@', '- ', '* > ', '&#', '\\', '~~a', '[a]: b\n', '1. ']
  test.each(nesting)('comes to an end with what nests without end: %j', (piece) => {
    // five times what the longest review may hold
    expect(htmlOf(piece.repeat(100_000 / piece.length)).length).toBeLessThan(1_100_000)
  })
})
