import { describe, expect, it } from 'vitest'
import { inOrder, runTasks, type Task } from './tasks.ts'

/** A task that notes when it begins and ends, and ends when it is told to. */
function noted(
  notes: string[],
  name: string,
  after: readonly string[],
  work: (signal: AbortSignal) => Promise<void> = async () => undefined,
): Task {
  return {
    name,
    after,
    run: async (signal) => {
      notes.push(`${name} begins`)
      await work(signal)
      notes.push(`${name} ends`)
    },
  }
}

describe('tasks', () => {
  it('begin once those they come after have ended, and side by side otherwise', async () => {
    const notes: string[] = []
    const gate = Promise.withResolvers<void>()
    await runTasks([
      noted(notes, 'connect', ['kafka', 'not in the list']),
      noted(notes, 'kafka', [], () => gate.promise),
      noted(notes, 'redis', [], async () => gate.resolve()),
    ])
    expect(notes.slice(0, 2)).toEqual(['kafka begins', 'redis begins'])
    expect(notes.slice(-2)).toEqual(['connect begins', 'connect ends'])
  })

  it('that fail end the others, and keep those that wait for them from beginning', async () => {
    const notes: string[] = []
    const untilAborted = (signal: AbortSignal): Promise<void> =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))))
    const run = runTasks([
      noted(notes, 'neo4j', [], untilAborted),
      noted(notes, 'mysql', [], () => Promise.reject(new Error('no disk'))),
      noted(notes, 'migrations', ['mysql']),
    ])
    await expect(run).rejects.toThrow('no disk')
    expect(notes).toEqual(['neo4j begins', 'mysql begins'])
  })

  it("end when the caller's signal aborts", async () => {
    const notes: string[] = []
    const caller = new AbortController()
    const run = runTasks(
      [noted(notes, 'kafka', [], async () => caller.abort(new Error('Ctrl-C'))), noted(notes, 'connect', ['kafka'])],
      {},
      caller.signal,
    )
    await expect(run).rejects.toThrow('Ctrl-C')
    expect(notes).toEqual(['kafka begins', 'kafka ends'])
  })

  it('that wait for each other are refused before any begins', () => {
    const waiting = ['a', 'b'].map((name): Task => ({ name, after: [name === 'a' ? 'b' : 'a'], run: async () => undefined }))
    expect(() => inOrder(waiting)).toThrow("'a' after 'b', 'b' after 'a' wait for each other")
  })
})
