import { expect, test } from 'vitest'
import { batched } from './batch.ts'

const lengths = (): { readonly load: (key: string) => Promise<number | undefined>; readonly asked: (readonly string[])[] } => {
  const asked: (readonly string[])[] = []
  const load = batched(async (keys) => {
    asked.push(keys)
    return new Map(keys.filter((key) => key !== 'missing').map((key) => [key, key.length]))
  })
  return { load, asked }
}

test('what is asked in one turn is asked together, each key once', async () => {
  const { load, asked } = lengths()
  expect(await Promise.all([load('a'), load('bb'), load('a'), load('missing')])).toEqual([1, 2, 1, undefined])
  expect(asked).toEqual([['a', 'bb', 'missing']])
})
test('who comes later in the turn, after other answers, joins', async () => {
  const { load, asked } = lengths()
  await Promise.all([load('a'), Promise.resolve().then(() => load('bb')), Promise.resolve().then(() => undefined).then(() => load('ccc'))])
  expect(asked).toEqual([['a', 'bb', 'ccc']])
})
test('what was answered is not asked again', async () => {
  const { load, asked } = lengths()
  await load('a')
  await load('a')
  await load('bb')
  expect(asked).toEqual([['a'], ['bb']])
})
test('no question is for more than 200 keys', async () => {
  const { load, asked } = lengths()
  await Promise.all(Array.from({ length: 450 }, (_, index) => load(`k${index}`)))
  expect(asked.map((keys) => keys.length)).toEqual([200, 200, 50])
})
test('a failure is told to all who asked', async () => {
  const load = batched(async () => Promise.reject(new Error('away')))
  expect((await Promise.allSettled([load('a'), load('b')])).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
})
