/**
 * When an answer that shows a row of a view may be kept, and until when: see "The cache" in the README for the argument.
 *
 * - *mark*: a record of the view's topics has been heard, so the row's answer is stale, and a new one is kept only if it was asked for
 *   after the view had applied that record
 * - *position*: the next offset that a build of the view will apply of a topic's partition; it is written together with the rows
 * - *floor*: what a partition's position must have passed before any of its answers is kept; where following began
 */

/** Next offsets by topic. */
export type Offsets = ReadonlyMap<string, number>

/** Leave to keep the answer that is asked for now, unless `ok` has turned false by then. */
export interface Ticket { ok: boolean }

export interface Freshness {
  /** Records are heard from these ends of every partition on; nothing that was kept before counts. */
  begin(ends: ReadonlyMap<number, Offsets>): void
  /** They are heard as they are written from now on, so that answers may be kept. */
  open(): void
  /** Changes may go unheard from now on: nothing may be kept. */
  end(): void
  /** A record of the topics: what it says of the row of `key` is in the view once it has applied `offset`. */
  heard(topic: string, offset: number, key: string): void
  /** Before the answer is asked for; undefined: it must not be kept. */
  ticket(key: string): Promise<Ticket | undefined>
  /** The answer has come, or none will; whether it may be kept. Every ticket is to be given back. */
  redeem(key: string, ticket: Ticket): boolean
}

export interface FreshnessOptions {
  readonly partitionOf: (key: string) => number
  /** Where the build that is live has come to. */
  readonly positions: (partition: number) => Promise<Offsets>
  /** An answer about this row is stale. */
  readonly onStale: (key: string) => void
  readonly onAllStale: () => void
  /** Marks that are kept; more of them make floors of the oldest. */
  readonly marksKept?: number
}

const raise = (needs: Map<string, number>, topic: string, next: number): void => { needs.set(topic, Math.max(needs.get(topic) ?? 0, next)) }
const passed = (positions: Offsets | undefined, needs: Offsets | undefined): boolean =>
  needs === undefined || [...needs].every(([topic, next]) => (positions?.get(topic) ?? 0) >= next)

export function createFreshness({ partitionOf, positions, onStale, onAllStale, marksKept = 20_000 }: FreshnessOptions): Freshness {
  let following = false
  let run = 0
  const marks = new Map<string, Map<string, number>>()
  const floors = new Map<number, Map<string, number>>()
  const known = new Map<number, Offsets>()
  const reading = new Map<number, Promise<void>>()
  const tickets = new Map<string, Set<Ticket>>()

  function forget(): void {
    run += 1
    for (const held of tickets.values()) for (const ticket of held) ticket.ok = false
    for (const book of [marks, floors, known, reading, tickets]) book.clear()
    onAllStale()
  }

  function makeRoom(): void {
    const [oldest] = marks
    if (oldest === undefined) return
    const [key, needs] = oldest
    marks.delete(key)
    const partition = partitionOf(key)
    if (passed(known.get(partition), needs)) return
    const floor = floors.get(partition) ?? new Map<string, number>()
    for (const [topic, next] of needs) raise(floor, topic, next)
    floors.set(partition, floor)
  }

  /** Positions only grow, so one reading serves all who wait for it, whenever it began. */
  function read(partition: number): Promise<void> {
    const begun = run
    const under = reading.get(partition) ?? positions(partition)
      .then((found) => { if (run === begun) known.set(partition, found) })
      .finally(() => { if (run === begun) reading.delete(partition) })
    reading.set(partition, under)
    return under
  }

  /** Whether the view is known to have applied all that concerns the row. */
  function isApplied(key: string, partition: number): boolean {
    const at = known.get(partition)
    if (passed(at, floors.get(partition))) floors.delete(partition)
    if (passed(at, marks.get(key))) marks.delete(key)
    return !floors.has(partition) && !marks.has(key)
  }

  return {
    begin(ends) {
      forget()
      for (const [partition, offsets] of ends) floors.set(partition, new Map(offsets))
    },
    open() { following = true },
    end() {
      following = false
      forget()
    },
    heard(topic, offset, key) {
      onStale(key)
      for (const ticket of tickets.get(key) ?? []) ticket.ok = false
      tickets.delete(key)
      const needs = marks.get(key) ?? new Map<string, number>()
      marks.delete(key) // the latest is last
      raise(needs, topic, offset + 1)
      marks.set(key, needs)
      if (marks.size > marksKept) makeRoom()
    },
    async ticket(key) {
      if (!following) return undefined
      const partition = partitionOf(key)
      const begun = run
      if (!isApplied(key, partition)) {
        try {
          await read(partition)
        } catch {
          return undefined // who does not know must not keep
        }
        if (!following || run !== begun || !isApplied(key, partition)) return undefined
      }
      const ticket = { ok: true }
      tickets.set(key, (tickets.get(key) ?? new Set()).add(ticket))
      return ticket
    },
    redeem(key, ticket) {
      const held = tickets.get(key)
      held?.delete(ticket)
      if (held?.size === 0) tickets.delete(key)
      return ticket.ok
    },
  }
}
