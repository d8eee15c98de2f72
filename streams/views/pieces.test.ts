import { expect, test } from 'vitest'
import { inPieces } from './pieces.ts'

test('ids are asked for a hundred at a time, each once; none is no question', async () => {
  const ids = Array.from({ length: 250 }, (_, n) => String(n))
  const asked: number[] = []
  const found = await inPieces(ids, async (piece) => {
    asked.push(piece.length)
    return piece
  })
  expect([asked, found]).toEqual([[100, 100, 50], ids])
  expect(await inPieces([], async () => { throw new Error('asked for nothing') })).toEqual([])
})
