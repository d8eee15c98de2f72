/** What is killed, and when, from a seed: the same seed and targets give the same strikes, however often the campaign is broken off. */
import { type Random, randomOf } from '@cdlc/streams/simulator/random.ts'

/** Processes that die together, and perhaps the first of them once more while it recovers. */
export interface Strike {
  /** Rest between the last return and this, in ms. */
  readonly pause_ms: number
  readonly targets: readonly string[]
  /** How long after supervisor has started the one target again it dies for the second time; null: it does not. */
  readonly again_ms: number | null
}

const longestPause_ms = 4_000
const longestAgain_ms = 6_000
/** Shares of strikes at two targets, and of those at a target and its recovery. */
const together = 1 / 8
const again = 1 / 8

/** Strikes without end. Every target's turn comes once in a round of all, in a new order each round. */
export function* schedule(seed: number, targets: readonly string[]): Generator<Strike, never> {
  const random = randomOf(seed)
  let turn: string[] = []
  const next = (not?: string): string => {
    if (turn.length === 0) turn = shuffled(targets, random)
    const place = turn.findIndex((target) => target !== not)
    return turn.splice(Math.max(place, 0), 1)[0] ?? ''
  }
  if (targets.length === 0) throw new Error('planning kills: there is nothing to kill')
  for (;;) {
    const first = next()
    const kind = random.next()
    const pair = kind < together && targets.length > 1
    yield {
      // squared: most strikes come soon after the last return, few after a quiet moment
      pause_ms: Math.round(longestPause_ms * random.next() ** 2),
      targets: pair ? [first, next(first)] : [first],
      again_ms: !pair && kind >= 1 - again ? Math.round(longestAgain_ms * random.next() ** 2) : null,
    }
  }
}

/** How many processes a strike kills. */
export const killsOf = ({ targets, again_ms }: Strike): number => targets.length + (again_ms === null ? 0 : 1)

/** The strike, or as much of it as kills no more than `left` processes. */
export const trimmed = (strike: Strike, left: number): Strike =>
  killsOf(strike) <= left ? strike : { ...strike, targets: strike.targets.slice(0, left), again_ms: null }

function shuffled(items: readonly string[], random: Random): string[] {
  const order = [...items]
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.below(i + 1)
    const [a, b] = [order[i], order[j]]
    if (a !== undefined && b !== undefined) [order[i], order[j]] = [b, a]
  }
  return order
}
