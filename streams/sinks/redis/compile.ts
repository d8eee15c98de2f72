/**
 * How a view's rows lie in Redis. Everything of one Kafka partition shares a hash tag, so on a cluster it shares a slot and
 * one script call can write rows and position together:
 *
 *   {title-stats_v1:3}:stats:<id>          string   the row as JSON
 *   {title-stats_v1:3}:stats#mean          zset     score → id, for each `order` column
 *   {title-stats_v1:3}:position            hash     fence, and the next offset of each topic
 */
import type { AnyRow, Batch } from '../../runtime/store.ts'
import { specOf } from '../../runtime/store.ts'
import { storeName, type View } from '../../runtime/view.ts'

export const slotOf = (view: View, partition: number): string => `{${storeName(view)}:${partition}}`
export const rowKey = (slot: string, row: string, id: string): string => `${slot}:${row}:${id}`
export const orderKey = (slot: string, row: string, column: string): string => `${slot}:${row}#${column}`
export const positionKey = (slot: string): string => `${slot}:position`

/**
 * KEYS[1] position. ARGV: expected fence, topic, next offset, then commands, each as its length and its words.
 * Answers the new fence, or nil where another owner has moved the position; then nothing was written.
 */
export const flushScript = `
local fence = redis.call('HGET', KEYS[1], 'fence') or '0'
if fence ~= ARGV[1] then return false end
local i, n = 4, #ARGV
while i <= n do
  local words = tonumber(ARGV[i])
  redis.call(unpack(ARGV, i + 1, i + words))
  i = i + words + 1
end
local moved = tostring(tonumber(fence) + 1)
redis.call('HSET', KEYS[1], 'fence', moved, ARGV[2], ARGV[3])
return moved`

/** Words in one command at most: Lua's unpack is bounded by its stack. */
const MAX_WORDS = 2_000

/** Arguments of the flush script for a batch: few long commands (MSET, DEL, ZADD, ZREM) rather than many short ones. */
export function flushArgs(view: View, batch: Batch): string[] {
  const slot = slotOf(view, batch.partition)
  const commands = new Map<string, string[][]>()
  const add = (head: readonly string[], ...words: string[]): void => {
    const name = head.join(' ')
    const runs = commands.get(name) ?? []
    commands.set(name, runs)
    let run = runs.at(-1)
    if (run === undefined || run.length + words.length > MAX_WORDS) runs.push(run = [...head])
    run.push(...words)
  }
  for (const write of batch.writes) {
    const key = rowKey(slot, write.row, write.id)
    if (write.value === undefined) add(['DEL'], key)
    else add(['MSET'], key, JSON.stringify(write.value))
    for (const column of specOf(view.rows, write.row).order ?? []) {
      const order = orderKey(slot, write.row, column)
      if (write.value === undefined) add(['ZREM', order], write.id)
      else add(['ZADD', order], String(write.value[column]), write.id)
    }
  }
  const args = [positionKey(slot), batch.fence, batch.topic, String(batch.next)]
  for (const runs of commands.values()) for (const run of runs) args.push(String(run.length), ...run)
  return args
}

/** A stored row. */
export const parseRow = (text: string | null): AnyRow | undefined => (text === null ? undefined : JSON.parse(text) as AnyRow)
