import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keyedState } from './keyed-state.ts'
import { localStores, type LocalStores } from './local-store.ts'
import { memoryStores } from './local-store-memory.ts'

let folder = ''
beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), 'cdlc-stores-')) })
afterAll(() => rm(folder, { recursive: true }))

const bytes = (text: string): Buffer => Buffer.from(text)
const at = (next: number) => ({ next, epoch: 0, at: 0 })
let names = 0
const kinds: readonly (readonly [string, () => LocalStores])[] = [['on disk', () => localStores(folder)], ['in memory', memoryStores]]

describe.each(kinds)('a local store %s', (_kind, open) => {
  test('keeps entries and checkpoint together, and for the next that opens it', async () => {
    const stores = open()
    const name = `store-${names++}`
    const first = await stores.open(name)
    expect([first.checkpoint(), first.get('a')]).toEqual([undefined, undefined])
    await first.write(new Map([['a', bytes('1')], ['b', bytes('1')]]), at(2))
    await first.write(new Map([['a', null], ['b', bytes('2')]]), at(4))
    expect([first.get('a'), first.get('b')?.toString()]).toEqual([undefined, '2'])
    await first.close()
    const second = await stores.open(name)
    expect([second.checkpoint(), second.get('b')?.toString()]).toEqual([at(4), '2'])
    await second.clear()
    expect([second.checkpoint(), second.get('b'), [...second.scan('a', 'z')]]).toEqual([undefined, undefined, []])
    await second.close()
  })

  test('refuses to write where another has moved the checkpoint', async () => {
    const stores = open()
    const name = `store-${names++}`
    const [one, other] = [await stores.open(name), await stores.open(name)]
    await one.write(new Map([['a', bytes('1')]]), at(1))
    await expect(other.write(new Map([['a', bytes('late')]]), at(1))).rejects.toThrow('another process writes to it')
    await expect(other.clear()).rejects.toThrow('another process writes to it')
    expect(one.get('a')?.toString()).toBe('1')
    await one.close()
  })

  test('behaves, with what is not on disk yet before it, like a sorted map', async () => {
    const key = fc.constantFrom('a/1/', 'a/1/x/', 'a/2/', 'a/2/y/', 'b/', 'b/0/')
    const action = fc.oneof(
      fc.record({ do: fc.constant('put' as const), key, value: fc.option(fc.string({ maxLength: 3 })) }),
      fc.record({ do: fc.constant('settle' as const) }),
      fc.record({ do: fc.constant('reopen' as const) }),
    )
    await fc.assert(fc.asyncProperty(fc.array(action, { maxLength: 30 }), key, key, async (actions, from, below) => {
      const stores = open()
      const name = `store-${names++}`
      let store = await stores.open(name)
      let state = keyedState(store)
      const model = new Map<string, string>()
      let settled = new Map(model)
      for (const [n, action] of actions.entries()) {
        if (action.do === 'put') {
          state.put(action.key, action.value === null ? null : bytes(action.value))
          if (action.value === null) model.delete(action.key)
          else model.set(action.key, action.value)
        } else if (action.do === 'settle') {
          await state.settle(at(n))
          settled = new Map(model)
        } else {
          await store.close()
          store = await stores.open(name)
          state = keyedState(store)
          model.clear()
          for (const [known, value] of settled) model.set(known, value)
        }
        expect([...state.scan(from, below)].map(([found, value]) => [found, value.toString()]))
          .toEqual([...model].filter(([known]) => known >= from && known < below).sort(([a], [b]) => (a < b ? -1 : 1)))
        expect(state.get(from)?.toString()).toBe(model.get(from))
      }
      await store.close()
    }), { numRuns: 60 })
  })
})

describe('a store on disk', () => {
  const filled = async (name: string, boot = 'this boot') => {
    const store = await localStores(folder, boot).open(name)
    await store.write(new Map([['a', bytes('1')]]), at(1))
    return store
  }

  test('is there for the next process, where its own was killed', async () => {
    await filled('killed') // and never closed
    const store = await localStores(folder, 'this boot').open('killed')
    expect([store.checkpoint(), store.get('a')?.toString()]).toEqual([at(1), '1'])
    await store.close()
  })

  test('begins anew where the machine went down with it open', async () => {
    await filled('fallen')
    const store = await localStores(folder, 'next boot').open('fallen')
    expect([store.checkpoint(), store.get('a')]).toEqual([undefined, undefined])
    await store.close()
  })

  test('outlives the machine where it was closed', async () => {
    await (await filled('closed')).close()
    const store = await localStores(folder, 'next boot').open('closed')
    expect(store.get('a')?.toString()).toBe('1')
    await store.close()
  })

  test('begins anew where the machine went down with it open, though another process had closed it since', async () => {
    const first = await filled('shared')
    await localStores(folder, 'this boot').open('shared')
    await first.close()
    expect((await localStores(folder, 'next boot').open('shared')).get('a')).toBeUndefined()
  })

  test('begins anew where it took its process down while it was opened', async () => {
    await (await filled('torn')).close()
    await writeFile(join(folder, 'torn', 'open'), 'opening')
    await truncate(join(folder, 'torn', 'data.mdb'), 100) // LMDB would die of this
    const store = await localStores(folder, 'this boot').open('torn')
    expect(store.get('a')).toBeUndefined()
    await store.close()
  })
})
