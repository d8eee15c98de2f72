/** CSV (RFC 4180) to rows with their lines, bounded, and without holding up the process for long. */
import { parse } from 'csv-parse'
import { pipeline } from 'node:stream/promises'
import { setImmediate as turn } from 'node:timers/promises'
import { most, tooLarge, unreadable } from './refuse.ts'

/** The cells of one row, and the line that it begins on, from 1. */
export interface Line {
  readonly line: number
  readonly cells: readonly string[]
}
/** What is left of the rows that an upload may have: each row read takes one. */
export interface Budget {
  rows: number
}

const cures: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quotation mark is never closed; the file may have been cut off',
  CSV_INVALID_CLOSING_QUOTE: 'something follows a closing quotation mark; a quotation mark within quotes is written twice',
  INVALID_OPENING_QUOTE: 'a quotation mark stands within a cell that is not quoted; quote the cell, and write the mark twice',
}
const slice_characters = 16_384
/** How long a file is worked on before others have their turn. */
const spell_ms = 10

/** A slice at a time, letting others have their turn in between. */
async function* slices(text: string): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += slice_characters) {
    yield text.slice(at, at + slice_characters)
    await turn()
  }
}

/** What `work` makes of each item, in their order; others have their turn in between. */
export async function fairly<T, R>(items: readonly T[], work: (item: T, at: number) => readonly R[]): Promise<readonly R[]> {
  const all: R[] = []
  let since = performance.now()
  for (const [at, item] of items.entries()) {
    all.push(...work(item, at))
    if (performance.now() - since < spell_ms) continue
    await turn()
    since = performance.now()
  }
  return all
}

/** Rows of a text, empty lines left out. Refuses broken quotes, and rows beyond `most` and the budget, by file and line. */
export async function linesOf(text: string, file: string, budget: Budget): Promise<readonly Line[]> {
  const lines: Line[] = []
  const parser = parse({ info: true, relax_column_count: true, skip_empty_lines: true, max_record_size: most.row_characters, record_delimiter: ['\r\n', '\n', '\r'] })
  try {
    await pipeline(slices(text), parser, async (rows: AsyncIterable<unknown>) => {
      for await (const row of rows) {
        const { record, info } = row as { readonly record: readonly string[]; readonly info: { readonly lines: number } }
        const line = info.lines - record.reduce((breaks, cell) => breaks + (cell.match(/\r\n|\n|\r/g)?.length ?? 0), 0)
        if (record.length > most.columns) throw tooLarge(`reading '${file}', line ${line}: it has ${record.length} cells, and ${most.columns} are read at most`)
        if (budget.rows-- <= 0) throw tooLarge(`reading '${file}', line ${line}: more than ${most.rows} rows; send its files one by one, or split them`)
        lines.push({ line, cells: record })
      }
    })
  } catch (error) {
    const { code, lines: at } = error as { readonly code?: string; readonly lines?: number }
    if (code === 'CSV_MAX_RECORD_SIZE') throw tooLarge(`reading '${file}', line ${at}: a row has more than ${most.row_characters} characters`)
    const cure = cures[code ?? '']
    if (cure === undefined) throw error
    throw unreadable(`reading '${file}', line ${at}: ${cure}`)
  }
  return lines
}

/** Cells by the names of their columns. Names are put as `known` spells them; cells and names that are too many or not there are told by number: `#6`. */
export function columnsOf(header: readonly string[], cells: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(Array.from({ length: Math.max(header.length, cells.length) }, (_, at) => [header[at] ?? `#${at + 1}`, cells[at] ?? '']))
}

/** The names in a header, trimmed, spelled as in `known` where they differ by case alone; one that is empty or comes again is told by its number. */
export function headerOf(cells: readonly string[], known: ReadonlyMap<string, string>): readonly string[] {
  const names: string[] = []
  for (const [at, cell] of cells.entries()) {
    const name = known.get(cell.trim().toLowerCase()) ?? cell.trim()
    names.push(name === '' || names.includes(name) ? `#${at + 1}` : name)
  }
  return names
}
