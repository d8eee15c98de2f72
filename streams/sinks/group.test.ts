import { expect, test } from 'vitest'
import { inGroups, type Outcome } from './group.ts'

/** Groups as they were run; each waits until it is let go. */
function given(outcome: (item: number) => Outcome<string> = (item) => ({ result: `did ${item}` })) {
  const groups: (readonly number[])[] = []
  const gates: (() => void)[] = []
  const put = inGroups<number, string>(async (items) => {
    groups.push(items)
    await new Promise<void>((resolve) => { gates.push(resolve) })
    return items.map(outcome)
  })
  const letGo = async (): Promise<void> => {
    gates.shift()?.()
    await new Promise((resolve) => { setImmediate(resolve) })
  }
  return { groups, put, letGo }
}

test('what comes while one is under way goes together after it', async () => {
  const { groups, put, letGo } = given()
  const all = [1, 2, 3].map((item) => put(item))
  await letGo()
  all.push(put(4))
  await letGo()
  await letGo()
  expect(await Promise.all(all)).toEqual(['did 1', 'did 2', 'did 3', 'did 4'])
  expect(groups).toEqual([[1], [2, 3], [4]])
})

test('one that comes after all have ended begins at once', async () => {
  const { groups, put, letGo } = given()
  for (const item of [1, 2]) {
    const done = put(item)
    await letGo()
    expect(await done).toBe(`did ${item}`)
  }
  expect(groups).toEqual([[1], [2]])
})

test('each has its own outcome', async () => {
  const { put, letGo } = given((item) => (item === 2 ? { cause: new Error('not 2') } : { result: `did ${item}` }))
  const settled = Promise.allSettled([1, 2, 3].map((item) => put(item)))
  await letGo()
  await letGo()
  expect((await settled).map((one) => (one.status === 'fulfilled' ? one.value : String(one.reason)))).toEqual(['did 1', 'Error: not 2', 'did 3'])
})

test('a group that fails fails for each of it, and the next goes on', async () => {
  let failing = true
  const put = inGroups<number, number>(async (items) => {
    if (failing) throw new Error('away')
    return items.map((item) => ({ result: item }))
  })
  const settled = await Promise.allSettled([1, 2, 3].map((item) => put(item)))
  expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
  failing = false
  expect(await put(4)).toBe(4)
})
