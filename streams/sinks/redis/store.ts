/** A view's rows in Redis. Effect and position commit together in one script, which compares the fence first. */
import { NO_FENCE } from '../../runtime/fence.ts'
import type { AnyRow, ViewStore } from '../../runtime/store.ts'
import type { View } from '../../runtime/view.ts'
import { checkerOf } from '../check.ts'
import { rejecting } from '../errors.ts'
import { fieldOf, flushArgs, parseRow, positionsKey, rowsKey, slotOf, slotPattern } from './compile.ts'
import type { RedisConnection } from './connect.ts'
import { isPermanent } from './errors.ts'

/** Keys or fields that Redis looks at in one step of a scan. */
const PAGE = 1_000
/** Eight times as many take twice the memory, and are no faster. */
const FETCH_BYTES = 1 << 17
/** A script is cheap; asking Kafka for each record by itself is not. */
const GATHER_MS = 5

export function openStore({ redis, flush }: RedisConnection, view: View): ViewStore {
  const check = checkerOf(view)
  const keys = (of: string): AsyncIterable<string[]> => redis.scanStream({ match: slotPattern(view) + of, count: PAGE })
  return {
    gather_ms: GATHER_MS,
    fetch_bytes: FETCH_BYTES,
    prepare: async () => {},
    async positions(partition) {
      const { fence = NO_FENCE, ...next } = await redis.hgetall(positionsKey(slotOf(view, partition)))
      return { fence, next: new Map(Object.entries(next).map(([topic, offset]) => [topic, Number(offset)])) }
    },
    async read(partition, refs) {
      const slot = slotOf(view, partition)
      const found: (AnyRow | undefined)[] = refs.map(() => undefined)
      const places = Map.groupBy(refs.keys(), (place) => refs[place]?.row ?? '')
      // one command for each kind, all of them sent together
      await Promise.all([...places].map(async ([row, own]) => {
        const texts = await redis.hmget(rowsKey(slot, row), ...own.map((place) => fieldOf(refs[place]?.id ?? '')))
        own.forEach((place, at) => { found[place] = parseRow(texts[at] ?? null) })
      }))
      return found
    },
    async flush(batch) {
      check(batch.writes)
      const fence = await rejecting(isPermanent, batch.writes, () => flush(flushArgs(view, batch)))
      return fence === null ? 'fenced' : { fence }
    },
    async *scan(row) {
      const seen = new Set<string>() // a scan may come by a key or a field twice
      for await (const page of keys(`:${row}`)) {
        for (const key of page) {
          for await (const fields of redis.hscanStream(key, { count: PAGE }) as AsyncIterable<string[]>) {
            for (let i = 0; i < fields.length; i += 2) {
              const cell = `${key}\n${fields[i]}`
              if (seen.has(cell)) continue
              seen.add(cell)
              yield JSON.parse(fields[i + 1] ?? '') as AnyRow
            }
          }
        }
      }
    },
    async drop() {
      for await (const page of keys(':*')) await Promise.all(page.map((key) => redis.unlink(key)))
    },
  }
}
