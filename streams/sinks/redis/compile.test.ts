import { expect, test } from 'vitest'
import { fenceAfter } from '../../runtime/fence.ts'
import { defineView } from '../../runtime/view.ts'
import { fieldOf, flushArgs } from './compile.ts'

const view = defineView('file:///views/count.ts', {
  version: 2, store: 'redis', from: { 'cdc.user.ratings': ['title_id'] },
  rows: { stats: { key: ['title_id'], columns: { title_id: 'text', count: 'int?' }, order: ['count'] } },
  apply: () => [],
})
const at = { topic: 'cdc.user.ratings', partition: 3, from: 5, next: 7, fence: '4' }
const put = (id: string, count: number | null) => ({ row: 'stats', id, key: { title_id: id }, value: { title_id: id, count }, offset: 5, index: 0 })

test('a batch becomes one command per kind, in the slot of its partition', () => {
  const writes = [put('heat', 2), put('alien', 9), { ...put('gone', 0), value: undefined }]
  expect(flushArgs(view, { ...at, writes })).toEqual([
    '{count_v2:3}:positions', '4', fenceAfter({ ...at, writes }), 'cdc.user.ratings', '7',
    'HSET', '{count_v2:3}:stats', 'heat\n{"title_id":"heat","count":2}\nalien\n{"title_id":"alien","count":9}\n',
    'ZADD', '{count_v2:3}:stats#count', '2\nheat\n9\nalien\n',
    'HDEL', '{count_v2:3}:stats', 'gone\n',
    'ZREM', '{count_v2:3}:stats#count', 'gone\n',
  ])
})

test('a row without a score is in no order', () => {
  expect(flushArgs(view, { ...at, writes: [put('new', null)] }).slice(5)).toEqual([
    'HSET', '{count_v2:3}:stats', 'new\n{"title_id":"new","count":null}\n', 'ZREM', '{count_v2:3}:stats#count', 'new\n'])
})

test('a long command is cut where Lua could not unpack it, or where an argument grows too long', () => {
  const commandsOf = (writes: readonly ReturnType<typeof put>[]) => {
    const args = flushArgs(view, { ...at, writes })
    return Array.from({ length: (args.length - 5) / 3 }, (_, i) => ({ name: args[5 + 3 * i], words: args[7 + 3 * i]?.split('\n').slice(0, -1) ?? [] }))
  }
  const many = commandsOf(Array.from({ length: 2_500 }, (_, i) => put(`t${i}`, i)))
  expect(many.map(({ name, words }) => [name, words.length])).toEqual([['HSET', 2_000], ['ZADD', 2_000], ['HSET', 2_000], ['ZADD', 2_000], ['HSET', 1_000], ['ZADD', 1_000]])
  expect(commandsOf(Array.from({ length: 3 }, (_, i) => put(`${i}`.repeat(300_000), i))).map(({ name, words }) => [name, words.length])).toEqual([
    ['HSET', 2], ['ZADD', 6], ['HSET', 2], ['HSET', 2]])
})

test('a document that JSON cannot hold is refused by its own write', () => {
  const wrong = { ...put('heat', 2), value: { title_id: 'heat', count: 1n } }
  expect(() => flushArgs(view, { ...at, writes: [put('alien', 1), wrong] })).toThrow(expect.objectContaining({ writes: [wrong], message: "encoding row 'stats' of offset 5 as JSON" }))
})

test('an id that breaks its line keeps a field of its own', () => {
  expect([fieldOf('a\nb'), fieldOf('a b'), fieldOf('a:%0A')]).toEqual(['a%0Ab', 'a b', 'a:%0A'])
})
