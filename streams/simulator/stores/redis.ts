/** Redis as the sink uses it: hashes, sorted sets, and the flush script run from its own text. */
import type { AnyRow } from '../../runtime/store.ts'
import { storeName } from '../../runtime/view.ts'
import { flushScript } from '../../sinks/redis/compile.ts'
import type { RedisConnection } from '../../sinks/redis/connect.ts'
import { openStore } from '../../sinks/redis/store.ts'
import type { Process } from '../scheduler.ts'
import { compileLua } from './lua/compile.ts'
import { tableOf, type Value } from './lua/values.ts'
import { serverOf, type SimulatedStore, type StoreWorld } from './store.ts'
import { UnsupportedError } from '../network.ts'

interface Data {
  readonly hashes: Map<string, ReadonlyMap<string, string>>
  readonly sets: Map<string, ReadonlyMap<string, number>>
}
const kinds = ['hashes', 'sets'] as const

const pairs = (words: readonly string[]): readonly (readonly [string, string])[] =>
  Array.from({ length: words.length / 2 }, (_, place) => [words[2 * place] ?? '', words[2 * place + 1] ?? ''] as const)
const without = <T>(held: ReadonlyMap<string, T> | undefined, gone: readonly string[]): ReadonlyMap<string, T> => {
  const left = new Map(held)
  for (const name of gone) left.delete(name)
  return left
}

const commands: Readonly<Record<string, (data: Data, key: string, words: readonly string[]) => Value>> = {
  HGET: ({ hashes }, key, [field = '']) => hashes.get(key)?.get(field) ?? false,
  HLEN: ({ hashes }, key) => hashes.get(key)?.size ?? 0,
  HSET: ({ hashes }, key, words) => { hashes.set(key, new Map([...hashes.get(key) ?? [], ...pairs(words)])); return words.length / 2 },
  HDEL: ({ hashes }, key, words) => { hashes.set(key, without(hashes.get(key), words)); return words.length },
  ZCARD: ({ sets }, key) => sets.get(key)?.size ?? 0,
  ZADD: ({ sets }, key, words) => { sets.set(key, new Map([...sets.get(key) ?? [], ...pairs(words).map(([score, member]) => [member, Number(score)] as const)])); return words.length / 2 },
  ZREM: ({ sets }, key, words) => { sets.set(key, without(sets.get(key), words)); return words.length },
}

function run(data: Data, words: readonly Value[]): Value {
  const [name = '', key = '', ...rest] = words.map(String)
  const command = commands[name.toUpperCase()]
  if (command === undefined) throw new UnsupportedError(`simulated redis: no command '${name}'`)
  return command(data, key, rest)
}

const script = compileLua(flushScript)

export function createRedis({ network, view, violated }: StoreWorld): SimulatedStore {
  const server = serverOf('redis')
  const data: Data = { hashes: new Map(), sets: new Map() }
  const redisOf = new Map<Value, Value>([['call', (...words) => [run(data, words)]]])

  function flush(args: readonly string[]): string | null {
    const [key = '', ...argv] = args
    const before = data.hashes.get(key)
    const answer = script({ KEYS: tableOf([key]), ARGV: tableOf(argv), redis: redisOf })
    const after = data.hashes.get(key)
    for (const [field, value] of before ?? []) {
      if (field !== 'fence' && Number(after?.get(field)) < Number(value)) violated('positions', `position of ${field} in ${key} went back from ${value} to ${after?.get(field)}`)
    }
    return typeof answer === 'string' ? answer : null
  }

  const connect = (process: Process): RedisConnection => {
    const redis = {
      hgetall: (key: string) => network.call(process, server, `hgetall ${key}`, () => Object.fromEntries(data.hashes.get(key) ?? [])),
      hmget: (key: string, ...fields: readonly string[]) => network.call(process, server, `hmget ${key} ${fields.join(' ')}`, () => fields.map((field) => data.hashes.get(key)?.get(field) ?? null)),
    }
    return {
      redis: redis as unknown as RedisConnection['redis'],
      flush: (args) => network.call(process, server, `flush ${args.slice(0, 4).join(' ')}`, () => flush(args)),
    }
  }

  function replace(by: Data): void {
    for (const kind of kinds) {
      const held: Map<string, unknown> = data[kind]
      held.clear()
      for (const [key, value] of by[kind]) held.set(key, value)
    }
  }
  return {
    server,
    loses: 'at any time',
    open: (process) => openStore(connect(process), view),
    remember() {
      const kept: Data = { hashes: new Map(data.hashes), sets: new Map(data.sets) }
      return () => { replace(kept) }
    },
    wipe: () => { replace({ hashes: new Map(), sets: new Map() }) },
    rows(row) {
      const found: AnyRow[] = []
      for (const [key, fields] of data.hashes) {
        const [slot = '', kind] = key.split(/(?<=\}):/)
        if (kind !== row || !slot.startsWith(`{${storeName(view)}:`)) continue
        const order = (view.rows[row]?.order ?? []).map((column) => [column, data.sets.get(`${slot}:${row}#${column}`)] as const)
        for (const [column, set] of order) if (set?.size !== fields.size) violated('rows', `${set?.size} rows of ${key} are ordered by ${column}, and ${fields.size} are there`)
        for (const [field, text] of fields) {
          const value = JSON.parse(text) as AnyRow
          for (const [column, set] of order) if (set?.get(field) !== value[column]) violated('rows', `row ${field} of ${key} has ${column} ${String(value[column])}, but is ordered by ${set?.get(field)}`)
          found.push(value)
        }
      }
      return found
    },
  }
}
