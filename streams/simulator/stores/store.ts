/** What a simulated store is to the simulator, whatever its mechanism. */
import type { AnyRow, ViewStore } from '../../runtime/store.ts'
import type { View } from '../../runtime/view.ts'
import type { Network, Server } from '../network.ts'
import type { Random } from '../random.ts'
import type { Process, Scheduler } from '../scheduler.ts'
import type { Promised } from '../trouble.ts'

export interface StoreWorld {
  readonly scheduler: Scheduler
  readonly network: Network
  readonly view: View
  /** Told when something in the store's own data breaks a promise of it. */
  readonly violated: (promise: Promised, what: string) => void
  readonly random: Random
}

export interface SimulatedStore {
  readonly server: Server
  /** The sink's own code over a simulated connection of this process. */
  open(process: Process): ViewStore
  /** Takes all data back to how it is now: what a restored backup does, or a replica that was behind. */
  remember(): () => void
  /** Loses everything. */
  wipe(): void
  /** When it may lose data and have it filled in again, by what the sinks' README says: `noticed late` by the next flush or start of a worker only. */
  readonly loses: 'at any time' | 'noticed late' | 'while nobody works'
  /** Rows of a kind as they lie there, looked at without the sink's own code. */
  rows(row: string): readonly AnyRow[]
}

export const serverOf = (name: string): Server => ({ name, away_until: 0, turned_away: 0, life: 0 })
