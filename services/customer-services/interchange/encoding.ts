/** Bytes to text: UTF-8, or UTF-16 that says so; and Windows-1252 where its reader knows that such files are about. */
import { unreadable } from './refuse.ts'

const cure = 'save it as UTF-8, or send the file as it was downloaded'
/** C0 controls other than tab, line feed and carriage return: no text has them, and UTF-16 without a mark has zeros. */
// oxlint-disable-next-line no-control-regex
const binary = /[\u0000-\u0008\u000B\u000C\u000E-\u001F]/u

/**
 * The text of a CSV file, without its byte order mark. Bytes that are no UTF-8 are Windows-1252 where `isLegacy` knows the text so read, as IMDb's exports
 * once were; else the file is refused by the first line that has them.
 */
export function textOf(bytes: Buffer, file: string, isLegacy: (text: string) => boolean): string {
  const text = decoded(bytes, file, isLegacy)
  const at = text.search(binary)
  if (at >= 0) throw unreadable(`reading '${file}', line ${lineAt(text, at)}: it holds bytes that no text has; ${cure}`)
  return text
}

function decoded(bytes: Buffer, file: string, isLegacy: (text: string) => boolean): string {
  const [first, second] = bytes
  const utf16 = first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : undefined
  if (utf16 !== undefined) {
    return decode(utf16, bytes) ?? fail(`reading '${file}': it begins as UTF-16 and does not go on so; ${cure}`)
  }
  const utf8 = decode('utf-8', bytes)
  if (utf8 !== undefined) return utf8
  const legacy = new TextDecoder('windows-1252').decode(bytes)
  if (isLegacy(legacy)) return legacy
  return fail(`reading '${file}', line ${firstBroken(bytes)}: it is not UTF-8; ${cure}`)
}

const fail = (message: string): never => {
  throw unreadable(message)
}

function decode(encoding: string, bytes: Buffer): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

const lineAt = (text: string, at: number): number => text.slice(0, at).split('\n').length

/** From 1: the first line that is not UTF-8. A line feed is never a part of another character, so lines may be looked at one by one. */
function firstBroken(bytes: Buffer): number {
  let [line, from] = [1, 0]
  for (;;) {
    const end = bytes.indexOf(0x0a, from)
    if (end < 0 || decode('utf-8', bytes.subarray(from, end)) === undefined) return line
    ;[line, from] = [line + 1, end + 1]
  }
}
