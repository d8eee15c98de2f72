/**
 * What people turn to lately: a rating weighs 1 at its time, a review 2 (it is work), a like ½ (it is one tap), and each half of that after
 * every half-life. There are three: an hour tells what is talked about now, a day what today is about, a week evens out weekdays. Viewings
 * are not counted: they are keyed by profile, and a film that is watched is mostly rated, too.
 *
 * Forward decay (Cormode, Shkapenyuk, Srivastava, Xu: "Forward Decay: A Practical Time Decay Model for Streaming Systems",
 * ICDE 2009): instead of shrinking old weights, what is done at t weighs 2^(t/h) for ever, and only the order of sums counts.
 * Weights are rounded once, to 20 bits, and summed as exact integers, so what is removed or changed leaves no trace.
 *
 * One integer would have a bit for each hour between a title's oldest and newest rating. So time is cut into stretches of 256 half-lives, and a
 * sum is kept of each in which something was done: at most 34 numbers of 80 digits a year, of the hour's. What is two stretches older than
 * the newest weighs less than 2^-256 of it, and is not looked at; it counts again once all that is newer has gone.
 */
import type { RedisReader } from '../../runtime/readers.ts'
import { type ChangeOf, defineView, json, type RowOf, type RowSpecs } from '../../runtime/view.ts'

/** Half-lives in ms. */
export const halfLives = { hour: 3_600_000, day: 86_400_000, week: 7 * 86_400_000 } as const
/** What a score halves in. */
export type Window = keyof typeof halfLives
const windows = Object.keys(halfLives) as readonly Window[]
/** Weights, in halves of a rating's. */
const points = { rating: 2n, review: 4n, like: 1n } as const
export type Kind = keyof typeof points

const BITS = 20
const STRETCH = 256

/** Sums of weights by stretch, newest first, none of them 0: `[stretch, hexadecimal multiples of 2^(256 · stretch - 21)]`. */
export type Sums = readonly (readonly [stretch: number, units_hex: string])[]

const from = {
  'cdc.user.ratings': ['profile_id', 'title_id', 'rated_at', 'version'],
  'cdc.user.reviews': ['review_id', 'title_id', 'state', 'version', 'created_at'],
  'cdc.user.likes': ['subject_id', 'profile_id', 'subject_kind', 'liked_at', 'version'],
} as const
const rows = {
  heat: {
    key: ['title_id'],
    columns: { title_id: 'text', hour: 'double', day: 'double', week: 'double', sums: json<Readonly<Record<Window, Sums>>>() },
    order: ['hour', 'day', 'week'],
  },
  /** `done_at` is null where it does not count: of a review that is hidden. */
  member: {
    key: ['title_id', 'kind', 'member_id'],
    columns: { title_id: 'text', kind: 'text', member_id: 'text', done_at: 'timestamp?', version: 'long' },
  },
} as const satisfies RowSpecs
type Member = RowOf<typeof rows.member> & { readonly kind: Kind }

/** What was done to a title, as it was or is; undefined where it is no title's affair. */
function memberOf(event: ChangeOf<typeof from>): Member | undefined {
  switch (event.topic) {
    case 'cdc.user.ratings': return ofRow(event, ({ title_id, profile_id, rated_at, version }) =>
      ({ title_id, kind: 'rating', member_id: profile_id, done_at: rated_at, version }))
    case 'cdc.user.reviews': return ofRow(event, ({ title_id, review_id, state, created_at, version }) =>
      ({ title_id, kind: 'review', member_id: review_id, done_at: state === 'published' ? created_at : null, version }))
    case 'cdc.user.likes': return ofRow(event, ({ subject_id, subject_kind, profile_id, liked_at, version }) =>
      (subject_kind === 'title' ? { title_id: subject_id, kind: 'like', member_id: profile_id, done_at: liked_at, version } : undefined))
  }
}

function ofRow<V>({ before, after }: { readonly before: V | null; readonly after: V | null }, memberOfRow: (row: V) => Member | undefined): Member | undefined {
  const row = after ?? before
  return row === null ? undefined : memberOfRow(row)
}

const view = defineView(import.meta.url, {
  version: 2,
  store: 'redis',
  from,
  rows,
  touches: (event) => {
    const own = memberOf(event)
    return own === undefined ? [] : [{ row: 'heat', key: { title_id: own.title_id } }, { row: 'member', key: own }]
  },
  apply: (event, { heat, member }) => {
    const own = memberOf(event)
    if (own === undefined) return []
    const { title_id, kind, member_id } = own
    const key = { title_id, kind, member_id }
    const known = member.get(key)
    if (known !== undefined && own.version < known.version) return [] // a snapshot has run ahead of the stream
    const [was, is] = [known?.done_at ?? null, event.after === null ? null : own.done_at]
    const old = heat.get({ title_id })?.sums
    const moved = (window: Window): Sums => {
      const without = was === null ? old?.[window] ?? [] : plus(old?.[window] ?? [], weight(was, window, kind), -1n)
      return is === null ? without : plus(without, weight(is, window, kind), 1n)
    }
    const sums = { hour: moved('hour'), day: moved('day'), week: moved('week') }
    return [
      ...(was === is ? [] : windows.every((window) => sums[window].length === 0) ? [{ remove: 'heat', key: { title_id } } as const]
        : [{ put: 'heat', row: { title_id, hour: scoreOf(sums.hour), day: scoreOf(sums.day), week: scoreOf(sums.week), sums } } as const]),
      event.after === null ? { remove: 'member', key } : { put: 'member', row: own },
    ]
  },
})
export default view

export interface Weight { readonly stretch: number; readonly units: bigint }

/** Twice the weight of `kind` · 2^(`at` / half-life), to 20 bits. Sums and products only, which IEEE 754 makes the same on every machine. */
export function weight(at: number, window: Window, kind: Kind): Weight {
  const halvings = Math.floor(at / halfLives[window])
  const stretch = Math.floor(halvings / STRETCH)
  const x = (at - halvings * halfLives[window]) / halfLives[window] * Math.LN2
  let power = 1
  let term = 1
  for (let n = 1; n <= 12; n++) power += term *= x / n // e^x by its series: the 12th term is below 2^-34
  return { stretch, units: (points[kind] * BigInt(Math.round(power * 2 ** BITS))) << BigInt(halvings - stretch * STRETCH) }
}

/** The sums with `sign` × the weight in its stretch, exactly. */
export function plus(sums: Sums, { stretch, units }: Weight, sign: 1n | -1n): Sums {
  const sum = unitsOf(sums.find(([at]) => at === stretch)) + sign * units
  const others = sums.filter(([at]) => at !== stretch)
  return sum === 0n ? others : [...others, [stretch, sum.toString(16)] as const].toSorted(([a], [b]) => b - a)
}

const unitsOf = (entry: Sums[number] | undefined): bigint => (entry === undefined ? 0n : BigInt(`0x${entry[1]}`))

/** log2 of the two newest stretches, to six decimals; 0 is one rating at the beginning of 1970. */
function scoreOf([newest, next]: Sums): number {
  if (newest === undefined) return 0
  const beneath = next !== undefined && next[0] === newest[0] - 1 ? unitsOf(next) : 0n
  const sum = (unitsOf(newest) << BigInt(STRETCH)) + beneath
  const shift = Math.max(0, sum.toString(16).length * 4 - 64)
  return Math.round((Math.log2(Number(sum >> BigInt(shift))) + shift + (newest[0] - 1) * STRETCH - BITS - 1) * 1e6) / 1e6
}

/** Hottest titles first, in one read. Only order and differences of one window's scores mean something: one more is twice as hot. */
export async function trending(
  reader: RedisReader<typeof view.rows>, { window, limit, offset = 0 }: { readonly window: Window; readonly limit: number; readonly offset?: number },
): Promise<readonly { readonly title_id: string; readonly score: number }[]> {
  const top = await reader.top('heat', window, { offset, limit })
  return top.map(({ id, score }) => ({ title_id: id, score }))
}
