import { expect, test } from 'vitest'
import { expectedRows, wrongRows } from './totals.ts'

test('every current rating counts once, whatever it was before', () => {
  const rows = [...expectedRows(3_000, 1).values()]
  const [sum, halves] = [rows.reduce((all, row) => all + row.count, 0), rows.reduce((all, row) => all + row.sum_half_stars, 0)]
  expect(sum).toBeLessThan(3_000)
  expect(halves / sum).toBeGreaterThan(1)
  expect(halves / sum).toBeLessThan(10)
  for (const row of rows) expect(row.mean_stars).toBe(row.sum_half_stars / row.count / 2)
})

test('a row that is wrong, lacking, doubled or made up is counted', () => {
  const expected = expectedRows(500, 1)
  const [first, second, ...rest] = [...expected.values()]
  if (first === undefined || second === undefined) throw new Error('no rows')
  expect(wrongRows(expected, [first, second, ...rest])).toBe(0)
  expect(wrongRows(expected, [second, ...rest])).toBe(1)
  expect(wrongRows(expected, [first, first, second, ...rest])).toBe(1)
  expect(wrongRows(expected, [{ ...first, count: first.count + 1 }, second, ...rest])).toBe(2)
  expect(wrongRows(expected, [first, second, ...rest, { ...first, title_id: 'none' }])).toBe(1)
})
