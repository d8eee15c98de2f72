/** Which ports are taken, and by whom. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { processMark, remembered } from './stack.ts'

export interface Holder {
  readonly pid: number
  readonly command: string
}

/** True if something on 127.0.0.1 has this port. */
export async function isTaken(port: number): Promise<boolean> {
  return await new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(true) : reject(error)))
    server.listen({ host: '127.0.0.1', port }, () => server.close(() => resolve(false)))
  })
}

/** The process that listens on a port; undefined where the system does not tell, as for another user's. */
export function holderOf(port: number): Holder | undefined {
  const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listeners(table, port)).map((inode) => `socket:[${inode}]`))
  if (inodes.size === 0) return undefined
  const pid = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((candidate) => openFiles(candidate).some((target) => inodes.has(target)))
  return pid === undefined ? undefined : { pid, command: commandOf(pid) }
}

function listeners(table: string, port: number): readonly string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  try {
    return readFileSync(table, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(([, local, , state]) => state === '0A' && local?.endsWith(`:${hex}`) === true)
      .flatMap((fields) => fields[9] ?? [])
  } catch {
    return []
  }
}

function openFiles(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`)
      } catch {
        return '' // closed meanwhile
      }
    })
  } catch {
    return []
  }
}

/** Command line of a process; empty if it is gone. */
export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
  } catch {
    return ''
  }
}

/** Environment a process was started with; empty if it is gone or another user's. */
export function environmentOf(pid: number): Readonly<Record<string, string>> {
  try {
    return Object.fromEntries(
      readFileSync(`/proc/${pid}/environ`, 'utf8')
        .split('\0')
        .filter((line) => line.includes('='))
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    )
  } catch {
    return {}
  }
}

/**
 * Every live process of the stack in this folder, whoever its parent is: it carries the stack's mark in its environment or, for those
 * that write their title over it as nginx and Redis do, belongs to the supervisor's session and works in the stack's folder.
 */
export function processesOf(home: string): readonly number[] {
  const session = remembered(home)?.session
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter(
      (pid) =>
        pid !== process.pid
        && commandOf(pid) !== ''
        && (environmentOf(pid)[processMark] === home
          || (session !== undefined && sessionOf(pid) === session && folderOf(pid).startsWith(home))),
    )
}

function sessionOf(pid: number): number {
  try {
    // the fields after the command, which stands in brackets and may hold anything: state, parent, group, session
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[3])
  } catch {
    return 0
  }
}

function folderOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return ''
  }
}

/** Resident memory of a process, in MB; 0 if it is gone. */
export function rssOf(pid: number): number {
  try {
    return Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024)
  } catch {
    return 0
  }
}
