import type { WatchResponse } from '@cdlc/schemas/generated/proto/cdlc/platform/v1/WatchResponse.ts'
import { describe, expect, test, vi } from 'vitest'
import { Unavailable } from '../shared/errors.ts'
import { program } from '../shared/testing.ts'
import { createBook } from './book.ts'
import { newest, type ConfigurationChange } from './entry.ts'
import { watchHandler } from './watch.ts'

/** A log that is written into directly. */
function scene(mostWatchers = 10) {
  const book = createBook()
  const listeners = new Set<(key: string | undefined) => void>()
  let offset = 0
  const write = (namespace: string, name: string, value: string | null): ConfigurationChange => {
    const expects = newest(book.entries.get(`${namespace}/${name}`))?.version ?? 0
    const change_id = `00000000-0000-4000-8000-${String(offset).padStart(12, '0')}`
    const change: ConfigurationChange = {
      revision: `${namespace}/${name}/${expects + 1}/${change_id}`, namespace, name, version: expects + 1, expects, value, schema: value === null ? null : '{}', change: value === null ? 'Removed' : 'Set',
      rolled_back_to: null, author: 'tools', author_kind: 'service', client_id: 'tools', reason: 'a test', change_id, changed_at: 0,
    }
    const key = book.take(offset++, change)
    for (const listener of listeners) listener(key)
    return change
  }
  const handler = watchHandler({
    log: { book: () => book, onChange: (listener) => { listeners.add(listener); return () => { listeners.delete(listener) } } }, heartbeat_ms: 5_000, mostWatchers,
  })
  const watch = (namespaces: readonly string[], resume = '') => {
    const leaving = new AbortController()
    const answers = handler({ namespaces: [...namespaces], resume }, { identity: program, signal: leaving.signal })[Symbol.asyncIterator]()
    return { leave: () => { leaving.abort() }, next: async (): Promise<WatchResponse> => { const { value, done } = await answers.next() as IteratorResult<WatchResponse, undefined>; if (done === true) throw new Error('it ended'); return value }, answers }
  }
  const erase = (revision: string): void => { const key = book.erase(offset++, revision); for (const listener of listeners) listener(key) }
  return { write, watch, erase, listeners }
}
const named = ({ entries }: WatchResponse): unknown => entries?.entries?.map(({ namespace, name, version, value, removed }) => [`${namespace}/${name}`, version, removed === true ? 'removed' : value])

describe('a watcher', () => {
  test('is told all that its namespaces hold, then each change in them, and of no other', async () => {
    const { write, watch } = scene()
    write('flags', 'a', '1')
    write('services', 'b', '2')
    write('billing', 'c', '3')
    const { next } = watch(['flags', 'services'])
    const all = await next()
    expect([all.entries?.anew, named(all)]).toEqual([true, [['flags/a', 1, '1'], ['services/b', 1, '2']]])
    write('billing', 'c', '4')
    write('flags', 'a', '5')
    const change = await next()
    expect([change.entries?.anew, named(change)]).toEqual([false, [['flags/a', 2, '5']]])
    write('services', 'b', null)
    expect(named(await next())).toEqual([['services/b', 2, 'removed']])
  })

  test('that comes back is told what has changed since, and no more', async () => {
    const { write, watch } = scene()
    write('flags', 'a', '1')
    write('flags', 'b', '1')
    write('flags', 'c', '1')
    const first = watch(['flags'])
    const { resume } = await first.next()
    first.leave()
    write('flags', 'b', '2')
    write('flags', 'c', null)
    const again = await watch(['flags'], resume).next()
    expect([again.entries?.anew, named(again)]).toEqual([false, [['flags/b', 2, '2'], ['flags/c', 2, 'removed']]])
  })

  test.each(['7.00000000-0000-4000-8000-000000000000', '0.00000000-0000-4000-8000-ffffffffffff', 'nonsense'])("that comes back from '%s', which is not known here, is told all", async (resume) => {
    const { write, watch } = scene()
    write('flags', 'a', '1')
    const all = await watch(['flags'], resume).next()
    expect([all.entries?.anew, named(all)]).toEqual([true, [['flags/a', 1, '1']]])
  })

  test('of much is told it page by page, and only the last page says where to go on from', async () => {
    const { write, watch } = scene()
    for (let index = 0; index < 120; index++) write('flags', `flag-${index}`, '1')
    const { next } = watch(['flags'])
    const pages = [await next(), await next(), await next()]
    expect(pages.map(({ entries, resume }) => [entries?.entries?.length, entries?.anew, resume !== ''])).toEqual([[50, true, false], [50, false, false], [20, false, true]])
  })

  test('that is slow is told the newest version of each entry, once', async () => {
    const { write, watch } = scene()
    const { next } = watch(['flags'])
    await next()
    for (let value = 0; value < 1_000; value++) write('flags', value % 2 === 0 ? 'even' : 'odd', String(value))
    expect(named(await next())).toEqual([['flags/even', 500, '998'], ['flags/odd', 500, '999']])
  })

  test('hears a beat where nothing changes', async () => {
    vi.useFakeTimers()
    try {
      const { watch } = scene()
      const { next } = watch(['flags'])
      await next()
      const beat = next()
      await vi.advanceTimersByTimeAsync(5_000)
      expect(await beat).toMatchObject({ heartbeat: {} })
    } finally {
      vi.useRealTimers()
    }
  })

  test('that leaves is forgotten', async () => {
    const { watch, listeners } = scene()
    const { next, leave, answers } = watch(['flags'])
    await next()
    const last = answers.next()
    leave()
    expect([(await last).done, listeners.size]).toEqual([true, 0])
  })

  test('of an entry whose only version is erased hears that it is gone', async () => {
    const { write, watch, erase } = scene()
    const { revision } = write('flags', 'a', '1')
    const { next } = watch(['flags'])
    await next()
    erase(revision)
    expect(named(await next())).toEqual([['flags/a', 0, 'removed']])
  })
})

test('there are only so many watchers', async () => {
  const { watch } = scene(1)
  const first = watch(['flags'])
  await first.next()
  await expect(watch(['flags']).next()).rejects.toBeInstanceOf(Unavailable)
  const ended = first.answers.next()
  first.leave()
  await ended
  await watch(['flags']).next()
})

test.each([[[]], [Array.from({ length: 21 }, (_, index) => `n${index}`)]])('watching %j is refused', async (namespaces) => {
  await expect(scene().watch(namespaces).next()).rejects.toMatchObject({ code: 'invalid_request' })
})
