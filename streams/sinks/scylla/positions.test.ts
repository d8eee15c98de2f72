import { expect, test } from 'vitest'
import { writeBehind, type WritePosition } from './positions.ts'

const A = 'cdc.user.ratings'
const B = 'cdc.content.titles'

/** Positions behind a store that is written to by hand, and a clock that is moved by hand. */
function given(fails: () => boolean = () => false) {
  const written: string[] = []
  const timers: (() => void)[] = []
  const write: WritePosition = async ({ partition, topic, next }) => {
    if (fails()) throw new Error('away')
    written.push(`${topic}/${partition} ${next}`)
  }
  const behind = writeBehind(write, (delay_ms, task) => {
    expect(delay_ms).toBe(500)
    timers.push(task)
  })
  const pass = async (): Promise<void> => {
    for (const task of timers.splice(0)) task()
    await new Promise((resolve) => { setImmediate(resolve) })
  }
  return { behind, written, timers, pass }
}

test('however often it moves, a position is written once in a while, and then where it stands', async () => {
  const { behind, written, timers, pass } = given()
  for (const next of [3, 5, 9]) behind.note(0, A, next)
  behind.note(0, B, 2)
  behind.note(4, A, 7)
  expect([written, timers.length]).toEqual([[], 1])
  await pass()
  expect(written).toEqual([`${A}/0 9`, `${B}/0 2`, `${A}/4 7`])
  await pass()
  expect(written).toHaveLength(3)
  behind.note(0, A, 10)
  await pass()
  expect(written.slice(3)).toEqual([`${A}/0 10`])
})

test('what is noted of a partition is written when it is asked for', async () => {
  const { behind, written, pass } = given()
  behind.note(0, A, 3)
  behind.note(1, A, 4)
  await behind.settle(0)
  expect(written).toEqual([`${A}/0 3`])
  await behind.settle()
  await behind.settle()
  await pass()
  expect(written).toEqual([`${A}/0 3`, `${A}/1 4`])
})

test('a position that moves on while it is written is written again', async () => {
  const { behind, written, pass } = given()
  behind.note(0, A, 3)
  const settled = behind.settle()
  behind.note(0, A, 4)
  await settled
  await pass()
  expect(written).toEqual([`${A}/0 3`, `${A}/0 4`])
})

test('a position that could not be written is written before the next rows, or they wait', async () => {
  let away = true
  const { behind, written, pass } = given(() => away)
  await behind.settleFailed()
  behind.note(0, A, 3)
  await pass()
  await expect(behind.settleFailed()).rejects.toThrow('away')
  await expect(behind.settle(0)).rejects.toThrow('away')
  away = false
  await behind.settleFailed()
  expect(written).toEqual([`${A}/0 3`])
  away = true
  await behind.settleFailed()
})

test('what is forgotten is not written', async () => {
  const { behind, written, pass } = given()
  behind.note(0, A, 3)
  behind.forget()
  await pass()
  expect(written).toEqual([])
})
