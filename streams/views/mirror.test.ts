import { describe, expect, it } from 'vitest'
import { mirror } from './mirror.ts'

const big = (before: { id: string; n: number } | null, after: { id: string; n: number } | null) =>
  mirror('big', { before, after }, ({ id }) => ({ id }), (row) => (row.n < 10 ? undefined : row))

describe('mirror', () => {
  it('puts what is there', () => expect(big(null, { id: 'a', n: 10 })).toEqual([{ put: 'big', row: { id: 'a', n: 10 } }]))
  it('removes what is gone', () => expect(big({ id: 'a', n: 10 }, null)).toEqual([{ remove: 'big', key: { id: 'a' } }]))
  it('moves what has another key', () => {
    expect(big({ id: 'a', n: 10 }, { id: 'b', n: 10 }))
      .toEqual([{ remove: 'big', key: { id: 'a' } }, { put: 'big', row: { id: 'b', n: 10 } }])
  })
  it('removes what the view does not show, even where it was not told what was before', () => {
    expect(big(null, { id: 'a', n: 9 })).toEqual([{ remove: 'big', key: { id: 'a' } }])
  })
})
