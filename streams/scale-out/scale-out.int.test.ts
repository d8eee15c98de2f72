import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { afterAll, expect, test } from 'vitest'
import { createKafka } from '../runtime/kafka.ts'
import { openSinks } from '../sinks/index.ts'
import { counting, plainValue } from './counting.ts'

const endpoints = endpointsFrom(process.env)
const kafka = createKafka(endpoints.kafka.brokers, 'scale-out-test')
const sinks = openSinks(endpoints)
const children: ChildProcess[] = []
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  await kafka.close()
  await sinks.close()
})

const partitions = 6
const everyPartition = Array.from({ length: partitions }, (_, partition) => partition)

async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + 60_000
  while (!await holds()) {
    if (Date.now() > deadline) throw new Error(`waited 60 s until ${what}`)
    await delay(20)
  }
}

/** A worker in a process of its own, and what it last told. */
function hire(topic: string) {
  const child = spawn(process.execPath, [new URL('worker.ts', import.meta.url).pathname, topic], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  const told = { assigned: [] as readonly number[], positions: new Map<number, number>(), fenced: 0 }
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { assigned, partition, next, outcome } = JSON.parse(line) as { assigned?: number[]; partition?: number; next?: number; outcome?: string }
    if (assigned !== undefined) told.assigned = assigned
    if (partition !== undefined && next !== undefined && outcome !== 'fenced') told.positions.set(partition, next)
    if (outcome === 'fenced') told.fenced++
  })
  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
    told.assigned = []
  }
  return { told, end }
}
type Hand = ReturnType<typeof hire>

test('three workers share the partitions; they join, leave and are killed under load, and every record counts once', async () => {
  const topic = `test.scale-out.${randomUUID()}`
  await kafka.createTopics([{ name: topic, partitions, config: {} }])
  const view = counting(topic)
  const store = await sinks.store(view)
  const total = async (): Promise<number> => {
    let sum = 0
    for await (const row of store.scan('count')) sum += Number(row['count'])
    return sum
  }
  let produced = 0
  let producing = true
  const load = (async () => {
    while (producing) {
      await kafka.produce(topic, Array.from({ length: 60 }, () => ({ key: `t${produced % 97}`, value: plainValue(`t${produced++ % 97}`) })))
      await delay(50)
    }
  })()

  let hands: readonly Hand[] = [hire(topic), hire(topic), hire(topic)]
  /** Every partition has one owner, shares differ by one at most, and every partition moves on under its owner. */
  const settled = async (what: string): Promise<void> => {
    await until(`${what}: the partitions are shared`, () => {
      const shares = hands.map(({ told }) => told.assigned)
      const sizes = shares.map((share) => share.length)
      return String(shares.flat().sort((a, b) => a - b)) === String(everyPartition) && Math.max(...sizes) - Math.min(...sizes) <= 1
    })
    const before = new Map(everyPartition.map((partition) => [partition, Math.max(0, ...hands.map(({ told }) => told.positions.get(partition) ?? 0))]))
    await until(`${what}: every partition moves on`, () => hands.every(({ told }) => told.assigned.every((partition) => (told.positions.get(partition) ?? 0) > (before.get(partition) ?? 0))))
  }
  await settled('three workers')
  for (const round of [1, 2]) {
    const [first, second, ...rest] = hands
    await first?.end('SIGKILL')
    hands = second === undefined ? rest : [second, ...rest]
    await settled(`round ${round}: one was killed`)
    hands = [...hands, hire(topic), hire(topic)]
    await settled(`round ${round}: two joined`)
    await second?.end('SIGTERM')
    hands = hands.filter((hand) => hand !== second)
    await settled(`round ${round}: one left`)
  }
  producing = false
  await load
  await until('all is counted', async () => await total() >= produced)
  await Promise.all(hands.map((hand) => hand.end('SIGTERM')))
  expect(await total()).toBe(produced)
  await store.drop()
}, 240_000)
