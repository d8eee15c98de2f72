import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { debianPackages } from './debian.ts'
import { exec, networkCure } from './exec.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cdlc-exec-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('running a program', () => {
  it('keeps what it prints', async () => {
    const log = join(folder, 'logs', 'echo.log')
    await exec('sh', ['-c', 'echo out; echo err >&2'], { log })
    expect(readFileSync(log, 'utf8')).toMatch(/^\$ sh -c [^\n]*\n(out\nerr|err\nout)\n$/)
  })

  it('throws with its last lines where it fails', async () => {
    await expect(exec('sh', ['-c', 'echo the disk is full; exit 3'], { log: join(folder, 'sh.log') })).rejects.toThrow(
      /it ended with 3; .*\n {2}\$ sh .*\n {2}the disk is full/,
    )
  })

  it('says that a program is not there', async () => {
    await expect(exec('no-such-program', [], { log: join(folder, 'none.log') })).rejects.toThrow('ENOENT')
  })

  it('ends it, and what it started, when the signal aborts', async () => {
    const log = join(folder, 'slow.log')
    const ended = new AbortController()
    const run = exec('sh', ['-c', 'sleep 1000 & echo $!; wait'], { log, signal: ended.signal })
    let pid: string | undefined
    while (pid === undefined) {
      await wait(5)
      pid = /^(\d+)$/m.exec(readFileSync(log, 'utf8'))?.[1]
    }
    ended.abort(new Error('Ctrl-C'))
    await expect(run).rejects.toThrow('Ctrl-C')
    // gone, or about to be reaped by whoever inherits it
    const state = (): string => {
      try {
        return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0] ?? ''
      } catch {
        return 'gone'
      }
    }
    while (!['gone', 'Z'].includes(state())) await wait(5)
  })

  it('tells what to do where the network is to blame, whoever says so', () => {
    const words = [
      'npm error network request to registry failed, reason: getaddrinfo EAI_AGAIN',
      "Temporary failure resolving 'deb'",
      'Could not transfer artifact x: Unknown host',
      'Failed to establish a new connection: [Errno 111] Connection refused',
      'ReadTimeoutError: Read timed out.',
    ]
    for (const word of words) expect(networkCure(word), word).toContain('connect the machine to the network')
    expect(networkCure('error TS2304: cannot find name')).toBe('')
  })
})

describe('the list of Debian packages', () => {
  it('gives suite and packages of a component', () => {
    expect(debianPackages('# comment\nmysql   sid  mysql-server-core mysql-client-core\n', 'mysql')).toEqual({
      suite: 'sid',
      packages: ['mysql-server-core', 'mysql-client-core'],
    })
    expect(() => debianPackages('mysql sid a', 'redis')).toThrow("no packages for 'redis'")
  })
})
