/** Drives a processor with no broker and no worker: given changes, when they are applied, then this is emitted and remembered. */
import { keyedState } from './keyed-state.ts'
import { memoryStores } from './local-store-memory.ts'
import type { Output, Processor } from './processor.ts'
import { type Entry, entryOf, rowsOf } from './row-state.ts'
import type { AnyRow } from './store.ts'
import { deepFreeze } from './testing.ts'
import type { Change } from './view.ts'

export interface DrivenProcessor {
  /** Applies the changes in order, each with all its steps. */
  apply(...changes: readonly Change[]): DrivenProcessor
  /** Everything emitted since the beginning, in order. */
  emitted(): readonly Output[]
  /** Rows of a kind of state, in order of their keys. */
  state(row: string): readonly AnyRow[]
  /** How often something was dropped for this reason. */
  dropped(reason: string): number
}

/** More steps than any event of a test should take. */
const ENDLESS = 100_000

/** Starts from an empty state. Throws where the processor changes its input, or asks for the same step for ever. */
export async function driveProcessor(processor: Processor): Promise<DrivenProcessor> {
  const state = keyedState(await memoryStores().open(processor.name))
  const rows = rowsOf(processor.state, state)
  const emitted: Output[] = []
  const drops = new Map<string, number>()

  function step(change: Change): boolean {
    const writes: Entry[] = []
    let again = false
    for (const effect of processor.apply(change, rows)) {
      if ('emit' in effect) emitted.push(deepFreeze(structuredClone(effect.emit)))
      else if ('drop' in effect) drops.set(effect.drop, (drops.get(effect.drop) ?? 0) + 1)
      else if ('again' in effect) again = true
      else writes.push(entryOf(processor.state, effect))
    }
    for (const [key, value] of writes) state.put(key, value)
    return again
  }

  const driven: DrivenProcessor = {
    apply(...changes) {
      for (const change of changes) {
        const event = deepFreeze(structuredClone(change))
        for (let steps = 0; step(event); steps++) if (steps > ENDLESS) throw new Error(`processor '${processor.name}' asks to be applied again for ever`)
      }
      return driven
    },
    emitted: () => [...emitted],
    state: (row) => [...(rows[row]?.scan({}) ?? [])],
    dropped: (reason) => drops.get(reason) ?? 0,
  }
  return driven
}
