/** Stops a stack, and sees to it that no process of it is left. */
import { rmSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { commandOf, processesOf } from './ports.ts'
import type { Progress } from './progress.ts'
import { forget, type Stack, supervisorPid } from './stack.ts'
import { processes, shutdown, stopProcess, socketOf } from './supervisor.ts'
import { runTasks } from './tasks.ts'

/** Writers stop before what they write to, so that each drains what it holds. */
const before: Readonly<Record<string, readonly string[]>> = { connect: ['services', 'workers'] }
const writers = ['services', 'workers', 'connect']

/** Ends every process of the stack and returns how many there were; throws if one survives even SIGKILL. */
export async function stopStack(stack: Stack, progress: Progress): Promise<number> {
  const there = processesOf(stack.home).length
  if (supervisorPid(stack.home) !== undefined) {
    // a supervisor that does not answer is ended below, like anything else
    await stopBySupervisor(stack, progress).catch((error: unknown) =>
      progress.say(`asking supervisor to stop: ${error instanceof Error ? error.message : String(error)}`),
    )
  }
  await endAll(stack, progress)
  forget(stack.home)
  rmSync(socketOf(stack), { force: true })
  return there
}

async function stopBySupervisor(stack: Stack, progress: Progress): Promise<void> {
  const running = (await processes(stack))
    .filter(({ name, state }) => name !== 'memmon' && !['STOPPED', 'EXITED', 'FATAL'].includes(state))
    .map(({ name }) => name)
  const steps = progress.phase('stopping', running)
  try {
    await runTasks(
      running.map((name) => ({
        name,
        after: writers.includes(name) ? (before[name] ?? []) : writers,
        run: async () => {
          await stopProcess(stack, name).catch(async (error: unknown) => {
            if (await isRunning(stack, name)) throw error
          })
        },
      })),
      steps,
    )
  } finally {
    steps.end()
  }
  await shutdown(stack)
  await until(10_000, () => supervisorPid(stack.home) === undefined)
}

/** It may have ended by itself between the look and the order. */
const isRunning = async (stack: Stack, name: string): Promise<boolean> =>
  (await processes(stack)).some(
    (process) => process.name === name && ['STARTING', 'RUNNING', 'BACKOFF', 'STOPPING'].includes(process.state),
  )

/** Ends what supervisor did not know or did not end: asks, then kills. Supervisor itself first, or it would start the others again. */
async function endAll(stack: Stack, progress: Progress): Promise<void> {
  for (const [signal, patience_ms] of [
    ['SIGTERM', 30_000],
    ['SIGKILL', 5_000],
  ] as const) {
    const supervisor = supervisorPid(stack.home)
    if (supervisor !== undefined) send(supervisor, 'SIGKILL')
    const left = processesOf(stack.home)
    if (left.length === 0) return
    for (const pid of left) {
      progress.say(`ending process ${pid}, left from stack '${stack.name}' (${commandOf(pid).slice(0, 80)}), with ${signal}`)
      send(pid, signal)
    }
    await until(patience_ms, () => processesOf(stack.home).length === 0)
  }
  const left = processesOf(stack.home)
  if (left.length > 0)
    throw new Error(`stopping stack '${stack.name}': processes ${left.join(', ')} do not end: end them as root, or restart the machine`)
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function until(patience_ms: number, done: () => boolean): Promise<void> {
  const deadline = Date.now() + patience_ms
  while (!done() && Date.now() < deadline) await wait(100)
}
