import fc from 'fast-check'
import { expect, test } from 'vitest'
import { deliveries, rowsAfter } from '../laws.ts'
import { openStore } from '../sinks/memory/store.ts'
import { created } from './testing.ts'
import { type Change, defineView } from './view.ts'

/** Counts events, with nothing to tell one that comes twice: the views repair themselves, so only this shows what the runtime does. */
const counting = defineView('file:///views/counting.ts', {
  version: 1, store: 'memory', from: { 'cdc.user.ratings': ['title_id'], 'cdc.content.titles': ['title_id'] },
  rows: { count: { key: ['title_id'], columns: { title_id: 'text', count: 'int' } } },
  touches: (event) => (event.after === null ? [] : [{ row: 'count', key: { title_id: event.after.title_id } }]),
  apply: (event, rows) => (event.after === null ? []
    : [{ put: 'count', row: { title_id: event.after.title_id, count: (rows.count.get({ title_id: event.after.title_id })?.count ?? 0) + 1 } }]),
})

const topics = Object.keys(counting.from)
const logs = fc.array(fc.tuple(fc.nat(topics.length - 1), fc.nat(4)), { maxLength: 80 }).map((events) => new Map(topics.map((topic, place): [string, readonly Change[]] => (
  [topic, events.filter(([of]) => of === place).map(([, title]) => created(topic, { title_id: `t${title}` }))]))))

test('an effect that repeats is had once, whatever is delivered again and wherever workers die', async () => {
  await fc.assert(fc.asyncProperty(logs, deliveries, async (records, delivered) => {
    const wanted = new Map<string, number>()
    for (const { after } of [...records.values()].flat()) {
      const title_id = String(after?.['title_id'])
      wanted.set(title_id, (wanted.get(title_id) ?? 0) + 1)
    }
    const { count } = await rowsAfter(counting, openStore({ tables: new Map() }, counting), records, delivered)
    expect(count).toEqual([...wanted].sort().map(([title_id, n]) => ({ title_id, count: n })))
  }), { numRuns: 500 })
})
