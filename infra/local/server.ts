/** The shape of a server: a plain value that says how to run it and how to tell that it works. */
import type { PortName } from '@cdlc/schemas/endpoints.ts'

export interface Server {
  readonly name: string
  /** Ports it listens on; the first is the one its clients use. */
  readonly ports: readonly PortName[]
  /** Names of servers and set-up steps that must be ready before it starts. */
  readonly after: readonly string[]
  readonly command: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Working directory; the stack's home if left out. */
  readonly directory?: string
  /** Resident memory, above which it is restarted. */
  readonly memory_mb: number
  /** Configuration files by path, written at each start. */
  readonly files?: Readonly<Record<string, string>>
  /** Work before it is started: initialises an empty data folder. */
  readonly prepare?: (signal: AbortSignal) => Promise<void>
  /** Throws until it is ready. */
  readonly probe: () => Promise<void>
  /** Work once it is ready and before anything else uses it: users, databases. Doing it again changes nothing. */
  readonly complete?: () => Promise<void>
  readonly stopSignal?: 'TERM' | 'INT' | 'QUIT'
  /** How long it may take to stop before it is killed. */
  readonly stop_seconds?: number
}
