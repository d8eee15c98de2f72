/** Markdown as HTML that is safe to show: no HTML of the writer's own, no images, links to the web and mail alone. */
import MarkdownIt from 'markdown-it'

const schemes = /^(?:https?|mailto):/i
// what turns the direction of text and is never closed turns all that follows it; taken out of what comes out, since entities and addresses become characters on the way
const turns = /[\u202A-\u202E\u2066-\u2069]/g

const markdown = new MarkdownIt('default', { html: false, linkify: false, typographer: false, maxNesting: 20 })
markdown.disable(['image', 'table'])
markdown.validateLink = (url) => schemes.test(url.trim())
markdown.renderer.rules['link_open'] = (tokens, at, options, _env, self) => {
  tokens[at]?.attrSet('rel', 'nofollow noopener ugc')
  return self.renderToken(tokens, at, options)
}

/** HTML of a text; the time is bounded by its length, which whoever takes texts in bounds. */
export const htmlOf = (text: string): string => markdown.render(text).replaceAll(turns, '')
