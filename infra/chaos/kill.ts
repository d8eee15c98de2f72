/** Kills servers by the pid that supervisor has of them, and waits until they answer again. */
import { setTimeout as delay } from 'node:timers/promises'
import { lastLines } from '../local/exec.ts'
import type { Server } from '../local/server.ts'
import type { Stack } from '../local/stack.ts'
import { logOf, type Process, processes, startProcess, stopProcess } from '../local/supervisor.ts'
import type { Strike } from './schedule.ts'
import type { Kill } from './state.ts'

/** A process that was killed, and how it came back. */
export type Fallen = Pick<Kill, 'target' | 'how' | 'back_ms'>

/** Ends what hangs: a JVM that starts among many has been seen to take three minutes. */
const patience_ms = 600_000
const every_ms = 50

/** Kills the strike's targets at one moment, and waits until each answers. */
export async function strike(stack: Stack, servers: readonly Server[], { targets, again_ms }: Strike): Promise<readonly Fallen[]> {
  const victims = targets.map((name) => serverNamed(servers, name))
  for (const server of victims) await running(stack, server, 0)
  const from = performance.now()
  const pids = await Promise.all(victims.map((server) => kill(stack, server, 0)))
  const how = targets.length > 1 ? 'together' : 'alone'
  return (await Promise.all(victims.map(async (server, place): Promise<readonly Fallen[]> => {
    const killed = pids[place] ?? 0
    if (again_ms === null) return [{ target: server.name, how, back_ms: await untilBack(stack, server, killed, from) }]
    await running(stack, server, killed)
    await delay(again_ms)
    const pid = await kill(stack, server, killed)
    const again = performance.now()
    return [{ target: server.name, how, back_ms: null }, { target: server.name, how: 'recovering', back_ms: await untilBack(stack, server, pid, again) }]
  }))).flat()
}

/** Stops a server in order and starts it again; answers how long the start took, in ms. */
export async function restart(stack: Stack, servers: readonly Server[], name: string): Promise<number> {
  const server = serverNamed(servers, name)
  const { pid } = await running(stack, server, 0)
  await stopProcess(stack, name)
  const from = performance.now()
  await startProcess(stack, name)
  return await untilBack(stack, server, pid, from)
}

function serverNamed(servers: readonly Server[], name: string): Server {
  const server = servers.find((candidate) => candidate.name === name)
  if (server === undefined) throw new Error(`killing '${name}': there is no such server; there are ${servers.map((candidate) => candidate.name).join(', ')}`)
  return server
}

/** Kills the server's process, once it has one of another pid than `not`; answers its pid. */
async function kill(stack: Stack, server: Server, not: number): Promise<number> {
  for (;;) {
    const { pid } = await running(stack, server, not)
    try {
      process.kill(pid, 'SIGKILL')
      return pid
    } catch (cause) {
      // it ended by itself a moment ago, and supervisor has not noticed
      if ((cause as NodeJS.ErrnoException).code !== 'ESRCH') throw cause
      await delay(every_ms)
    }
  }
}

/** The server's process, once it has one of another pid than `not`. */
async function running(stack: Stack, server: Server, not: number): Promise<Process> {
  const deadline = performance.now() + patience_ms
  for (;;) {
    const process = (await processes(stack)).find(({ name }) => name === server.name)
    if (process !== undefined && process.pid !== 0 && process.pid !== not) return process
    if (process?.state === 'FATAL' || performance.now() > deadline) throw notBack(stack, server, process, 'it has no process')
    await delay(every_ms)
  }
}

/** Waits until another process than the killed one answers; ms since `from`. */
async function untilBack(stack: Stack, server: Server, killed: number, from: number): Promise<number> {
  const deadline = performance.now() + patience_ms
  for (;;) {
    const process = await running(stack, server, killed)
    const problem = await server.probe().then(() => undefined, (cause: unknown) => cause)
    if (problem === undefined) return Math.round(performance.now() - from)
    if (performance.now() > deadline) throw notBack(stack, server, process, problem instanceof Error ? problem.message : String(problem))
    await delay(every_ms)
  }
}

function notBack(stack: Stack, { name }: Server, process: Process | undefined, why: string): Error {
  return new Error(`waiting until '${name}' is back: supervisor says ${process?.state ?? 'nothing'} of it after ${patience_ms / 1_000} s at most: ${why}; the end of its log:\n${lastLines(logOf(stack, name), 15)}`)
}
