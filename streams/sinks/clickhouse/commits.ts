/**
 * Group commit into one table. All that waits goes in one insert, of as many partitions as there are, since an insert costs the
 * server milliseconds however small it is; what comes meanwhile goes in the next.
 *
 * An insert is a compare-and-set on the table: its deduplication token is made of the positions of all partitions there, so of two
 * inserts that were computed on one state of the table the server takes one and drops the other, in silence. The state is read
 * before the first insert and after each.
 */
import { createHash } from 'node:crypto'
import type { RowWrite } from '../../runtime/store.ts'
import { CHARS_PER_INSERT, NOTHING, positionOf, type Run } from './compile.ts'

/** The greatest position that a table holds of each partition. */
export type TableState = ReadonlyMap<number, number>

export interface PartitionWrites { readonly partition: number; readonly writes: readonly RowWrite[] }

export interface Table {
  readonly name: string
  read(): Promise<TableState>
  insert(rows: readonly PartitionWrites[], token: string): Promise<void>
  /** Whether an insert that failed so would fail again. */
  isPermanent(error: unknown): boolean
}

export interface Commits {
  /** Has the table hold all of these writes; false where it stands behind what it was known to hold: it has lost rows. One at a time for a partition. */
  put(rows: PartitionWrites & Run): Promise<boolean>
  /** Reads the table's position of a partition, and takes it for known. */
  read(partition: number): Promise<number>
  /** The position that the table is known to hold of a partition. */
  known(partition: number): number
}

/** Inserts that left the table where it was before we give up. */
const STILL_GIVE_UP = 10

interface Waiting extends PartitionWrites, Run {
  readonly last: number
  readonly resolve: (holds: boolean) => void
  readonly reject: (cause: unknown) => void
}

const at = (state: TableState, partition: number): number => state.get(partition) ?? NOTHING
const same = (a: TableState, b: TableState): boolean => a.size === b.size && [...a].every(([partition, position]) => b.get(partition) === position)

/** `attempt` > 0 tells a token apart that was used up by an insert whose rows the table has lost since. */
export function tokenOf(table: string, state: TableState, attempt: number): string {
  const positions = [...state].sort(([a], [b]) => a - b).map(([partition, position]) => `${partition}=${position}`)
  return `${table}:${createHash('sha256').update(positions.join()).digest('base64url')}${attempt === 0 ? '' : `#${attempt}`}`
}

/** The first of those that wait, and more of them while they fit an insert. */
function fitting(waiting: readonly Waiting[], most: number): readonly Waiting[] {
  let sum = 0
  const past = waiting.findIndex(({ chars }, place) => {
    sum += chars
    return place > 0 && (place >= most || sum > CHARS_PER_INSERT)
  })
  return past === -1 ? waiting : waiting.slice(0, past)
}

export function openCommits(table: Table): Commits {
  /** Goes back only when whoever writes the partition is told. */
  const known = new Map<number, number>()
  let waiting: Waiting[] = []
  let running = false

  /** Answers those whose rows the table holds, and those whose rows of before it has lost. */
  function settle(state: TableState): void {
    for (const [partition, position] of state) known.set(partition, Math.max(position, known.get(partition) ?? NOTHING))
    waiting = waiting.filter(({ partition, last, resolve }) => {
      const [now, before] = [at(state, partition), at(known, partition)]
      if (now < before) {
        known.set(partition, now)
        resolve(false)
      } else if (now >= last) {
        resolve(true)
      }
      return now >= before && now < last
    })
  }
  function reject(those: readonly Waiting[], cause: unknown): void {
    waiting = waiting.filter((one) => !those.includes(one))
    for (const one of those) one.reject(cause)
  }

  async function run(): Promise<void> {
    let state = await table.read()
    let [still, most] = [0, Infinity]
    for (;;) {
      settle(state)
      if (waiting.length === 0) return
      if (still > STILL_GIVE_UP) throw new Error(`inserting into ${table.name}: it stood still through ${still} inserts`)
      const taken = fitting(waiting, most)
      const lacking = taken.map(({ partition, writes }) => ({ partition, writes: writes.filter((write) => positionOf(write) > at(state, partition)) }))
      try {
        await table.insert(lacking, tokenOf(table.name, state, still))
      } catch (cause) {
        if (!table.isPermanent(cause)) throw cause
        if (taken.length === 1) reject(taken, cause)
        most = 1 // whose rows are to blame shows when each partition's go alone
        continue
      }
      const after = await table.read()
      still = same(state, after) ? still + 1 : 0
      // where another owner's insert came first, a smaller one has a better chance to come between two of its
      const done = taken.some(({ partition }) => at(after, partition) !== at(state, partition))
      most = done ? Infinity : Math.max(1, Math.floor(taken.length / 2))
      state = after
    }
  }
  function start(): void {
    running = true
    run().then(() => { running = false; if (waiting.length > 0) start() }, (cause: unknown) => { running = false; reject(waiting, cause) })
  }

  return {
    put(rows) {
      const last = rows.writes.reduce((most, write) => Math.max(most, positionOf(write)), NOTHING)
      return new Promise((resolve, reject) => {
        waiting.push({ ...rows, last, resolve, reject })
        if (!running) start()
      })
    },
    async read(partition) {
      const position = at(await table.read(), partition)
      known.set(partition, position)
      return position
    },
    known: (partition) => at(known, partition),
  }
}
