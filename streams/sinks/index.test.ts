import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { afterEach, expect, test } from 'vitest'
import { failurePolicy } from '../runtime/failure.ts'
import type { View } from '../runtime/view.ts'
import { openSinks, type Sinks } from './index.ts'

const view: View = { name: 'things', version: 1, build: 0, store: 'memory', from: {}, rows: { thing: { key: ['id'], columns: { id: 'text', n: 'int' } } }, failure: failurePolicy(), touches: undefined, apply: () => [] }
interface MemoryReader { get(row: string, key: { readonly id: string }): Promise<{ readonly n: number } | undefined> }

const open: Sinks[] = []
afterEach(async () => { await Promise.all(open.splice(0).map((sinks) => sinks.close())) })
async function filled(live: () => Promise<number>): Promise<Sinks> {
  const sinks = openSinks(endpointsFrom({}), live)
  open.push(sinks)
  for (const build of [0, 1]) {
    const store = await sinks.store({ ...view, build })
    const { fence } = await store.positions(0)
    await store.flush({ topic: 't', partition: 0, from: 0, next: 1, fence, writes: [{ row: 'thing', id: 'a', key: { id: 'a' }, value: { id: 'a', n: build }, offset: 0, index: 0 }] })
  }
  return sinks
}
const ask = async (sinks: Sinks): Promise<number | undefined> => (await (await sinks.reader(view as never) as unknown as MemoryReader).get('thing', { id: 'a' }))?.n

test('each question is put to the build that is live then', async () => {
  let live = 0
  const sinks = await filled(async () => live)
  expect(await ask(sinks)).toBe(0)
  live = 1
  expect(await ask(sinks)).toBe(1)
  live = 0
  expect(await ask(sinks)).toBe(0)
})

test('a question that has begun is put to one build to its end', async () => {
  let live = 0
  const sinks = await filled(async () => live)
  const reader = await sinks.reader(view as never) as unknown as MemoryReader
  live = 1
  expect((await reader.get('thing', { id: 'a' }))?.n).toBe(0)
})

test('nothing is asked while it is not known which build is live', async () => {
  const sinks = await filled(async () => { throw new Error('not known') })
  await expect(ask(sinks)).rejects.toThrow('not known')
})
