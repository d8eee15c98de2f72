/** How long an attempt has to wait, by how many there were before. Pure. */

export interface Limit {
  /** Attempts that cost nothing. */
  readonly free: number
  /** Longest wait. */
  readonly longest_s: number
  /** Forgotten after so long without an attempt. */
  readonly memory_s: number
}

/** One account is guessed at from many addresses, many accounts from one: each has its limit. */
export const limits = {
  account: { free: 5, longest_s: 900, memory_s: 86_400 },
  address: { free: 30, longest_s: 300, memory_s: 3_600 },
  mail: { free: 3, longest_s: 3_600, memory_s: 86_400 },
} as const satisfies Readonly<Record<string, Limit>>
export type LimitName = keyof typeof limits

/** Wait after the attempt of this number, in seconds: none while they are free, then 1, 2, 4…. */
export const decideWait = (attempt: number, { free, longest_s }: Limit): number => (attempt <= free ? 0 : Math.min(longest_s, 2 ** Math.min(30, attempt - free - 1)))

/** The waits after attempts 1, 2, 3… up to the one that nothing exceeds. */
export const waitsOf = (limit: Limit): readonly number[] => {
  const waits: number[] = []
  for (let attempt = 1; waits.at(-1) !== limit.longest_s; attempt++) waits.push(decideWait(attempt, limit))
  return waits
}
