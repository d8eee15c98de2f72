/**
 * What a bench is: `benches/<name>.ts` is `cdlc bench <name>`. A bench measures and reports; it never fails for being slow.
 *
 * - *contestant*: one way of doing the job; contestants take turns, so that what disturbs one disturbs all
 * - *figure*: what was measured, sample by sample, and the target it is held to
 */
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import type { Stack } from '../local/stack.ts'
import type { Figure } from './figures.ts'
import type { ServerName } from './machine.ts'

/** A whole number that the command line may set. */
export interface NumberOption { readonly description: string; readonly standard: number; readonly min: number; readonly max: number }
export type NumberOptions = Readonly<Record<string, NumberOption>>

export interface Context<O extends string = string, F extends string = string> {
  readonly stack: Stack
  readonly endpoints: Endpoints
  readonly options: Readonly<Record<O, number>>
  readonly flags: Readonly<Record<F, boolean>>
  /** Folder for raw samples, profiles and logs. */
  readonly folder: string
  /** Tells a waiting person how far it is. Throws once they have had enough, so that what was made is cleared away. */
  readonly say: (text: string) => void
}

export interface Section { readonly title: string; readonly head: readonly string[]; readonly rows: readonly (readonly (string | number)[])[] }
export interface Report {
  /** One sentence: what was measured, on how much. */
  readonly what: string
  readonly figures: readonly Figure[]
  /** Tables besides the figures. */
  readonly sections?: readonly Section[]
  /** Everything measured, for the file. */
  readonly samples: unknown
  /** Something was lost or refused, which is a failure whatever the speed. */
  readonly broken?: string
}

export interface Bench {
  readonly description: string
  readonly options: NumberOptions
  readonly flags: Readonly<Record<string, string>>
  /** Servers whose versions are told with the figures. */
  readonly servers: readonly ServerName[]
  readonly run: (context: Context) => Promise<Report>
}

/** Defines a bench, with the names of its options known to its `run`. */
export function defineBench<const O extends NumberOptions, const F extends Readonly<Record<string, string>>>(
  bench: Omit<Bench, 'options' | 'flags' | 'run'> & { readonly options: O; readonly flags?: F; readonly run: (context: Context<keyof O & string, keyof F & string>) => Promise<Report> },
): Bench {
  return { flags: {}, ...bench } as unknown as Bench
}

/** Options of every bench that repeats. */
export const rounds = {
  runs: { description: 'counted rounds', standard: 7, min: 1, max: 100 },
  warmups: { description: 'rounds before them that do not count', standard: 3, min: 0, max: 100 },
  seed: { description: 'of the order within a round', standard: 1, min: 0, max: 2 ** 31 - 1 },
} as const satisfies NumberOptions
