/** Starts a stack from whatever state it is in: checks, installs, runs every server and sets it up. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { install } from './install.ts'
import { processesOf } from './ports.ts'
import { check } from './preflight.ts'
import type { Progress } from './progress.ts'
import type { Server } from './server.ts'
import { partsOf, servers } from './servers/index.ts'
import { python } from './servers/parts.ts'
import { setupSteps } from './setup.ts'
import { remember, runningStack, type Stack } from './stack.ts'
import { lastLines } from './exec.ts'
import { stopStack } from './stop.ts'
import { logOf, processes, startProcess, startSupervisor } from './supervisor.ts'
import { runTasks, type Task } from './tasks.ts'

export interface StartOptions {
  readonly progress: Progress
  readonly signal: AbortSignal
}
export type Started = 'started' | 'running already'

const patience_ms = 240_000

/**
 * Brings the stack up until every server and process answers and all is set up. A stack that runs already is left alone. If anything
 * goes wrong, or the signal aborts, all that was started is stopped again.
 */
export async function startStack(stack: Stack, { progress, signal }: StartOptions): Promise<Started> {
  const running = runningStack(stack.home)
  if (running?.ready === true) return 'running already'
  if (running !== undefined && isAlive(running.starter))
    throw new Error(
      `starting stack '${stack.name}': process ${running.starter} is starting it already: wait for it, or end it with 'npm stop'`,
    )
  // its start was broken off, or its supervisor killed
  if (running !== undefined || processesOf(stack.home).length > 0) await stopStack(stack, progress)
  await check(stack)
  await install(stack.cache, progress, signal)
  const parts = partsOf(stack)
  const all = servers(parts)
  try {
    await startSupervisor(stack, all, python(parts), signal)
    remember(stack, false)
    const tasks = [
      ...all.map((server): Task => ({ name: server.name, after: server.after, run: (aborted) => bring(stack, server, aborted) })),
      ...setupSteps(stack),
    ]
    const steps = progress.phase(
      'starting',
      tasks.map(({ name }) => name),
    )
    try {
      await runTasks(tasks, steps, signal)
    } finally {
      steps.end()
    }
  } catch (error) {
    await stopStack(stack, progress)
    throw error
  }
  return 'started'
}

/** Says that the start got to its end. */
export const markReady = (stack: Stack): void => remember(stack, true)

/** Prepares a server, starts it, waits until it is ready and completes it. */
async function bring(stack: Stack, server: Server, signal: AbortSignal): Promise<void> {
  for (const [path, content] of Object.entries(server.files ?? {})) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
  }
  await server.prepare?.(signal)
  await startProcess(stack, server.name)
  await waitUntilReady(stack, server, signal)
  await server.complete?.()
}

/** Waits until a server's probe is content; throws with the end of its log if it gives up, or after four minutes. */
export async function waitUntilReady(stack: Stack, server: Server, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + patience_ms
  const pids = new Set<number>()
  for (;;) {
    signal.throwIfAborted()
    const reason = await server.probe().then(
      () => undefined,
      (error: unknown) => error,
    )
    const process = (await processes(stack)).find(({ name }) => name === server.name)
    if (reason === undefined && process?.pid !== 0) return
    if (process !== undefined && process.pid !== 0) pids.add(process.pid)
    const failing = process?.state === 'FATAL' || pids.size > 3
    if (failing || Date.now() > deadline) {
      const log = logOf(stack, server.name)
      const how = failing
        ? `it ends as soon as it is started`
        : `not ready after ${patience_ms / 1000} s: ${reason instanceof Error ? reason.message : String(reason)}`
      throw new Error(`starting '${server.name}': ${how}; its log is '${log}':\n${lastLines(log, 15)}`, { cause: reason })
    }
    await wait(150, undefined, { signal })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
