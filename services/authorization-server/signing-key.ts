/** When keys come and go. Pure. A key is published before it signs, and stays published until the last token it signed has died. */

export interface KeyTimes {
  /** 1, 2, 3…, in the order in which they sign. */
  readonly generation: number
  /** Instant from which it signs, in ms. */
  readonly signs_from: number
}

export interface RotationTimes {
  /** Age at which a key is replaced. */
  readonly every_ms: number
  /** From a key's publication until it signs: by then every process has it in its key set. */
  readonly lead_ms: number
  /** From the end of a key's signing until it leaves the key set. */
  readonly kept_ms: number
}

/** Access tokens live 10 minutes; ID tokens are shown again as hints at sign-out, for which a day is kept. */
export const rotationTimes: RotationTimes = { every_ms: 30 * 86_400_000, lead_ms: 30_000, kept_ms: 86_400_000 }

export type KeyEvent = KeyTimes & { readonly type: 'KeyAdded' }
const byAge = (keys: readonly KeyTimes[]): readonly KeyTimes[] => [...keys].sort((one, other) => one.generation - other.generation)

/** The key to add, if there is one: the first of all, the next where the newest is old or its end is wished for. One that is to come suffices. */
export function decide(keys: readonly KeyTimes[], command: { readonly now: number; readonly wished: boolean }, { every_ms, lead_ms }: RotationTimes): readonly KeyEvent[] {
  const newest = byAge(keys).at(-1)
  if (newest === undefined) return [{ type: 'KeyAdded', generation: 1, signs_from: command.now }]
  if (newest.signs_from > command.now) return []
  if (!command.wished && command.now - newest.signs_from < every_ms) return []
  return [{ type: 'KeyAdded', generation: newest.generation + 1, signs_from: command.now + lead_ms }]
}

/** The keys after an event. */
export const evolve = (keys: readonly KeyTimes[], { generation, signs_from }: KeyEvent): readonly KeyTimes[] => [...keys, { generation, signs_from }]

/** The keys to publish at an instant, the one that signs first. */
export function published<K extends KeyTimes>(keys: readonly K[], now: number, { kept_ms }: RotationTimes): readonly K[] {
  const sorted = [...keys].sort((one, other) => one.generation - other.generation)
  const kept = sorted.filter((_, index) => (sorted[index + 1]?.signs_from ?? Infinity) + kept_ms > now)
  const signing = kept.findLast(({ signs_from }) => signs_from <= now) ?? kept[0]
  return signing === undefined ? [] : [signing, ...kept.filter((key) => key !== signing)]
}

/** The next instant at which `published` gives another answer; Infinity where there is none. */
export function nextChange(keys: readonly KeyTimes[], now: number, { kept_ms }: RotationTimes): number {
  return Math.min(...byAge(keys).flatMap(({ signs_from }, index) => (index === 0 ? [] : [signs_from, signs_from + kept_ms])).filter((at) => at > now))
}
