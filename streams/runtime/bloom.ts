/**
 * A Bloom filter over strings: "surely never added", or "perhaps". Bloom, "Space/Time Trade-offs in Hash Coding with Allowable
 * Errors", CACM 13(7), 1970; its k hashes are made of two, as Kirsch and Mitzenmacher show in "Less Hashing, Same Performance", ESA 2006.
 */
export interface BloomFilter {
  add(kind: number, text: string): void
  /** False: never added. True: added, or one of the few that look so. */
  has(kind: number, text: string): boolean
}

/** 1 MiB: with half a million strings one in 500 looks as if it were there, with two million one in 7. */
const BITS = 1 << 23
const HASHES = 4

/** 32-bit FNV-1a over UTF-16 code units, from a seed. */
function hash(seed: number, text: string): number {
  let h = seed
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  return h
}

/** MurmurHash3's finalizer (Appleby, public domain): every bit in sets every bit out. */
function mixed(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/** Empty; takes its memory at the first string. */
export function openBloomFilter(): BloomFilter {
  let bits: Uint32Array | undefined
  const each = (kind: number, text: string, visit: (word: number, mask: number) => boolean): boolean => {
    // both hashes of one pass: two texts that share it share all, which among millions of 2^32 is nothing beside the filter's own errors
    const whole = hash(0x811c9dc5 + kind, text)
    const first = mixed(whole)
    const step = mixed(whole ^ 0x9e3779b9) | 1
    for (let i = 0; i < HASHES; i++) {
      const bit = (first + Math.imul(i, step)) & (BITS - 1)
      if (!visit(bit >>> 5, 1 << (bit & 31))) return false
    }
    return true
  }
  return {
    add(kind, text) {
      const held = bits ??= new Uint32Array(BITS / 32)
      each(kind, text, (word, mask) => { held[word] = (held[word] ?? 0) | mask; return true })
    },
    has: (kind, text) => bits !== undefined && each(kind, text, (word, mask) => ((bits?.[word] ?? 0) & mask) !== 0),
  }
}
