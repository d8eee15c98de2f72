/** A lock between processes of this machine: a file that names its holder. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'

/** Runs `work` while holding the lock file. Waits for another live holder, telling `waiting` its pid once; takes over from a dead one. */
export async function withLock<T>(path: string, waiting: (pid: number) => void, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  let told = false
  while (!take(path)) {
    const holder = holderOf(path)
    if (holder === undefined) rmSync(path, { force: true })
    else {
      if (!told) waiting(holder)
      told = true
      await wait(300, undefined, signal === undefined ? {} : { signal })
    }
  }
  try {
    return await work()
  } finally {
    rmSync(path, { force: true })
  }
}

function take(path: string): boolean {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** The live process that holds the lock, if any. */
export function holderOf(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, 'utf8'))
    process.kill(pid, 0)
    return pid
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? Number(readFileSync(path, 'utf8')) : undefined
  }
}
