/** Reads a view's rows out of Redis. A row's slot follows from its key, as its Kafka partition does. */
import { topicSpec } from '@cdlc/schemas/topics.ts'
import { partitionOf } from '../../runtime/partition.ts'
import type { RedisReader } from '../../runtime/readers.ts'
import { specOf } from '../../runtime/store.ts'
import { encodeKey, type RowSpecs, type View } from '../../runtime/view.ts'
import { fieldOf, orderKey, parseRow, rowsKey, slotOf } from './compile.ts'
import type { RedisConnection } from './connect.ts'

type Key = Readonly<Record<string, unknown>>

export function openReader({ redis }: RedisConnection, view: View): RedisReader<RowSpecs> {
  const [topic] = Object.keys(view.from)
  const partitions = topicSpec(topic ?? '').partitions
  const slots = Array.from({ length: partitions }, (_, partition) => slotOf(view, partition))
  const raw = async (row: string, key: Key): Promise<string | null> => {
    const spec = specOf(view.rows, row)
    const slot = slots[partitionOf(String(key[spec.key[0] ?? '']), partitions)] ?? ''
    return await redis.hget(rowsKey(slot, row), fieldOf(encodeKey(spec, key)))
  }
  return {
    getRaw: async (row, key) => await raw(row, key) ?? undefined,
    get: async (row, key) => parseRow(await raw(row, key)) as never,
    // one command for each key: the client sends those of one turn in one pipeline, whatever their slots
    getMany: async (row, keys) => (await Promise.all(keys.map((key) => raw(row, key)))).map(parseRow) as never,
    async top(row, column, { offset, limit }) {
      const pages = await Promise.all(slots.map((slot) => redis.zrevrange(orderKey(slot, row, column), 0, offset + limit - 1, 'WITHSCORES')))
      const found = pages.flatMap((flat) => Array.from({ length: flat.length / 2 }, (_, i) => ({ id: flat[2 * i] ?? '', score: Number(flat[2 * i + 1]) })))
      return found.sort((a, b) => b.score - a.score || (a.id < b.id ? 1 : -1)).slice(offset, offset + limit)
    },
  }
}
