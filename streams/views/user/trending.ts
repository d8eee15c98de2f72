/**
 * What is rated much lately: each rating weighs 1 at its time and half of that every 7 days later.
 *
 * Forward decay (Cormode, Shkapenyuk, Srivastava, Xu: "Forward Decay: A Practical Time Decay Model for Streaming Systems",
 * ICDE 2009): instead of shrinking old weights, a rating at t weighs 2^(t/h) for ever, and only the order of sums counts.
 * Weights are rounded once, to 53 bits, and summed as exact integers, so a removed or changed rating leaves no trace.
 */
import type { CdcRows } from '@cdlc/schemas/generated/topics.ts'
import type { RedisReader } from '../../runtime/readers.ts'
import { defineView, type RowSpecs } from '../../runtime/view.ts'

const HALF_LIFE_MS = 7 * 86_400_000
const BITS = 52

/** `mantissa` × 2^`exponent`; canonical: an odd mantissa, or 0 × 2^0. */
export interface Exact { readonly mantissa: bigint; readonly exponent: number }
const zero: Exact = { mantissa: 0n, exponent: 0 }

const rows = {
  heat: {
    key: ['title_id'],
    columns: { title_id: 'text', mantissa_hex: 'text', exponent: 'int', score: 'double' },
    order: ['score'],
  },
  member: {
    key: ['title_id', 'profile_id'],
    columns: { title_id: 'text', profile_id: 'text', rated_at: 'timestamp', version: 'long' },
  },
} as const satisfies RowSpecs

const keysOf = ({ title_id, profile_id }: Pick<CdcRows['cdc.user.ratings'], 'title_id' | 'profile_id'>) =>
  ({ heat: { title_id }, member: { title_id, profile_id } })

const view = defineView(import.meta.url, {
  version: 1,
  store: 'redis',
  from: { 'cdc.user.ratings': ['profile_id', 'title_id', 'rated_at', 'version'] },
  rows,
  touches: ({ before, after }) => {
    const rating = after ?? before
    if (rating === null) return []
    const key = keysOf(rating)
    return [{ row: 'heat', key: key.heat }, { row: 'member', key: key.member }]
  },
  apply: ({ before, after }, { heat, member }) => {
    const rating = after ?? before
    if (rating === null) return []
    const key = keysOf(rating)
    const counted = member.get(key.member)
    if (counted !== undefined && rating.version < counted.version) return [] // a snapshot has run ahead of the stream
    const old = heat.get(key.heat)
    let sum = old === undefined ? zero : { mantissa: BigInt(`0x${old.mantissa_hex}`), exponent: old.exponent }
    if (counted !== undefined) sum = plus(sum, weight(counted.rated_at), -1n)
    if (after !== null) sum = plus(sum, weight(after.rated_at), 1n)
    return [
      sum.mantissa === 0n ? { remove: 'heat', key: key.heat }
        : { put: 'heat', row: { ...key.heat, mantissa_hex: sum.mantissa.toString(16), exponent: sum.exponent, score: log2(sum) } },
      after === null ? { remove: 'member', key: key.member }
        : { put: 'member', row: { ...key.member, rated_at: after.rated_at, version: after.version } },
    ]
  },
})
export default view

/** 2^(`rated_at` / half-life), to 53 bits. Sums and products only, which IEEE 754 makes the same on every machine. */
export function weight(rated_at: number): Exact {
  const halvings = Math.floor(rated_at / HALF_LIFE_MS)
  const x = (rated_at / HALF_LIFE_MS - halvings) * Math.LN2
  let power = 1
  let term = 1
  for (let n = 1; n <= 20; n++) power += term *= x / n // e^x by its series: the 20th term is below 2^-52
  return canonical(BigInt(Math.round(power * 2 ** BITS)), halvings - BITS)
}

/** `a` + `sign` × `b`, exactly. */
export function plus(a: Exact, b: Exact, sign: 1n | -1n): Exact {
  if (a.mantissa === 0n) return canonical(sign * b.mantissa, b.exponent)
  const exponent = Math.min(a.exponent, b.exponent)
  return canonical((a.mantissa << BigInt(a.exponent - exponent)) + sign * (b.mantissa << BigInt(b.exponent - exponent)), exponent)
}

function canonical(mantissa: bigint, exponent: number): Exact {
  if (mantissa === 0n) return zero
  const zeros = (mantissa & -mantissa).toString(2).length - 1
  return { mantissa: mantissa >> BigInt(zeros), exponent: exponent + zeros }
}

/** Of a positive number, to nine decimals. */
function log2({ mantissa, exponent }: Exact): number {
  const shift = Math.max(0, mantissa.toString(16).length * 4 - 64)
  return Math.round((Math.log2(Number(mantissa >> BigInt(shift))) + shift + exponent) * 1e9) / 1e9
}

/** Hottest titles first. Only order and differences of scores mean something: one more is twice as hot. */
export async function trending(
  reader: RedisReader<typeof view.rows>, { limit, offset = 0 }: { readonly limit: number; readonly offset?: number },
): Promise<readonly { readonly title_id: string; readonly score: number }[]> {
  const top = await reader.top('heat', 'score', { offset, limit })
  return top.map(({ id, score }) => ({ title_id: id, score }))
}
