/** A call tree as a flame graph in SVG: width is time, colour is whose code it is, a title says more. Pure. */
import type { Flame } from './cpuprofile.ts'

const WIDTH = 1_400
const ROW = 17
/** Boxes narrower than this are left out. */
const NARROWEST = 0.4
const LETTER = 6.2

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** A hue per owner: the same in every graph. */
function colour(owner: string): string {
  let hash = 0
  for (const letter of owner) hash = hash * 31 + (letter.codePointAt(0) ?? 0) >>> 0
  return owner.startsWith('ours') ? `hsl(${200 + hash % 40} 60% 70%)` : `hsl(${hash % 60} 75% 68%)`
}

interface Box { readonly flame: Flame; readonly x: number; readonly width: number; readonly depth: number }

function boxes(flame: Flame, x: number, depth: number, scale: number): readonly Box[] {
  const width = flame.total_us * scale
  if (width < NARROWEST) return []
  let at = x
  const below = flame.children.flatMap((child) => {
    const inside = boxes(child, at, depth + 1, scale)
    at += child.total_us * scale
    return inside
  })
  return [{ flame, x, width, depth }, ...below]
}

/** `title` stands above the graph. Callers are above what they call. */
export function flamegraph(root: Flame, title: string): string {
  const all = boxes(root, 0, 0, WIDTH / Math.max(1, root.total_us))
  const height = (Math.max(...all.map(({ depth }) => depth)) + 3) * ROW
  const drawn = all.map(({ flame, x, width, depth }) => {
    const y = (depth + 2) * ROW
    const label = width > 3 * LETTER ? flame.name.slice(0, Math.floor(width / LETTER) - 1) : ''
    const share = (flame.total_us / root.total_us * 100).toFixed(1)
    const tip = `${flame.name} ${flame.where} (${flame.owner}): ${share} %, itself ${(flame.self_us / root.total_us * 100).toFixed(1)} %`
    return `<g><title>${escaped(tip)}</title><rect x="${x.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${ROW - 1}" fill="${colour(flame.owner)}"/>`
      + (label === '' ? '' : `<text x="${(x + 2).toFixed(1)}" y="${y + 12}">${escaped(label)}</text>`) + '</g>'
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="monospace" font-size="10.5">`
    + `<rect width="100%" height="100%" fill="#fff"/><text x="4" y="14" font-size="13">${escaped(title)}</text>${drawn.join('\n')}</svg>\n`
}
