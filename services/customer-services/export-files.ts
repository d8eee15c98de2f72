/** Cuts one stream of lines into files, as they come. */

interface Line {
  readonly file: string
  readonly line: string
}

/** Adds a file for each run of lines that name it, the next once the one before has been read; done when the lines are. */
export async function addFiles(lines: AsyncIterable<Line>, add: (file: string, lines: AsyncIterable<string>) => void): Promise<void> {
  const source = lines[Symbol.asyncIterator]()
  let next = await source.next()
  while (next.done !== true) {
    const { file } = next.value
    const read = Promise.withResolvers<void>()
    add(file, (async function* () {
      try {
        for (; next.done !== true && next.value.file === file; next = await source.next()) yield next.value.line
        read.resolve()
      } catch (error) {
        read.reject(error)
        throw error
      }
    })())
    await read.promise
  }
}
