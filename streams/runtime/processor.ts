/**
 * A processor makes one topic out of others by a pure function. This file is its whole vocabulary; sources, changes, row specs and
 * writes are those of `view.ts`.
 *
 * - *state*: rows that the processor keeps of each partition for itself; one without any is *stateless*
 * - *effect*: plain data: put or remove a row of the state, emit a change to the output topic, count a record as dropped, or ask to be
 *   applied again
 * - *step*: one application of one event; most events take one, an event with a large effect takes as many as it asks for
 */
import type { CdcRows } from '@cdlc/schemas/generated/topics.ts'
import { type FailurePolicy, failurePolicy } from './failure.ts'
import { type Change, type ChangeOf, groupName, type KeyOf, type Op, type RowOf, type RowSpecs, type Sources, type Write } from './view.ts'

/** The processor's rows before this step and after all earlier ones, of this partition. */
export type State<R extends RowSpecs = RowSpecs> = { readonly [N in keyof R & string]: {
  get(key: KeyOf<R[N]>): RowOf<R[N]> | undefined
  /** Rows whose key begins with these columns, in order of the rest of it (numbers by size); with `after`, those behind that key. */
  scan(prefix: Partial<KeyOf<R[N]>>, after?: KeyOf<R[N]>): Iterable<RowOf<R[N]>>
} }

/** A change of a row of the output topic. Its key is the column that the catalogue names, of `after` or else of `before`. */
export interface Output<V = Readonly<Record<string, unknown>>> {
  readonly op: Op
  readonly before: V | null
  readonly after: V | null
}

export type Effect<R extends RowSpecs = RowSpecs, V = Readonly<Record<string, unknown>>> =
  | Write<R>
  | { readonly emit: Output<V> }
  /** Nothing comes of the record, or of a part of it, for this reason: it is counted. */
  | { readonly drop: string }
  /** There is more to do than one step should: apply this event again, on the state as it is then. Stands last. */
  | { readonly again: true }

export interface ProcessorDefinition<S extends Sources, R extends RowSpecs, T extends keyof CdcRows> {
  /** Raise it to have everything made again: a new changelog, and the whole output once more, behind what is there. */
  readonly version: number
  readonly from: S
  readonly to: T
  /** Kinds of row the processor remembers; their key columns are text, int, long or timestamp. */
  readonly state: R
  readonly failure?: Partial<FailurePolicy>
  /** Pure and synchronous: no clock, randomness or I/O; never changes what it is given. The same event on the same state has the same effects. */
  readonly apply: (event: ChangeOf<S>, state: State<R>) => readonly Effect<R, CdcRows[T]>[]
}

/** A processor with its types erased, as the runtime handles it; `name` comes from its file. */
export interface Processor {
  readonly name: string
  readonly version: number
  /** Processors are not rebuilt beside themselves, as views are. */
  readonly build: 0
  readonly from: Readonly<Record<string, readonly string[]>>
  readonly to: string
  readonly state: RowSpecs
  readonly failure: FailurePolicy
  readonly apply: (event: Change, state: State) => readonly Effect[]
}

/** `<name>-v<version>`: the processor's consumer group, and what its records say they come from. */
export const processorGroup = (processor: Pick<Processor, 'name' | 'version' | 'build'>): string => groupName(processor)
/** The topic that holds its state and its positions, with as many partitions as its sources. */
export const changelogTopic = (processor: Pick<Processor, 'name' | 'version' | 'build'>): string => `${processorGroup(processor)}-changelog`
export const isStateless = (processor: Pick<Processor, 'state'>): boolean => Object.keys(processor.state).length === 0

/** Defines the processor whose file this is: `export default defineProcessor(import.meta.url, {…})`. The file's name is its name. */
export function defineProcessor<const S extends Sources, const R extends RowSpecs, const T extends keyof CdcRows>(
  url: string, definition: ProcessorDefinition<S, R, T>,
): Processor {
  const name = url.slice(url.lastIndexOf('/') + 1).replace(/\.ts$/, '')
  const processor = { ...definition, build: 0, name, failure: failurePolicy(definition.failure) } as unknown as Processor
  const problem = problemOf(processor)
  if (problem !== undefined) throw new Error(`defining processor '${name}': ${problem}`)
  return processor
}

const keyTypes: readonly unknown[] = ['text', 'int', 'long', 'timestamp']

function problemOf(processor: Processor): string | undefined {
  if (!/^[a-z][a-z0-9-]*$/.test(processor.name)) return 'a processor\'s file name has lower-case letters, digits and dashes'
  if (!Number.isSafeInteger(processor.version) || processor.version < 1) return `version is ${processor.version}, not a whole number from 1`
  if (Object.keys(processor.from).length === 0) return 'it reads no topic'
  if (processor.to in processor.from) return `it writes to '${processor.to}', which it reads`
  for (const [row, spec] of Object.entries(processor.state)) {
    if (!/^[a-z][a-z0-9_]*$/.test(row)) return `row '${row}' is no lower-case name; those with an underscore before them are the runtime's own`
    if (spec.key.length === 0) return `row '${row}' has no key`
    const bad = spec.key.find((column) => !keyTypes.includes(spec.columns[column]))
    if (bad !== undefined) return `row '${row}' has '${bad}' in its key, which is no column of type text, int, long or timestamp`
  }
  return undefined
}
