/** The ledger on disk: a line of JSON for every write tried and answered, so that a campaign that dies knows what it was promised. */
import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs'
import { createLedger, type Entry, type Ledger } from './ledger.ts'

export interface Journal {
  readonly ledger: Ledger
  close(): void
}

/** Opens a journal and takes up what is in it. */
export function openJournal(path: string): Journal {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const entries = text.split('\n').flatMap((line) => entryOf(line))
  const file = openSync(path, 'a')
  if (text !== '' && !text.endsWith('\n')) writeSync(file, '\n')
  // one write a line, by the kernel at once: what was acknowledged is known though the campaign itself be killed
  const ledger = createLedger(entries, (entry) => { writeSync(file, `${JSON.stringify(entry)}\n`) })
  return { ledger, close: () => closeSync(file) }
}

/** The last line may have been cut short by a kill; it was a write that nobody had an answer to yet. */
function entryOf(line: string): readonly Entry[] {
  try {
    return line === '' ? [] : [JSON.parse(line) as Entry]
  } catch {
    return []
  }
}
