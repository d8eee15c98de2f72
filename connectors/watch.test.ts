import { describe, expect, test } from 'vitest'
import type { ConnectorState } from './rest.ts'
import { createWatch } from './watch.ts'

/** Kafka Connect with one connector of one task; a restart makes it run, if it can. */
function connectWith(states: { connector: string; task: string; mends?: boolean }) {
  const restarts: string[] = []
  const trace = 'io.debezium.DebeziumException: no connection\n\tat somewhere'
  return {
    restarts,
    states,
    names: async () => ['user'],
    status: async (name: string): Promise<ConnectorState> => ({
      name,
      connector: { state: states.connector, worker_id: 'w' },
      tasks: [{ id: 0, state: states.task, worker_id: 'w', ...(states.task === 'FAILED' ? { trace } : {}) }],
    }),
    restart: async (name: string, onlyFailed: boolean) => {
      restarts.push(`${name} ${onlyFailed}`)
      if (states.mends === true) Object.assign(states, { connector: 'RUNNING', task: 'RUNNING' })
    },
  }
}

describe('the watch over connectors', () => {
  test('leaves alone what runs, and what an operator has paused', async () => {
    for (const state of ['RUNNING', 'PAUSED', 'STOPPED', 'UNASSIGNED']) {
      const connect = connectWith({ connector: state, task: state })
      expect(await createWatch(connect, () => 0).look()).toEqual([])
      expect(connect.restarts).toEqual([])
    }
  })

  test('restarts a failed task at once, and only what failed, and says why', async () => {
    const connect = connectWith({ connector: 'RUNNING', task: 'FAILED', mends: true })
    const watch = createWatch(connect, () => 0)
    expect(await watch.look()).toEqual([{ name: 'user', attempt: 1, problem: 'io.debezium.DebeziumException: no connection' }])
    expect(connect.restarts).toEqual(['user true'])
    expect(await watch.look()).toEqual([])
  })

  test('restarts what goes on failing after 1, 2, 4 … seconds, and then once a minute', async () => {
    let now = 0
    const connect = connectWith({ connector: 'FAILED', task: 'FAILED' })
    const watch = createWatch(connect, () => now)
    const times: number[] = []
    for (; now <= 240_000; now += 500) if ((await watch.look()).length > 0) times.push(now / 1_000)
    expect(times).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183])
  })

  test('takes a failure after a minute of work for a first one, and one before it for another of the same', async () => {
    let now = 0
    const connect = connectWith({ connector: 'RUNNING', task: 'FAILED', mends: true })
    const watch = createWatch(connect, () => now)
    await watch.look()
    const failAt = async (at: number): Promise<number | undefined> => {
      now = at
      await watch.look()
      connect.states.task = 'FAILED'
      return (await watch.look())[0]?.attempt
    }
    expect(await failAt(30_000)).toBe(2)
    expect(await failAt(90_000)).toBe(1)
  })
})
