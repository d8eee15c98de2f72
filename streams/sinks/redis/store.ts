/** A view's rows in Redis. Effect and position commit together in one script, which compares the fence first. */
import type { AnyRow, ViewStore } from '../../runtime/store.ts'
import { storeName, type View } from '../../runtime/view.ts'
import { flushArgs, parseRow, positionKey, rowKey, slotOf } from './compile.ts'
import type { RedisConnection } from './connect.ts'

export function openStore({ redis, flush }: RedisConnection, view: View): ViewStore {
  return {
    prepare: async () => {},
    async positions(partition) {
      const { fence = '0', ...next } = await redis.hgetall(positionKey(slotOf(view, partition)))
      return { fence, next: new Map(Object.entries(next).map(([topic, offset]) => [topic, Number(offset)])) }
    },
    async read(partition, refs) {
      if (refs.length === 0) return []
      const slot = slotOf(view, partition)
      return (await redis.mget(refs.map((ref) => rowKey(slot, ref.row, ref.id)))).map(parseRow)
    },
    async flush(batch) {
      const fence = await flush(flushArgs(view, batch))
      return fence === null ? 'fenced' : { fence }
    },
    async *scan(row) {
      for await (const keys of redis.scanStream({ match: `{${storeName(view)}:*}:${row}:*`, count: 1_000 }) as AsyncIterable<string[]>) {
        // the page's keys may lie in many slots: one MGET per slot
        for (const slotKeys of Map.groupBy(new Set(keys), (key) => key.slice(0, key.indexOf('}'))).values()) {
          for (const text of await redis.mget(slotKeys)) if (text !== null) yield JSON.parse(text) as AnyRow
        }
      }
    },
    async drop() {
      for await (const keys of redis.scanStream({ match: `{${storeName(view)}:*}:*`, count: 1_000 }) as AsyncIterable<string[]>) {
        await Promise.all(keys.map((key) => redis.unlink(key)))
      }
    },
  }
}
