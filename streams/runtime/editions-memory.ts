/** Remembers in a file which builds were live, for a process that starts while Kafka is away. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Memory } from './editions-log.ts'
import type { Entry } from './editions.ts'

/** The file is replaced as a whole; each process needs one of its own. */
export function fileMemory(path: string): Memory {
  let last: Promise<void> = Promise.resolve()
  const write = async (entries: readonly Entry[]): Promise<void> => {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(`${path}.new`, JSON.stringify(entries))
    await rename(`${path}.new`, path)
  }
  return {
    async load() {
      const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
        if (cause.code === 'ENOENT') return undefined
        throw cause
      })
      return text === undefined ? undefined : JSON.parse(text) as readonly Entry[]
    },
    save(entries) {
      const written = last.then(() => write(entries))
      last = written.catch(() => {})
      return written
    },
  }
}
