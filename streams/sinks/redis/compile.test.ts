import { expect, test } from 'vitest'
import { defineView } from '../../runtime/view.ts'
import { flushArgs } from './compile.ts'

const view = defineView('file:///views/count.ts', {
  version: 2, store: 'redis', from: { 'cdc.user.ratings': ['title_id'] },
  rows: { stats: { key: ['title_id'], columns: { title_id: 'text', count: 'int' }, order: ['count'] } },
  apply: () => [],
})
const at = { topic: 'cdc.user.ratings', partition: 3, from: 5, next: 7, fence: '4' }
const put = (id: string, count: number) => ({ row: 'stats', id, key: { title_id: id }, value: { title_id: id, count }, offset: 5, index: 0 })

test('a batch becomes one command per kind, in the slot of its partition', () => {
  const writes = [put('heat', 2), put('alien', 9), { ...put('gone', 0), value: undefined }]
  expect(flushArgs(view, { ...at, writes })).toEqual([
    '{count_v2:3}:position', '4', 'cdc.user.ratings', '7',
    '5', 'MSET', '{count_v2:3}:stats:heat', '{"title_id":"heat","count":2}', '{count_v2:3}:stats:alien', '{"title_id":"alien","count":9}',
    '6', 'ZADD', '{count_v2:3}:stats#count', '2', 'heat', '9', 'alien',
    '2', 'DEL', '{count_v2:3}:stats:gone',
    '3', 'ZREM', '{count_v2:3}:stats#count', 'gone',
  ])
})

test('a long command is cut where Lua could not unpack it', () => {
  const writes = Array.from({ length: 2_500 }, (_, i) => put(`t${i}`, i))
  const args = flushArgs(view, { ...at, writes })
  const commands: string[][] = []
  for (let i = 4; i < args.length; i += Number(args[i]) + 1) commands.push(args.slice(i + 1, i + 1 + Number(args[i])))
  expect(commands.map((words) => words[0])).toEqual(['MSET', 'MSET', 'MSET', 'ZADD', 'ZADD', 'ZADD'])
  expect(Math.max(...commands.map((words) => words.length))).toBeLessThanOrEqual(2_000)
  expect(commands.filter((words) => words[0] === 'MSET').flatMap((words) => words.slice(1))).toHaveLength(5_000)
})
