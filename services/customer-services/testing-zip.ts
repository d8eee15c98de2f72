/** Reads a zip by its central directory (APPNOTE.TXT 4.3), for tests: yazl's, which are small and not encrypted. */
import { inflateRawSync } from 'node:zlib'

const endSignature = 0x06054b50
const deflated = 8

/** Its files by name. */
export function unzip(zip: Buffer): ReadonlyMap<string, Buffer> {
  const end = zip.lastIndexOf(Buffer.from(Uint32Array.of(endSignature).buffer))
  if (end < 0) throw new Error('reading a zip: it has no end of central directory')
  const files = new Map<string, Buffer>()
  let at = zip.readUInt32LE(end + 16)
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const [method, size, local] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 20), zip.readUInt32LE(at + 42)]
    const lengths = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset))
    const name = zip.toString('utf8', at + 46, at + 46 + (lengths[0] ?? 0))
    const body = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
    const bytes = zip.subarray(body, body + size)
    files.set(name, method === deflated ? inflateRawSync(bytes) : bytes)
    at += 46 + lengths.reduce((sum, length) => sum + length, 0)
  }
  return files
}
