/** The CSV files of a zip, inflated within bounds. Nothing is written to a disk, so a path is but a name; one that pretends otherwise is refused. */
import { crc32 } from 'node:zlib'
import { fromBufferPromise, type Entry, type ZipFile } from 'yauzl'
import { Refused } from '../../shared/errors.ts'
import { most, tooLarge, unreadable } from './refuse.ts'
import type { Problem } from './rows.ts'

export interface File {
  readonly path: string
  readonly bytes: Buffer
}

/** Folders of Letterboxd's own; another one that everything lies in is what a zip was packed with. */
const folders = new Set(['likes', 'lists', 'deleted', 'orphaned'])
/** What macOS adds to a zip. */
const clutter = /^__MACOSX\/|(?:^|\/)\.[^/]+$/

export const isZip = (bytes: Buffer): boolean => bytes.length >= 4 && bytes[0] === 0x50 && bytes[1] === 0x4b && (bytes[2] ?? 0) <= 8

/** Files whose names end in `.csv`, and a problem for each other file: it is left out, a zip within the zip too. Refuses what is broken, encrypted or too large. */
export async function filesOf(bytes: Buffer): Promise<{ readonly files: readonly File[]; readonly problems: readonly Problem[] }> {
  const zip = await reading(fromBufferPromise(bytes, { lazyEntries: true }))
  if (zip.entryCount > most.entries) throw tooLarge(`reading the zip: it has ${zip.entryCount} entries, and ${most.entries} are read at most`)
  const { wanted, problems } = await reading(directoryOf(zip))
  const declared = wanted.reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0)
  if (declared > most.all_bytes) throw tooLarge(`reading the zip: it holds ${declared} bytes of CSV, and ${most.all_bytes} are read at most; send its files one by one`)
  const files: File[] = []
  for (const entry of wanted) files.push({ path: entry.fileName, bytes: await reading(inflated(zip, entry)) })
  return { files: unpacked(files), problems }
}

async function directoryOf(zip: ZipFile): Promise<{ readonly wanted: readonly Entry[]; readonly problems: readonly Problem[] }> {
  const wanted: Entry[] = []
  const problems: Problem[] = []
  const paths = new Set<string>()
  for await (const entry of zip.eachEntry()) {
    const path = entry.fileName
    if (path.length > most.path_characters || /[\p{Cc}\p{Cs}]/u.test(path)) throw unreadable(`reading the zip: the name '${path.slice(0, 60)}…' is too long or holds control characters`)
    if (path.endsWith('/') || clutter.test(path)) continue
    if (entry.isEncrypted()) throw unreadable(`reading '${path}': it is encrypted; send a zip without a password`)
    if (paths.has(path)) throw unreadable(`reading '${path}': the zip has two files of that name`)
    paths.add(path)
    if (!/\.csv$/i.test(path)) problems.push({ file: path, line: null, message: 'left out: only CSV files are read, and no zip within a zip' })
    else if (entry.uncompressedSize > most.file_bytes) throw tooLarge(`reading '${path}': it holds ${entry.uncompressedSize} bytes, and ${most.file_bytes} are read at most`)
    else wanted.push(entry)
  }
  return { wanted, problems }
}

/** At most as many bytes as the entry declares: yauzl stops inflating at the first one more. */
async function inflated(zip: ZipFile, entry: Entry): Promise<Buffer> {
  const chunks: Buffer[] = []
  const stream: AsyncIterable<Buffer> = await zip.openReadStreamPromise(entry)
  for await (const chunk of stream) chunks.push(chunk)
  const bytes = Buffer.concat(chunks)
  if (crc32(bytes) !== entry.crc32) throw unreadable(`reading '${entry.fileName}': it is damaged; send the zip as it was downloaded`)
  return bytes
}

/** What yauzl and zlib say of a broken zip, as a refusal. Anything that goes wrong in reading bytes in memory is the bytes' fault. */
async function reading<T>(step: Promise<T>): Promise<T> {
  try {
    return await step
  } catch (error) {
    if (error instanceof Refused) throw error
    const words = error instanceof Error ? error.message : String(error)
    if (/too many bytes in the stream/i.test(words)) throw tooLarge('reading the zip: a file in it inflates to more than it declares')
    throw unreadable(`reading the zip: ${words.slice(0, 200)}; send it as it was downloaded`)
  }
}

/** Without the one folder that a zip packed anew has everything in. */
function unpacked(files: readonly File[]): readonly File[] {
  const [first = ''] = files[0]?.path.split('/') ?? []
  const packed = files.every(({ path }) => path.startsWith(`${first}/`)) && !folders.has(first.toLowerCase())
  return packed ? files.map(({ path, bytes }) => ({ path: path.slice(first.length + 1), bytes })) : files
}
