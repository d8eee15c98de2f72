/** One scenario that every sink is held to. A sink's `store.int.test.ts` calls it with a function that opens a view's store. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { type AnyRow, type Batch, RejectedError, type RowRef, type RowWrite, specOf, type ViewStore } from '../runtime/store.ts'
import { encodeKey, type StoreName, type View } from '../runtime/view.ts'
import { A, B, conformanceView, entry, keyOf, kindOf, numbers, sorted, title, writeOf } from './fixtures.ts'

interface Opened {
  readonly view: View
  readonly store: ViewStore
  put(row: AnyRow, offset: number, index?: number): RowWrite
  remove(row: AnyRow, offset: number): RowWrite
  ref(row: AnyRow): RowRef
  /** Flushes what the topic's records [from, next) wrote, on the positions the store has now or on this fence. */
  flush(batch: Partial<Batch> & Pick<Batch, 'from' | 'next' | 'writes'>): Promise<unknown>
  next(topic: string, partition?: number): Promise<number>
  rows(kind: string): Promise<readonly AnyRow[]>
}

/** Registers the scenario. `fences` is false where a late owner is made harmless by filtering instead of by refusal. */
export function conformance(kind: StoreName, fences: boolean, open: (view: View) => Promise<ViewStore>): void {
  const opened = async (): Promise<Opened> => {
    const view = conformanceView(kind)
    const store = await open(view)
    onTestFinished(() => store.drop(), 60_000)
    await store.prepare()
    return {
      view, store,
      put: (row, offset, index) => writeOf(view, kindOf(row), keyOf(view, row), row, offset, index),
      remove: (row, offset) => writeOf(view, kindOf(row), keyOf(view, row), undefined, offset),
      ref: (row) => ({ row: kindOf(row), id: encodeKey(specOf(view.rows, kindOf(row)), row), key: keyOf(view, row) }),
      flush: async (batch) => store.flush({ topic: A, partition: 0, fence: batch.fence ?? (await store.positions(batch.partition ?? 0)).fence, ...batch }),
      next: async (topic, partition = 0) => (await store.positions(partition)).next.get(topic) ?? 0,
      async rows(row) {
        const all: AnyRow[] = []
        for await (const one of store.scan(row)) all.push(one)
        return sorted(all)
      },
    }
  }

  describe(`a view's rows in ${kind}`, { timeout: 120_000 }, () => {
    test('are prepared by many workers at once, and again', async () => {
      const { view, store } = await opened()
      const others = await Promise.all(Array.from({ length: 4 }, () => open(view)))
      await Promise.all(others.map((other) => other.prepare()))
      await store.prepare()
      expect((await store.positions(0)).next.size).toBe(0)
    })

    test('commit together with their topic\'s position', async () => {
      const { store, put, ref, flush, next, rows } = await opened()
      const first = entry('a', 1, { note: 'one' })
      expect(await flush({ from: 0, next: 3, writes: [put(first, 2)] })).not.toBe('fenced')
      expect(await flush({ topic: B, from: 0, next: 8, writes: [put(title('t', 'Heat'), 7)] })).not.toBe('fenced')
      expect([await next(A), await next(B)]).toEqual([3, 8])
      expect(await store.read(0, [ref(title('t', '')), ref(entry('a', 2)), ref(first)])).toEqual([title('t', 'Heat'), undefined, first])
      expect(await store.read(0, [])).toEqual([])
      expect([await rows('entries'), await rows('titles')]).toEqual([[first], [title('t', 'Heat')]])
    })

    test('are overwritten whole, removed, and put again after removal', async () => {
      const { flush, put, remove, rows, next } = await opened()
      const full = entry('a', 1, { note: 'n', ratio: 1.5, views: 3, seen_at: 5, tags: ['x'], marks: [1], size: 9, seen: true })
      await flush({ from: 0, next: 1, writes: [put(full, 0)] })
      expect(await rows('entries')).toEqual([full])
      await flush({ from: 1, next: 2, writes: [put(entry('a', 1), 1)] })
      expect(await rows('entries')).toEqual([entry('a', 1)])
      await flush({ from: 2, next: 3, writes: [remove(full, 2)] })
      expect(await rows('entries')).toEqual([])
      await flush({ from: 3, next: 4, writes: [put(full, 3)] })
      expect(await rows('entries')).toEqual([full])
      expect(await next(A)).toBe(4)
    })

    test('may be removed without having been there', async () => {
      const { flush, remove, put, rows, next } = await opened()
      await flush({ from: 0, next: 2, writes: [remove(entry('a', 1), 0), put(entry('b', 1), 1)] })
      expect(await rows('entries')).toEqual([entry('b', 1)])
      expect(await next(A)).toBe(2)
    })

    test('keep nulls, empty and odd strings, edge integers and lists as they were', async () => {
      const { flush, put, rows, store, ref } = await opened()
      const odd = ['', ' ', 'naïve café', '映画', '🎬 film', 'a:b%c', 'tab\tline\nquote\'"\\`$', 'x'.repeat(42), 'é'.repeat(43), 'y'.repeat(3_000), '🎬'.repeat(900)]
      const numbersOf: readonly AnyRow[] = [
        { size: Number.MAX_SAFE_INTEGER, views: 2 ** 31 - 1, ratio: 0.1, seen_at: 1_790_000_000_123 },
        { size: Number.MIN_SAFE_INTEGER, views: -(2 ** 31), ratio: -1e300, seen_at: 0 },
        { size: 2 ** 32, views: -1, ratio: 3, seen_at: 1 }, { size: -(2 ** 32) - 1, views: 0, ratio: 5e-324, seen_at: -1_500 },
        { size: -1, seen: true, tags: ['', 'b', 'ü'], marks: [0, -5, 2 ** 31 - 1] },
      ]
      const all = [...odd.map((note, number) => entry('odd', number, { note, tags: [note, ''] })), ...numbersOf.map((rest, number) => entry('n', number, rest)), entry('ключ:🎬', 1)]
      await flush({ from: 0, next: all.length, writes: all.map((row, offset) => put(row, offset)) })
      expect(await rows('entries')).toEqual(sorted(all))
      expect(await store.read(0, all.map(ref))).toEqual(all)
    })

    test('may hold 900 kB of text', async () => {
      const { flush, put, store, ref } = await opened()
      const large = entry('large', 1, { note: '\u{1f3ac}x'.repeat(180_000) })
      expect(await flush({ from: 0, next: 1, writes: [put(large, 0)] })).not.toBe('fenced')
      expect(await store.read(0, [ref(large)])).toEqual([large])
    })

    test('that no column holds are refused by name, and the others can go without them', async () => {
      const { flush, put, rows, next } = await opened()
      const wrong = [{ ratio: Number.NaN }, { size: 2 ** 53 }, { note: 7 }, { tags: null }, { seen: 1 }, { views: 2 ** 31 }, { seen_at: 0.5 }].map((rest, place) => put(entry('wrong', place, rest), place))
      const good = put(entry('good', 1), wrong.length)
      const refused: unknown = await flush({ from: 0, next: 8, writes: [...wrong, good] }).catch((error: unknown) => error)
      expect(refused).toBeInstanceOf(RejectedError)
      expect(refused).toEqual(expect.objectContaining({ writes: wrong }))
      expect([await rows('entries'), await next(A)]).toEqual([[], 0])
      expect(await flush({ from: 0, next: 8, writes: [good] })).not.toBe('fenced')
      expect(await rows('entries')).toEqual([entry('good', 1)])
    })

    test('of an event that writes many rows all arrive, and count as one position', async () => {
      const { flush, put, rows, next } = await opened()
      const all = Array.from({ length: 1_024 }, (_, number) => entry('many', number))
      await flush({ from: 7, next: 8, writes: all.map((row, index) => put(row, 7, index)) })
      expect(await rows('entries')).toHaveLength(1_024)
      expect(await next(A)).toBe(8)
    })

    test('of two partitions are independent', async () => {
      const { flush, put, rows, next } = await opened()
      await flush({ partition: 0, from: 0, next: 10, writes: [put(entry('p0', 1), 9)] })
      await flush({ partition: 1, from: 0, next: 4, writes: [put(entry('p1', 1), 3)] })
      expect([await next(A, 0), await next(A, 1), await next(A, 2)]).toEqual([10, 4, 0])
      expect(await rows('entries')).toHaveLength(2)
    })

    test('do not stall where records write nothing', async () => {
      const { flush, put, rows, next } = await opened()
      await flush({ from: 0, next: 2, writes: [put(entry('a', 1), 0)] })
      expect(await flush({ from: 2, next: 9, writes: [] })).not.toBe('fenced')
      expect(await next(A)).toBeLessThanOrEqual(9)
      expect(await flush({ from: 9, next: 12, writes: [put(entry('a', 2), 10)] })).not.toBe('fenced')
      expect(await rows('entries')).toHaveLength(2)
      expect(await next(A)).toBeGreaterThan(10)
    })

    test('are not changed by an owner that is late', async () => {
      const { view, flush, put, remove, rows, next } = await opened()
      const zombie = await open(view)
      const { fence } = await zombie.positions(0)
      const late = { topic: A, partition: 0, fence }
      const refused = fences ? 'fenced' : expect.anything()
      const [first, second] = [entry('a', 1, { note: 'first' }), entry('a', 1, { note: 'second' })]
      await flush({ from: 0, next: 5, writes: [put(second, 4)] })
      expect(await zombie.flush({ ...late, from: 0, next: 3, writes: [put(first, 0)] })).toEqual(refused)
      expect(await rows('entries')).toEqual([second])
      await flush({ from: 5, next: 7, writes: [remove(second, 6)] })
      expect(await zombie.flush({ ...late, from: 0, next: 5, writes: [put(second, 4)] })).toEqual(refused)
      expect(await rows('entries')).toEqual([])
      expect(await next(A)).toBe(7)
    })

    test('are the same after overlapping deliveries with other batch ends', async () => {
      const { view, store, put, remove, rows, next } = await opened()
      const random = numbers(7)
      const events = Array.from({ length: 120 }, (_, offset) => {
        const row = entry(`k${random(9)}`, random(2), { views: offset, note: random(2) === 0 ? null : `at ${offset}` })
        return random(4) === 0 ? remove(row, offset) : put(row, offset)
      })
      const lastOf = (from: number, until: number): readonly RowWrite[] => [...new Map(events.slice(from, until).map((write) => [write.id, write])).values()]
      const owners = [store, await open(view), await open(view)]
      const at = owners.map(() => ({ from: 0, fence: '' }))
      for (const [place, owner] of owners.entries()) at[place] = { from: 0, fence: (await owner.positions(0)).fence }
      for (let turn = 0; await next(A) < events.length; turn++) {
        expect(turn, 'turns without an end').toBeLessThan(2_000)
        const place = random(owners.length)
        const [owner, mine] = [owners[place], at[place]]
        if (owner === undefined || mine === undefined) throw new Error(`no owner ${place}`)
        const until = Math.min(events.length, mine.from + 1 + random(25))
        const flushed = mine.from === until ? 'fenced' : await owner.flush({ topic: A, partition: 0, from: mine.from, next: until, fence: mine.fence, writes: lastOf(mine.from, until) })
        if (flushed !== 'fenced') at[place] = { from: until, fence: flushed.fence }
        else {
          const positions = await owner.positions(0)
          at[place] = { from: positions.next.get(A) ?? 0, fence: positions.fence }
        }
      }
      const expected = lastOf(0, events.length).map((write) => write.value).filter((value) => value !== undefined)
      expect(await rows('entries')).toEqual(sorted(expected))
    })

    test('are gone after a drop, and can be built again', async () => {
      const { store, flush, put, rows, next } = await opened()
      await flush({ from: 0, next: 6, writes: [put(entry('a', 1), 5)] })
      expect([await rows('entries'), await next(A)]).toEqual([[entry('a', 1)], 6])
      await store.drop()
      await store.prepare()
      expect([await rows('entries'), await next(A)]).toEqual([[], 0])
      await flush({ from: 0, next: 3, writes: [put(entry('a', 1, { note: 'early' }), 2)] })
      expect([await rows('entries'), await next(A)]).toEqual([[entry('a', 1, { note: 'early' })], 3])
    })
  })
}
