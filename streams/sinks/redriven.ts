/** What a store that orders writes by their positions does with redriven records; registered by the `store.int.test.ts` of such a sink. */
import { describe, expect, onTestFinished, test } from 'vitest'
import type { AnyRow, RowWrite, ViewStore } from '../runtime/store.ts'
import type { StoreName, View } from '../runtime/view.ts'
import { A, conformanceView, entry, keyOf, sorted, writeOf } from './fixtures.ts'

export function redriven(kind: StoreName, open: (view: View) => Promise<ViewStore>): void {
  const opened = async () => {
    const view = conformanceView(kind)
    const store = await open(view)
    onTestFinished(() => store.drop(), 60_000)
    await store.prepare()
    const write = (number: number, offset: number, removed = false): RowWrite => {
      const row = entry('a', number, { views: offset })
      return writeOf(view, 'entries', keyOf(view, row), removed ? undefined : row, offset)
    }
    const again = (one: RowWrite): RowWrite => ({ ...one, source: A })
    const rows = async (): Promise<readonly AnyRow[]> => {
      const all: AnyRow[] = []
      for await (const row of store.scan('entries')) all.push({ number: row['number'], views: row['views'] })
      return sorted(all)
    }
    const dead = `dlq.${view.name}`
    const redrive = (from: number, writes: readonly RowWrite[], into = store): Promise<unknown> => into.flush({ topic: dead, partition: 0, from, next: from + writes.length, fence: '', writes: writes.map(again) })
    const flush = (from: number, next: number, ...writes: readonly RowWrite[]): Promise<unknown> => store.flush({ topic: A, partition: 0, from, next, fence: '', writes })
    const at = async (): Promise<number> => (await store.positions(0)).next.get(A) ?? 0
    const deadAt = async (of = store): Promise<number> => (await of.positions(0)).next.get(dead) ?? 0
    return { view, store, write, rows, redrive, flush, at, deadAt }
  }

  describe(`a redriven record of a view in ${kind}`, { timeout: 120_000 }, () => {
    test('loses to what came after it and wins over what came before, however often it comes', async () => {
      const { view, write, rows, redrive, flush, at } = await opened()
      await flush(0, 10, write(1, 2), write(2, 8), write(3, 2), write(4, 8), write(5, 9))
      const writes = [write(1, 5), write(2, 5), write(3, 5, true), write(4, 5, true), write(6, 5)]
      const expected = sorted([{ number: 1, views: 5 }, { number: 2, views: 8 }, { number: 4, views: 8 }, { number: 5, views: 9 }, { number: 6, views: 5 }])
      expect(await redrive(0, writes)).not.toBe('fenced')
      expect([await rows(), await at()]).toEqual([expected, 10])
      const other = await open(view)
      await Promise.all([redrive(0, writes, other), redrive(2, writes.slice(2))])
      expect([await rows(), await at()]).toEqual([expected, 10])
    })

    test('says nothing of how far its topic has been applied, not even where it comes first', async () => {
      const { write, rows, redrive, flush, at } = await opened()
      await redrive(0, [write(1, 100), write(2, 100, true)])
      expect([await rows(), await at()]).toEqual([[{ number: 1, views: 100 }], 0])
      expect(await flush(0, 3, write(1, 1), write(2, 2))).not.toBe('fenced')
      expect([await rows(), await at()]).toEqual([[{ number: 1, views: 100 }], 3])
      expect(await flush(3, 103, write(1, 102))).not.toBe('fenced')
      expect([await rows(), await at()]).toEqual([[{ number: 1, views: 102 }], 103])
    })

    test('is passed for good, by whoever reads on, and so is what had no effect', async () => {
      const { view, store, write, rows, redrive, deadAt } = await opened()
      expect(await deadAt()).toBe(0)
      await redrive(0, [write(1, 5), write(2, 6)])
      for (const reader of [store, await open(view)]) expect(await deadAt(reader)).toBe(2)
      const other = await open(view)
      await other.flush({ topic: `dlq.${view.name}`, partition: 0, from: 2, next: 7, fence: '', writes: [] })
      for (const reader of [other, await open(view)]) expect(await deadAt(reader)).toBe(7)
      expect(await rows()).toHaveLength(2)
    })

    test('is no hindrance to the records that come meanwhile', async () => {
      const { write, rows, redrive, flush, at } = await opened()
      for (let offset = 0; offset < 6; offset++) {
        const [flushed, put] = await Promise.all([flush(offset, offset + 1, write(offset, offset)), redrive(offset, [write(100 + offset, offset)])])
        expect([flushed, put]).not.toContain('fenced')
      }
      expect([(await rows()).length, await at()]).toEqual([12, 6])
    })
  })
}
