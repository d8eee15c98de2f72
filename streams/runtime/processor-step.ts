/** One application of one event: what it writes, emits and drops, checked and encoded before any of it counts. */
import { PoisonError } from './decode.ts'
import type { Emission } from './emission.ts'
import type { Placed } from './fold.ts'
import type { Output, Processor, State } from './processor.ts'
import { type Entry, entryOf } from './row-state.ts'

/** An event with the time of its record (ms since the epoch). */
export interface TimedEvent extends Placed { readonly timestamp: number }

/** How changes become records of the output topic. */
export interface OutputFormat {
  readonly keyOf: (change: Output) => string
  /** Throws on a change that breaks the topic's contract. */
  readonly encode: (change: Output) => Buffer
}

export interface Step {
  readonly entries: readonly Entry[]
  readonly emissions: readonly Emission[]
  readonly drops: readonly string[]
  readonly again: boolean
  /** What it takes of a record batch. */
  readonly bytes: number
}

/** Beside what is cut at, so that both together stay below a record batch of 1 MiB. */
const MAX_STEP_BYTES = 400_000
/** What a record costs beside its key and value. */
const RECORD_BYTES = 80

/** `index` of the event's records came of its steps before. Throws what the processor throws, and on a step that is no good. */
export function stepOf(processor: Processor, rows: State, output: OutputFormat, topic: string, { offset, change, timestamp }: TimedEvent, index: number): Step {
  const entries: Entry[] = []
  const emissions: Emission[] = []
  const drops: string[] = []
  let again = false
  let bytes = 0
  for (const effect of processor.apply(change, rows)) {
    if ('emit' in effect) {
      const key = output.keyOf(effect.emit)
      const value = output.encode(effect.emit)
      emissions.push({ topic, offset, index: index + emissions.length, key, value, timestamp })
      bytes += key.length + value.length + RECORD_BYTES
    } else if ('drop' in effect) {
      drops.push(effect.drop)
    } else if ('again' in effect) {
      again = true
    } else {
      const entry = entryOf(processor.state, effect)
      entries.push(entry)
      bytes += entry[0].length + (entry[1]?.length ?? 0) + RECORD_BYTES
    }
  }
  if (bytes > MAX_STEP_BYTES) throw new PoisonError('too_large', `applying a step of ${bytes} bytes, where ${MAX_STEP_BYTES} are the most: split it with 'again'`)
  if (again && entries.length === 0) throw new PoisonError('endless', 'asked to apply an event again on the same state: it would ask so for ever')
  return { entries, emissions, drops, again, bytes }
}
