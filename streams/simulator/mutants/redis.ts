/** Mutants of the Redis sink. */
import { mutantsOf } from './mutant.ts'

export const ofRedis = [
  ...mutantsOf('sinks/redis/compile.ts', [
    ['no-compare', 'the script writes whatever the fence is', 'if fence ~= ARGV[1] then return false end\n', ''],
    ['compare-inverted', 'only a late owner may write', 'if fence ~= ARGV[1] then', 'if fence == ARGV[1] then'],
    ['fence-stands', 'a flush leaves the fence as it was', "call('HSET', KEYS[1], 'fence', ARGV[2], ARGV[3], ARGV[4])", "call('HSET', KEYS[1], ARGV[3], ARGV[4])"],
    ['position-stands', 'a flush does not move the position', "call('HSET', KEYS[1], 'fence', ARGV[2], ARGV[3], ARGV[4])", "call('HSET', KEYS[1], 'fence', ARGV[2])"],
    ['position-first', 'the position is that of the batch\'s start', 'batch.topic, String(batch.next)', 'batch.topic, String(batch.from)'],
    ['position-past', 'the position is one too far', 'batch.topic, String(batch.next)', 'batch.topic, String(batch.next + 1)'],
    ['position-short', 'the position is one short', 'batch.topic, String(batch.next)', 'batch.topic, String(batch.next - 1)'],
    ['first-command-lost', 'the first command is not run', 'for i = 5, #ARGV, 3 do\n  local words', 'for i = 8, #ARGV, 3 do\n  local words'],
    ['only-first-command', 'only the first command is run', 'for i = 5, #ARGV, 3 do\n  local words', 'for i = 5, 5, 3 do\n  local words'],
    ['order-not-removed', 'a removed row stays in its order', 'if (score === null) remove(`${field}\\n`)\n      else add', 'if (score !== null) add'],
    ['removal-lost', 'a removed row stays', 'if (value === undefined) kind.remove(`${field}\\n`)\n    else kind.set', 'if (value !== undefined) kind.set'],
    ['one-slot', 'all partitions share one slot', '`{${storeName(view)}:${partition}}`', '`{${storeName(view)}:0}`'],
    ['fence-of-counter', 'the fence counts, and comes to the same after a loss', 'fenceAfter(batch), batch.topic', 'String(Number(batch.fence) + 1), batch.topic'],
  ]),
  ...mutantsOf('sinks/redis/store.ts', [
    ['fenced-is-fine', 'a fenced flush is taken for one that went through', "fence === null ? 'fenced' : { fence }", "{ fence: fence ?? batch.fence }"],
    ['old-fence', 'the worker goes on with the fence of before', "fence === null ? 'fenced' : { fence }", "fence === null ? 'fenced' : { fence: batch.fence }"],
    ['reads-nothing', 'rows are read as absent', 'found[place] = parseRow(texts[at] ?? null)', 'found[place] = parseRow(null)'],
    ['rows-shifted', 'rows are given to the wrong keys', 'parseRow(texts[at] ?? null)', 'parseRow(texts[at + 1] ?? null)'],
    ['positions-of-none', 'positions are read as none', 'next: new Map(Object.entries(next)', 'next: new Map(Object.entries({} as typeof next)'],
  ]),
]
