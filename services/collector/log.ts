/**
 * Events on their way into the topic. What requests bring while one send is under way goes with the next, in one: a send costs much
 * however little it carries. What is appended is known to be in the topic; of anything else that is not said.
 */
import type { OutgoingRecord } from '@cdlc/streams/runtime/kafka.ts'
import type { Producer } from '@cdlc/streams/runtime/producer.ts'
import { Unavailable } from '../shared/errors.ts'

export interface EventLog {
  /** Resolves when the records are in the topic, for good; throws Unavailable where that is not known, or there is no room to wait. */
  append(records: readonly OutgoingRecord[]): Promise<void>
  /** Sends what waits. */
  close(): Promise<void>
}

export interface LogLimits {
  /** Records of one send, but for those of a request that has more. */
  readonly together: number
  /** Records that may be here at once, sent and unsent. */
  readonly room: number
  /** How long a request waits; what it brought may yet arrive. */
  readonly patience_ms: number
}
export const usualLimits: LogLimits = { together: 2_000, room: 20_000, patience_ms: 5_000 }

interface Waiting {
  readonly records: readonly OutgoingRecord[]
  /** Whether anybody still waits for it. */
  wanted: boolean
  readonly done: (cause?: unknown) => void
}

/** Makes a producer when there is something to send, and another one after a failure: see streams/runtime/producer.ts. */
export function openEventLog(topic: string, producers: () => Producer, { together, room, patience_ms }: LogLimits = usualLimits): EventLog {
  const waiting: Waiting[] = []
  let here = 0
  let producer: Producer | undefined
  let sending: Promise<void> | undefined

  /** The next send: whole requests. Those that nobody waits for any more are left behind. */
  function next(): readonly Waiting[] {
    const taken: Waiting[] = []
    let size = 0
    for (let one = waiting[0]; one !== undefined; one = waiting[0]) {
      if (one.wanted && size > 0 && size + one.records.length > together) break
      waiting.shift()
      if (!one.wanted) {
        here -= one.records.length
        continue
      }
      taken.push(one)
      size += one.records.length
    }
    return taken
  }

  async function send(taken: readonly Waiting[]): Promise<void> {
    const open = producer ??= producers()
    try {
      await open.send(topic, taken.flatMap(({ records }) => records))
      for (const { done } of taken) done()
    } catch (cause) {
      producer = undefined
      void open.close()
      for (const { done } of taken) done(cause)
    }
    for (const { records } of taken) here -= records.length
  }

  async function sendAll(): Promise<void> {
    for (let taken = next(); taken.length > 0; taken = next()) await send(taken)
    sending = undefined
  }

  return {
    async append(records) {
      if (here + records.length > room) throw new Unavailable(`appending ${records.length} records to '${topic}': ${here} are still on their way`, { code: 'overloaded' })
      here += records.length
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const one: Waiting = {
        records, wanted: true,
        done: (cause) => { if (cause === undefined) resolve(); else reject(new Unavailable(`appending ${records.length} records to '${topic}'`, { cause })) },
      }
      waiting.push(one)
      // begins after this turn, so that requests that were read together go together
      sending ??= Promise.resolve().then(sendAll)
      const late = setTimeout(() => {
        one.wanted = false
        reject(new Unavailable(`appending ${records.length} records to '${topic}': not within ${patience_ms} ms`))
      }, patience_ms)
      await promise.finally(() => { clearTimeout(late) })
    },
    async close() {
      await sending
      await producer?.close()
    },
  }
}
