import { expect, test } from 'vitest'
import { catchUp } from './catch-up.ts'

const run = async (lags: readonly number[], patience_ms = 3_000) => {
  let [time, asked] = [0, 0]
  const said: string[] = []
  const left = await catchUp({
    patience_ms, now: () => time, pause: async () => { time += 1_000 }, say: (line) => said.push(line),
    behind: async () => lags[Math.min(asked++, lags.length - 1)] ?? 0,
  })
  return { left, time, said }
}

test('it waits for as long as views get on, however slowly', async () => {
  const slowly = Array.from({ length: 500 }, (_, second) => Math.ceil((1_000 - second) / 2) - 250)
  expect(await run([...slowly, 0], 2_000)).toMatchObject({ left: 0, time: 500_000 })
})

test('it gives up where nothing moves, though the number goes up and down', async () => {
  expect(await run([9, 7, 8, 9, 7, 8, 7])).toMatchObject({ left: 8, time: 5_000 })
})

test('it says now and then how many are left', async () => {
  expect((await run([12_000, 11_000, 10_000, 9_000, 8_000, 7_000, 6_000, 0])).said).toEqual(['views: 7,000 records behind'])
})

test('nothing to wait for takes no time', async () => {
  expect(await run([0])).toEqual({ left: 0, time: 0, said: [] })
})
