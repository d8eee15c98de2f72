/** Cells as values. What a cell cannot mean is a fault of its row: its words are gathered, and the row is kept as it came. */
import type { Film, ImportRow, Item, Place, Problem } from './rows.ts'

export interface Cells {
  /** Empty where there is no such column. */
  readonly text: (name: string) => string
  readonly day: (name: string) => string | null
  readonly yes: (name: string) => boolean
  /** Halves from 1 to 10 of stars from 0.5 to 5. */
  readonly stars: (name: string) => number | null
  readonly whole: (name: string, from: number, to: number) => number | null
  readonly tags: (name: string) => readonly string[]
  /** A name, of a film or a list: one line, not empty. */
  readonly name: (name: string) => string
  /** Markdown, by `of`. Beyond `most` characters it is cut; of a review, which has no such limit, too many bytes are a fault. */
  readonly prose: (name: string, of: (text: string) => string, most?: number) => string
  readonly fault: (words: string) => void
}
/** Sentences on a row: of faults, for which it is kept and not taken, and of what is left off when it is. */
interface Said {
  readonly faults: string[]
  readonly remarks: string[]
}

const mostName = 500
/** As `services/social` takes them, in UTF-8. */
const mostProse_bytes = 65_000
/** As the diary takes them. */
const [mostTags, mostTag] = [20, 40]
// oxlint-disable-next-line no-control-regex
const controls = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g
/** How long a text is, as MySQL counts. */
const lengthOf = (text: string): number => Array.from(text).length
/** The first characters of a text. */
export const cut = (text: string, most: number): string => Array.from(text).slice(0, most).join('').trim()
const shown = (cell: string): string => JSON.stringify(cell.length > 40 ? `${cell.slice(0, 40)}…` : cell)

const isDay = (text: string): boolean => {
  const at = Date.parse(`${text}T00:00:00Z`)
  return /^(?:1\d|20|21)\d\d-\d\d-\d\d$/.test(text) && !Number.isNaN(at) && new Date(at).toISOString().startsWith(text)
}
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
/** `Sat Jan 14 00:00:00 2012`, as IMDb once wrote days. */
const spelled = (text: string): string => {
  const [, month = '', day = '', year = ''] = /^\w{3} (\w{3}) +(\d{1,2}) [\d:]+ (\d{4})$/.exec(text) ?? []
  const at = months.indexOf(month) + 1
  return at === 0 ? text : `${year}-${String(at).padStart(2, '0')}-${day.padStart(2, '0')}`
}

function cellsOf(columns: Readonly<Record<string, string>>, { faults, remarks }: Said): Cells {
  const text = (name: string): string => columns[name]?.trim() ?? ''
  const fault = (words: string): void => void faults.push(words)
  const whole = (name: string, from: number, to: number): number | null => {
    const cell = text(name)
    if (cell === '') return null
    if (/^\d{1,9}$/.test(cell) && Number(cell) >= from && Number(cell) <= to) return Number(cell)
    fault(`${name} is ${shown(cell)}; it must be a whole number from ${from} to ${to}, or empty`)
    return null
  }
  return {
    text,
    fault,
    whole,
    day: (name) => {
      const cell = spelled(text(name))
      if (cell === '') return null
      if (isDay(cell)) return cell
      fault(`${name} is ${shown(cell)}; it must be a day such as 2024-02-29, or empty`)
      return null
    },
    yes: (name) => {
      const cell = text(name)
      if (!/^(?:yes|no|)$/i.test(cell)) fault(`${name} is ${shown(cell)}; it must be Yes, or empty`)
      return /^yes$/i.test(cell)
    },
    stars: (name) => {
      const cell = text(name)
      if (cell === '') return null
      if (/^(?:0\.5|[1-4](?:\.[05])?|5(?:\.0)?)$/.test(cell)) return Number(cell) * 2
      fault(`${name} is ${shown(cell)}; it must be stars from 0.5 to 5 in halves, or empty`)
      return null
    },
    tags: (name) => {
      const tags = [...new Set(text(name).replaceAll(controls, ' ').split(',').map((tag) => tag.trim()).filter((tag) => tag !== ''))]
      const taken = tags.filter((tag) => lengthOf(tag) <= mostTag).slice(0, mostTags)
      if (taken.length < tags.length) remarks.push(`${name} has ${tags.length} tags; ${mostTags} of ${mostTag} characters are taken at most, the others are left off`)
      return taken
    },
    name: (name) => {
      const cell = text(name).replaceAll(/\s+/g, ' ').replaceAll(controls, '')
      if (cell === '') fault(`${name} is empty`)
      if (lengthOf(cell) > mostName) fault(`${name} has more than ${mostName} characters`)
      return cell
    },
    prose: (name, of, most) => {
      const came = (columns[name] ?? '').replaceAll(/\r\n?/g, '\n').replaceAll(controls, '').trim()
      const isLong = Buffer.byteLength(came) > 2 * mostProse_bytes
      const cell = isLong ? came : of(came)
      if (most !== undefined && lengthOf(cell) > most) {
        remarks.push(`${name} has more than ${most} characters; the rest is left off`)
        return cut(cell, most)
      }
      if (Buffer.byteLength(cell) > mostProse_bytes) fault(`${name} has more than ${mostProse_bytes} bytes`)
      return cell
    },
  }
}

/** A film by the columns that both formats name it with; `uri` is the column of its address at Letterboxd, where there is one. */
export function filmOf(cells: Cells, { name, uri, imdb, original }: { readonly name: string; readonly uri?: string; readonly imdb?: string; readonly original?: string }): Film {
  const [address, id, called] = [uri, imdb, original].map((column) => (column === undefined ? '' : cells.text(column)))
  const film = { name: cells.name(name), year: cells.whole('Year', 1_000, 2_199) }
  return {
    ...film,
    ...(address === undefined || address === '' ? {} : { letterboxd_uri: address }),
    ...(id === undefined || id === '' ? {} : { imdb_id: id }),
    ...(called === undefined || called === '' || called === film.name ? {} : { original_name: called }),
  }
}

/**
 * The rows of a line: what `read` makes of it; or, where that finds a fault, the line kept as it is. What is wrong or left off is a problem. Where the row
 * has others that hang on it, `lenient` takes it without its faulty cells.
 */
export function rowsOf(place: Place, read: (cells: Cells) => readonly Item[], problems: Problem[], { lenient = false } = {}): readonly ImportRow[] {
  const said: Said = { faults: [], remarks: [] }
  const items = read(cellsOf(place.columns, said))
  const isKept = said.faults.length > 0 && !lenient
  const words = [...said.faults, ...said.remarks].join('; ')
  if (words !== '') problems.push({ file: place.file, line: place.line, message: isKept ? `${words}. The row is kept, and not imported` : words })
  return isKept ? [{ kind: 'kept', what: 'unreadable', ...place }] : items.map((item) => ({ ...item, ...place }))
}

/** Two films are one where their names, but for case, and their years are. */
export const filmKey = ({ name, year }: Film): string => `${name.toLowerCase()}|${year ?? ''}`
