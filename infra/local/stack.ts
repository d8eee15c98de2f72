/** A stack: one whole platform on this machine, told apart from its neighbours by name, data folder and port offset. */
import { createHash } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Endpoints, endpointsFrom } from '@cdlc/schemas/endpoints.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export interface Stack {
  readonly name: string
  /** Folder of all that this stack writes: conf, data, logs. */
  readonly home: string
  /** Folder of installed components, shared by all stacks. */
  readonly cache: string
  /** Folder of unix sockets, whose paths may not be longer than 107 bytes. */
  readonly sockets: string
  readonly offset: number
  readonly endpoints: Endpoints
  /** What every process of the stack finds in its environment besides the user's own. */
  readonly env: Readonly<Record<string, string>>
}

/**
 * What a stack remembers between commands while it runs. `ready` once `npm start` got to its end; `starter` is the process that starts
 * it; `session` is the session of its supervisor and of all that this started.
 */
export interface Running {
  readonly offset: number
  readonly starter: number
  readonly ready: boolean
  readonly session: number
}

/** Root folder of the source tree. */
export const sourceRoot = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
/** Arguments of a Node that runs this project's TypeScript. */
export const loader = ['--import', join(sourceRoot, 'infra', 'local', 'stripped.mjs')] as const

/** Environment variable that marks every process of a stack; its value is the stack's `home`. */
export const processMark = 'CDLC_PROCESS_OF'

export const supervisorConf = (home: string): string => join(home, 'conf', 'supervisord.conf')
const runningFile = (home: string): string => join(home, 'running.json')

/**
 * The stack that the environment names: `CDLC_STACK` (dev), `CDLC_HOME`, `CDLC_CACHE`, `CDLC_PORT_OFFSET`. Where no offset is given,
 * a running stack's own counts, so that later commands need not repeat it.
 */
export function stackFrom(env: Environment): Stack {
  const name = env['CDLC_STACK'] ?? 'dev'
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(name))
    throw new Error(`reading the stack's name: '${name}' is not 1 to 32 lower-case letters, digits and dashes, a letter first`)
  const homes = env['CDLC_HOME'] ?? join(homedir(), '.local', 'share', 'cdlc')
  const home = join(homes, name)
  const cache = env['CDLC_CACHE'] ?? join(homedir(), '.cache', 'cdlc')
  const offset = env['CDLC_PORT_OFFSET'] ?? String(runningStack(home)?.offset ?? 0)
  const own = { CDLC_STACK: name, CDLC_HOME: homes, CDLC_CACHE: cache, CDLC_PORT_OFFSET: offset }
  const longest = join(home, 'sockets', 'supervisor.sock.12345')
  const sockets =
    longest.length <= 107 ? join(home, 'sockets') : join(tmpdir(), `cdlc-${createHash('sha256').update(home).digest('hex').slice(0, 12)}`)
  const endpoints = endpointsFrom({ ...env, ...own })
  return { name, home, cache, sockets, offset: Number(offset), endpoints, env: own }
}

/** Process id of the stack's supervisor, or undefined if none is alive. */
export function supervisorPid(home: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(home, 'supervisord.pid'), 'utf8'))
    // a pid may have gone to another program since: ours has the stack's configuration on its command line
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(supervisorConf(home)) ? pid : undefined
  } catch {
    return undefined
  }
}

/** What the stack in this folder remembers of its start, or undefined if it does not run. */
export const runningStack = (home: string): Running | undefined => (supervisorPid(home) === undefined ? undefined : remembered(home))

/** What the stack in this folder remembers, though it may have died since; undefined after it was stopped in order. */
export function remembered(home: string): Running | undefined {
  try {
    return JSON.parse(readFileSync(runningFile(home), 'utf8')) as Running
  } catch {
    return undefined
  }
}

/** Remembers how far the stack's start is; its supervisor must run. */
export function remember({ home, offset }: Stack, ready: boolean): void {
  const session = supervisorPid(home)
  if (session === undefined) throw new Error(`remembering the start of '${home}': its supervisor does not run`)
  const running: Running = { offset, starter: process.pid, ready, session }
  writeFileSync(runningFile(home), JSON.stringify(running))
}

/** Forgets that the stack ever ran; its data stays. */
export const forget = (home: string): void => rmSync(runningFile(home), { force: true })
