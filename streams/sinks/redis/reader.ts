/** Reads a view's rows out of Redis. A row's slot follows from its key, as its Kafka partition does. */
import { topicSpec } from '@cdlc/schemas/topics.ts'
import { partitionOf } from '../../runtime/partition.ts'
import type { RedisReader } from '../../runtime/readers.ts'
import { specOf } from '../../runtime/store.ts'
import { encodeKey, type RowSpecs, type View } from '../../runtime/view.ts'
import { orderKey, parseRow, rowKey, slotOf } from './compile.ts'
import type { RedisConnection } from './connect.ts'

type Key = Readonly<Record<string, unknown>>

export function openReader({ redis }: RedisConnection, view: View): RedisReader<RowSpecs> {
  const [topic] = Object.keys(view.from)
  const partitions = topicSpec(topic ?? '').partitions
  const slots = Array.from({ length: partitions }, (_, partition) => slotOf(view, partition))
  const keyOf = (row: string, key: Key): string => {
    const spec = specOf(view.rows, row)
    return rowKey(slots[partitionOf(String(key[spec.key[0] ?? '']), partitions)] ?? '', row, encodeKey(spec, key))
  }
  const raw = async (row: string, key: Key): Promise<string | undefined> => await redis.get(keyOf(row, key)) ?? undefined
  return {
    getRaw: raw,
    get: async (row, key) => parseRow(await raw(row, key) ?? null) as never,
    // single GETs: the client sends those of one turn in one pipeline, whatever their slots
    getMany: async (row, keys) => (await Promise.all(keys.map((key) => raw(row, key)))).map((text) => parseRow(text ?? null)) as never,
    async top(row, column, { offset, limit }) {
      const pages = await Promise.all(slots.map((slot) => redis.zrevrange(orderKey(slot, row, column), 0, offset + limit - 1, 'WITHSCORES')))
      const found = pages.flatMap((flat) => Array.from({ length: flat.length / 2 }, (_, i) => ({ id: flat[2 * i] ?? '', score: Number(flat[2 * i + 1]) })))
      return found.sort((a, b) => b.score - a.score || (a.id < b.id ? 1 : -1)).slice(offset, offset + limit)
    },
  }
}
