/**
 * How a view's rows lie in Redis. Everything of one Kafka partition shares a hash tag, so on a cluster it shares a slot and
 * one script call can write rows and positions together:
 *
 *   {title-stats_v1:3}:stats         hash   field → the row as JSON, for each kind of row
 *   {title-stats_v1:3}:stats#mean    zset   score → field, for each `order` column
 *   {title-stats_v1:3}:positions     hash   fence, and the next offset of each topic
 */
import { fenceAfter, NO_FENCE } from '../../runtime/fence.ts'
import { type AnyRow, type Batch, RejectedError, type RowWrite, specOf } from '../../runtime/store.ts'
import { type Edition, storeName, type View } from '../../runtime/view.ts'

export const slotOf = (view: Edition, partition: number): string => `{${storeName(view)}:${partition}}`
/** Matches every slot of the view. */
export const slotPattern = (view: Edition): string => `{${storeName(view)}:*}`
export const rowsKey = (slot: string, row: string): string => `${slot}:${row}`
export const orderKey = (slot: string, row: string, column: string): string => `${slot}:${row}#${column}`
export const positionsKey = (slot: string): string => `${slot}:positions`

/** A row's field. Words part at line feeds; no id has a % of its own, so this one cannot be mistaken. */
export const fieldOf = (id: string): string => (id.includes('\n') ? id.replaceAll('\n', '%0A') : id)

/**
 * KEYS[1] positions. ARGV: expected fence, the one after it, topic, next offset, then commands, each as its name, its key and its other words, every
 * one of which ends in a line feed: a script is given a few long arguments for less than many short ones.
 *
 * Answers the new fence, or nil where another owner has moved it; then nothing was written. A script that fails half-way keeps
 * what it wrote, so what could fail is tried first: a key of another type. Memory that runs out stops no script after its first write.
 */
export const flushScript = `
local call, find, sub = redis.call, string.find, string.sub
local fence = call('HGET', KEYS[1], 'fence') or '${NO_FENCE}'
if fence ~= ARGV[1] then return false end
local harmless = { HSET = 'HLEN', HDEL = 'HLEN', ZADD = 'ZCARD', ZREM = 'ZCARD' }
for i = 5, #ARGV, 3 do call(harmless[ARGV[i]], ARGV[i + 1]) end
for i = 5, #ARGV, 3 do
  local words, count, text, start = { ARGV[i], ARGV[i + 1] }, 2, ARGV[i + 2], 1
  local stop = find(text, '\\n', start, true)
  while stop do
    count = count + 1
    words[count] = sub(text, start, stop - 1)
    start = stop + 1
    stop = find(text, '\\n', start, true)
  end
  call(unpack(words, 1, count))
end
call('HSET', KEYS[1], 'fence', ARGV[2], ARGV[3], ARGV[4])
return ARGV[2]`

/** Rows in one command at most, since Lua's unpack is bounded by its stack; and characters, since Redis bounds an argument. */
const MAX_ROWS = 1_000
const MAX_CHARS = 1 << 20

interface Run { readonly name: string; readonly key: string; readonly text: string }

/** Adds a row's words to the command of this name and key; what is full is a run of its own. */
function commandOf(runs: Run[], name: string, key: string): (words: string) => void {
  let run: { readonly name: string; readonly key: string; text: string } | undefined
  let rows = 0
  return (words) => {
    if (run === undefined || rows === MAX_ROWS || run.text.length + words.length > MAX_CHARS) {
      run = { name, key, text: '' }
      rows = 0
      runs.push(run)
    }
    rows++
    run.text += words
  }
}

function documentOf(write: RowWrite): string {
  try {
    return JSON.stringify(write.value)
  } catch (cause) {
    throw new RejectedError(`encoding row '${write.row}' of offset ${write.offset} as JSON`, [write], { cause })
  }
}

/** Arguments of the flush script for a batch: few long commands rather than many short ones. */
export function flushArgs(view: View, batch: Batch): string[] {
  const slot = slotOf(view, batch.partition)
  const runs: Run[] = []
  const kindOf = (row: string) => {
    const key = rowsKey(slot, row)
    const order = (specOf(view.rows, row).order ?? []).map((column) => {
      const ordered = orderKey(slot, row, column)
      return { column, add: commandOf(runs, 'ZADD', ordered), remove: commandOf(runs, 'ZREM', ordered) }
    })
    return { set: commandOf(runs, 'HSET', key), remove: commandOf(runs, 'HDEL', key), order }
  }
  const kinds = new Map<string, ReturnType<typeof kindOf>>()
  for (const write of batch.writes) {
    const { row, value } = write
    let kind = kinds.get(row)
    if (kind === undefined) kinds.set(row, kind = kindOf(row))
    const field = fieldOf(write.id)
    if (value === undefined) kind.remove(`${field}\n`)
    else kind.set(`${field}\n${documentOf(write)}\n`)
    for (const { column, add, remove } of kind.order) {
      const score = value?.[column] ?? null
      if (score === null) remove(`${field}\n`)
      else add(`${score}\n${field}\n`)
    }
  }
  return [positionsKey(slot), batch.fence, fenceAfter(batch), batch.topic, String(batch.next), ...runs.flatMap(({ name, key, text }) => [name, key, text])]
}

/** A stored row. */
export const parseRow = (text: string | null): AnyRow | undefined => (text === null ? undefined : JSON.parse(text) as AnyRow)
