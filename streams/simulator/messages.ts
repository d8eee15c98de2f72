/** Records' bytes: a schema's number, then the change as JSON. Schemas are asked of a registry, by each process for itself. */
import type { Decoders } from '../runtime/decode.ts'
import type { OutgoingRecord } from '../runtime/kafka.ts'
import type { AnyRow } from '../runtime/store.ts'
import type { Change, Rows, View, Write } from '../runtime/view.ts'
import type { Network, Server } from './network.ts'
import type { Flaw, Planned } from './records.ts'
import type { Process } from './scheduler.ts'
import type { Subject } from './views.ts'

const UNREADABLE = 255
/** Records before the next schema is in use. */
const RECORDS_PER_SCHEMA = 20

/** The record to send; `mended` is without its flaw. */
export function messageOf({ topic, partition, key, change, flaw }: Planned, place: number, mended = false): OutgoingRecord {
  const headers = { place: String(place) }
  if (change === undefined) return { key, partition, value: null, headers }
  const { op, before, after } = change
  const marked = (row: AnyRow | null): AnyRow | null => (row === null || flaw === undefined || mended ? row : { ...row, flaw })
  const body = Buffer.from(JSON.stringify({ topic, op, before: marked(before), after: marked(after) }))
  const schema = flaw === 'undecodable' && !mended ? UNREADABLE : Math.floor(place / RECORDS_PER_SCHEMA) % UNREADABLE
  return { key, partition, value: Buffer.concat([Buffer.from([schema]), body]), headers }
}

/** JSON has no bytes: a Buffer tells of itself as an object of this form. */
const bytesOrValue = (_column: string, value: unknown): unknown =>
  (typeof value === 'object' && value !== null && 'data' in value && Array.isArray(value.data) && 'type' in value && value.type === 'Buffer' ? Buffer.from(value.data) : value)

/** Decoders of one process; a schema it does not know yet costs a call to the registry. */
export function decodersOf(view: View, network: Network, process: Process, registry: Server): Decoders {
  return new Map(Object.keys(view.from).map((topic) => {
    const known = new Set<number>()
    return [topic, {
      async prepare(values: readonly (Buffer | null)[]) {
        const unknown = new Set(values.flatMap((value) => (value === null ? [] : value[0] ?? [])).filter((schema) => !known.has(schema)))
        for (const schema of unknown) await network.call(process, registry, `schema ${schema} of ${topic}`, () => { known.add(schema) })
      },
      decode(value: Buffer) {
        if (value[0] === UNREADABLE) throw new Error('decoding a value: its schema is none')
        if (!known.has(value[0] ?? UNREADABLE)) throw new Error(`decoding a value: schema ${value[0]} was not asked for`)
        return JSON.parse(value.toString('utf8', 1), bytesOrValue) as Change
      },
    }]
  }))
}

const flawOf = ({ before, after }: Change): Flaw | undefined => (after ?? before)?.['flaw'] as Flaw | undefined

/** The view as it is met by records with flaws: it throws at them, or makes rows of them that no store takes. */
export function breakable({ view, refusable }: Subject): View {
  const { touches } = view
  return {
    ...view,
    touches: touches === undefined ? undefined : (change) => {
      if (flawOf(change) === 'breaks touches') throw new Error('touching: the view breaks at this record')
      return touches(change)
    },
    apply(change: Change, rows: Rows): readonly Write[] {
      const flaw = flawOf(change)
      if (flaw === 'breaks apply' || (flaw === 'breaks touches' && touches === undefined)) throw new Error('applying: the view breaks at this record')
      const writes = view.apply(change, rows)
      if (flaw !== 'refused') return writes
      return writes.map((write) => ('put' in write && write.put === refusable?.(change.topic) ? { ...write, row: { ...write.row as AnyRow, version: 0.5 } } : write))
    },
  }
}
