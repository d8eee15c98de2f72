import { expect, test } from 'vitest'
import type { Param, Sql } from '../shared/mysql.ts'
import { append, type KeyedEvent } from './rating-store.ts'

const rated = (title_id: string, half_stars: number): KeyedEvent => ({
  profile_id: 'P',
  title_id,
  event: { type: 'Rated', rating: { half_stars, rated_at: 0, version: 1 } },
})
const removed = (title_id: string): KeyedEvent => ({ profile_id: 'P', title_id, event: { type: 'RatingRemoved', version: 1 } })

/** What each statement writes. */
async function statements(events: readonly KeyedEvent[]): Promise<readonly string[]> {
  const sent: string[] = []
  const insert = (rows: readonly (readonly Param[])[]): void => {
    if (rows.length > 0) sent.push(rows.map(([, title_id, half_stars]) => `${String(title_id)}${String(half_stars)}`).join(' '))
  }
  const sql: Sql = {
    traceparent: null,
    rows: async () => [],
    rowsIn: async () => [],
    runIn: async () => 0,
    run: async (_text, params = []) => sent.push(`-${String(params[1])}`),
    runMany: async (_text, rows) => insert(rows),
  }
  await append(sql, events)
  return sent
}

test('ratings of different titles go in one statement', async () => {
  expect(await statements([rated('A', 1), rated('B', 2), rated('C', 3)])).toEqual(['A1 B2 C3'])
})
test('two changes of one rating stay two, in their order', async () => {
  expect(await statements([rated('A', 1), rated('B', 2), rated('A', 3), rated('C', 4)])).toEqual(['A1 B2', 'A3 C4'])
})
test('a removal comes after what was before it, and before what was after', async () => {
  expect(await statements([rated('A', 1), removed('A'), rated('A', 2)])).toEqual(['A1', '-A', 'A2'])
})
test('nothing is sent for nothing', async () => {
  expect(await statements([])).toEqual([])
})
