import { expect, test } from 'vitest'
import { type Crew, openCrew } from './crew.ts'
import { failurePolicy } from './failure.ts'
import type { View } from './view.ts'
import type { ViewStatus, Worker } from './worker.ts'

const edition = (name: string, build = 0): View => ({ name, version: 1, build, store: 'memory', from: {}, rows: {}, failure: failurePolicy(), touches: undefined, apply: () => [] })

/** Workers that only say that they started and stopped. */
function team(failing: (name: string, attempt: number) => boolean = () => false) {
  const said: string[] = []
  const attempts = new Map<string, number>()
  const crashes = new Map<string, (cause: unknown) => void>()
  const left: string[] = []
  const listeners = new Set<() => void>()
  const say = (what: string): void => { said.push(what); for (const listener of listeners) listener() }
  const crew: Crew = openCrew({
    random: () => 0, log: () => {}, onLeft: (view) => { left.push(`${view.name}-b${view.build}`); say(`left ${view.name}-b${view.build}`) },
    async start(view, onCrash): Promise<Worker> {
      const name = `${view.name}-b${view.build}`
      const attempt = (attempts.get(name) ?? 0) + 1
      attempts.set(name, attempt)
      if (failing(name, attempt)) { say(`failed ${name}`); throw new Error(`its store is away`) }
      crashes.set(name, onCrash)
      say(`started ${name}`)
      return { view, status: async () => ({ name: view.name, build: view.build, state: 'running' }) as ViewStatus, check: async () => {}, stop: async () => say(`stopped ${name}`) }
    },
  })
  const until = (what: string, times = 1): Promise<void> => new Promise((resolve) => {
    const check = (): void => { if (said.filter((word) => word === what).length >= times) { listeners.delete(check); resolve() } }
    listeners.add(check)
    check()
  })
  return { crew, said, left, until, crash: (name: string) => crashes.get(name)?.(new Error('down')) }
}

test('a view whose store is away holds up no other, and starts when it is back', async () => {
  const { crew, until } = team((name, attempt) => name === 'away-b0' && attempt < 3)
  crew.assign([edition('away'), edition('well')])
  await until('failed away-b0', 2)
  await until('started well-b0')
  expect((await crew.statuses()).map(({ name, state, lag_records }) => ({ name, state, lag_records }))).toEqual([{ name: 'away', state: 'down', lag_records: null }, { name: 'well', state: 'running' }])
  expect((await crew.statuses())[0]).toMatchObject({ problem: 'its store is away' })
  await until('started away-b0')
  await crew.stop()
})

test('a worker that crashes is stopped and another takes its place, the others untouched', async () => {
  const { crew, said, until, crash } = team()
  crew.assign([edition('a'), edition('b')])
  await until('started a-b0')
  await until('started b-b0')
  crash('a-b0')
  await until('started a-b0', 2)
  expect(said).toEqual(['started a-b0', 'started b-b0', 'stopped a-b0', 'started a-b0'])
  await crew.stop()
})

test('builds come and go as they are wanted, and it is told when one has left', async () => {
  const { crew, said, left, until } = team()
  crew.assign([edition('a', 0)])
  await until('started a-b0')
  crew.assign([edition('a', 0), edition('a', 1)])
  crew.assign([edition('a', 0), edition('a', 1)])
  await until('started a-b1')
  crew.assign([edition('a', 1)])
  await until('left a-b0')
  expect(said).toEqual(['started a-b0', 'started a-b1', 'stopped a-b0', 'left a-b0'])
  expect(crew.workers().map(({ view }) => view.build)).toEqual([1])
  await crew.stop()
  expect(left).toEqual(['a-b0', 'a-b1'])
})

test('a build that is wanted again while it leaves starts after it has left', async () => {
  const { crew, said, until } = team()
  crew.assign([edition('a')])
  await until('started a-b0')
  crew.assign([])
  crew.assign([edition('a')])
  await until('started a-b0', 2)
  expect(said).toEqual(['started a-b0', 'stopped a-b0', 'left a-b0', 'started a-b0'])
  await crew.stop()
  expect(crew.workers()).toEqual([])
})
