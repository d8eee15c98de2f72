/** Contestants in processes of their own, so that CPU time and memory are theirs: the parent asks, the child answers over Node's IPC. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { loader } from '../local/stack.ts'

interface Request { readonly id: number; readonly call: string; readonly argument: unknown }
type Reply = { readonly id: number; readonly result: unknown } | { readonly id: number; readonly error: string }

export interface Child {
  readonly pid: number
  /** Calls a handler of the child; its answer must be plain data. */
  ask<T>(call: string, argument?: unknown): Promise<T>
  /** Lets it end, and waits until it has. */
  close(): Promise<void>
  /** SIGKILL, as a crash would. */
  kill(): Promise<void>
}
export interface ChildOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Hears what the child tells without being asked. */
  readonly onTold?: (message: unknown) => void
}

const END_WITHIN_MS = 10_000
const KEPT_OUTPUT = 4_000

/** Starts a script that calls `serve`. */
export async function startChild(script: URL, { env, onTold }: ChildOptions): Promise<Child> {
  const child = fork(fileURLToPath(script), [], { env, execArgv: [...loader], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  let output = ''
  const keep = (chunk: Buffer): void => { output = (output + chunk.toString()).slice(-KEPT_OUTPUT) }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  const waiting = new Map<number, { resolve(value: unknown): void; reject(cause: Error): void }>()
  const ended = once(child, 'exit').then(([code, signal]) => {
    for (const { reject } of waiting.values()) reject(new Error(`${script.pathname} ended with ${code ?? signal}:\n${output}`))
    waiting.clear()
  })
  child.on('message', (reply: Reply | { readonly told: unknown }) => {
    if ('told' in reply) {
      onTold?.(reply.told)
      return
    }
    const asked = waiting.get(reply.id)
    waiting.delete(reply.id)
    if ('error' in reply) asked?.reject(new Error(`${script.pathname}: ${reply.error}\n${output}`))
    else asked?.resolve(reply.result)
  })
  let id = 0
  return {
    pid: child.pid ?? 0,
    ask: (call, argument) => new Promise((resolve, reject) => {
      const request: Request = { id: ++id, call, argument }
      waiting.set(request.id, { resolve: resolve as (value: unknown) => void, reject })
      child.send(request, (error) => { if (error !== null) reject(error) })
    }),
    async close() {
      if (child.connected) child.disconnect()
      const late = setTimeout(() => child.kill('SIGKILL'), END_WITHIN_MS)
      await ended
      clearTimeout(late)
    },
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** The child's end: tells the parent something, unasked. */
export const tell = (message: unknown): void => { if (process.connected) process.send?.({ told: message }) }

/** The child's end: answers calls until the parent lets go. */
export function serve(handlers: Readonly<Record<string, (argument: never) => Promise<unknown>>>): void {
  const reply = (message: Reply): void => { if (process.connected) process.send?.(message) }
  process.on('message', ({ id, call, argument }: Request) => {
    const handler = handlers[call]
    Promise.resolve(handler === undefined ? Promise.reject(new Error(`no '${call}' here`)) : handler(argument as never)).then(
      (result) => reply({ id, result: result ?? null }),
      (cause: unknown) => reply({ id, error: cause instanceof Error ? cause.stack ?? cause.message : String(cause) }))
  })
  process.once('disconnect', () => process.exit(0))
}
