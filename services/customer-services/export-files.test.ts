import { expect, test } from 'vitest'
import { addFiles } from './export-files.ts'

const line = (file: string, number: number) => ({ file, line: `${file}${number}` })
async function* from(lines: readonly ReturnType<typeof line>[], error?: Error) {
  yield* lines
  if (error !== undefined) throw error
}
/** Reads files as a zip does: all are added before they are read, one after the other. */
async function filesOf(lines: AsyncIterable<ReturnType<typeof line>>): Promise<readonly (readonly [string, readonly string[]])[]> {
  const files: [string, string[]][] = []
  let reading: Promise<unknown> = Promise.resolve()
  await addFiles(lines, (file, text) => {
    const read: string[] = []
    files.push([file, read])
    reading = reading.then(async () => {
      for await (const one of text) read.push(one)
    })
    reading.catch(() => undefined)
  })
  await reading
  return files
}

test('lines go to the file that they name, in their order', async () => {
  expect(await filesOf(from([line('reviews', 1), line('reviews', 2), line('lists', 1)]))).toEqual([['reviews', ['reviews1', 'reviews2']], ['lists', ['lists1']]])
})
test('of nothing there is no file', async () => {
  expect(await filesOf(from([]))).toEqual([])
})
test('a source that breaks is told, wherever it does', async () => {
  for (const lines of [[], [line('reviews', 1)]]) await expect(filesOf(from(lines, new Error('social is away')))).rejects.toThrow('social is away')
})
test('no line is read before somebody wants it', async () => {
  const asked: number[] = []
  async function* slowly() {
    for (let number = 0; number < 3; number++) {
      asked.push(number)
      yield line('reviews', number)
    }
  }
  const opened = Promise.withResolvers<AsyncIterable<string>>()
  const done = addFiles(slowly(), (_file, text) => opened.resolve(text))
  const text = (await opened.promise)[Symbol.asyncIterator]()
  expect(asked).toEqual([0])
  await text.next()
  expect(asked).toEqual([0])
  while ((await text.next()).done !== true);
  await done
  expect(asked).toEqual([0, 1, 2])
})
