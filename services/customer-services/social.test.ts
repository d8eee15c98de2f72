import { expect, test } from 'vitest'
import { untilDone } from './social.ts'

test('what is done in pieces is asked for until it is done', async () => {
  const answers = [false, false, true, false]
  await untilDone(async () => answers.shift() ?? true, new AbortController().signal)
  expect(answers).toEqual([false])
})
test('and no longer than somebody wants it', async () => {
  const stopping = new AbortController()
  let asked = 0
  const erase = async (): Promise<boolean> => {
    asked += 1
    if (asked === 2) stopping.abort(new Error('stopping'))
    return false
  }
  await expect(untilDone(erase, stopping.signal)).rejects.toThrow('stopping')
  expect(asked).toBe(2)
})
