/**
 * Kafka's default partition of a key: murmur2 over its UTF-8 bytes, sign bit cleared, modulo the partitions.
 * Readers need it to find the slot a row lives in. Source of the hash: Austin Appleby's MurmurHash2, as Kafka's
 * `Utils.murmur2` has it (seed 0x9747b28c).
 */
const M = 0x5bd1e995

const mix = (k: number): number => {
  const multiplied = Math.imul(k, M)
  return Math.imul(multiplied ^ (multiplied >>> 24), M)
}

/** 32-bit MurmurHash2 of the bytes, as a signed integer. */
export function murmur2(bytes: Buffer): number {
  const length = bytes.length
  let h = 0x9747b28c ^ length
  let i = 0
  for (; i + 4 <= length; i += 4) h = Math.imul(h, M) ^ mix(bytes.readInt32LE(i))
  const left = length - i
  if (left >= 3) h ^= (bytes[i + 2] ?? 0) << 16
  if (left >= 2) h ^= (bytes[i + 1] ?? 0) << 8
  if (left >= 1) h = Math.imul(h ^ (bytes[i] ?? 0), M)
  h = Math.imul(h ^ (h >>> 13), M)
  return h ^ (h >>> 15)
}

/** The partition that Kafka's producers put this key in. */
export const partitionOf = (key: string, partitions: number): number => (murmur2(Buffer.from(key, 'utf8')) & 0x7fffffff) % partitions
