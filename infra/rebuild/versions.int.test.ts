import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { createCodec } from '@cdlc/schemas/codec.ts'
import { viewsReady } from '@cdlc/services/shared/views.ts'
import { openCaretaker, startRounds } from '@cdlc/streams/runtime/caretaker.ts'
import { openCrew } from '@cdlc/streams/runtime/crew.ts'
import { createDeadLetters } from '@cdlc/streams/runtime/dead-letter.ts'
import { decodersOf } from '@cdlc/streams/runtime/decoders.ts'
import { versionName, worked } from '@cdlc/streams/runtime/editions.ts'
import { defineView, groupName, type View } from '@cdlc/streams/runtime/view.ts'
import { startWorker } from '@cdlc/streams/runtime/worker.ts'
import { type LiveSinks, openLiveSinks } from '@cdlc/streams/sinks/live.ts'
import { afterAll, expect, test } from 'vitest'
import { stackFrom } from '../local/stack.ts'
import { dropVersionOf, orphans } from './drop.ts'

const { endpoints } = stackFrom(process.env)
const codec = createCodec(endpoints.registry)
const service = openLiveSinks(endpoints, { component: 'test', log: () => {} })
afterAll(() => service.close())

const name = `versions-${randomUUID().slice(0, 8)}`
const file = `file:///views/${name}.ts`
const common = { store: 'redis', from: { 'cdc.content.genres': ['genre', 'name'] } } as const
const first = defineView(file, {
  ...common, version: 1, rows: { genre: { key: ['genre'], columns: { genre: 'text', name: 'text' } } },
  apply: ({ after }) => (after === null ? [] : [{ put: 'genre', row: { genre: after.genre, name: after.name } }]),
})
/** The next version of the code calls a column otherwise. */
const second = defineView(file, {
  ...common, version: 2, rows: { genre: { key: ['genre'], columns: { genre: 'text', title: 'text' } } },
  apply: ({ after }) => (after === null ? [] : [{ put: 'genre', row: { genre: after.genre, title: after.name } }]),
})

/** A worker process with this version of the code, in this process; `main.ts` is made of the same parts. */
function workersOf(view: View) {
  const sinks = openLiveSinks(endpoints, { component: 'test-workers', log: () => {} })
  const { editions, kafka, groups } = sinks
  const log = (): void => {}
  const caretaker = openCaretaker({ editions, kafka, groups, store: sinks.store, views: [view], log, clock: Date })
  const crew = openCrew({ log, random: Math.random, onLeft: caretaker.left, start: async (edition, onCrash) => startWorker({
    view: edition, store: await sinks.store(edition), kafka, decoders: decodersOf(codec, edition, { traced: false }), deadLetters: createDeadLetters(kafka, edition), clock: Date, log, random: Math.random, onCrash }) })
  const rounds = startRounds(caretaker)
  editions.onChange(() => crew.assign(worked(editions.of(view)).map((build) => ({ ...view, build }))))
  return { stop: async () => { await Promise.all([rounds.stop(), crew.stop()]); await sinks.close() } }
}

async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  for (const deadline = Date.now() + 60_000; !await holds(); await delay(100)) if (Date.now() > deadline) throw new Error(`waited a minute until ${what}`)
}
const ready = (view: View): Promise<string> => viewsReady(service.editions, [view]).then(() => 'ready', (cause: unknown) => (cause as Error).message)
const rows = async (view: View, of: LiveSinks = service): Promise<readonly unknown[]> => {
  const all: unknown[] = []
  for await (const row of (await of.store(view)).scan('genre')) all.push(row)
  return all
}

test('a version that is raised fills beside the old one; services are ready once it is there; the old one is orphaned, and dropped with all it kept', async () => {
  await service.editions.known()
  expect(await ready(first)).toBe(`${name}-v1 has not caught up yet`)
  const old = workersOf(first)
  await until('the first version has caught up', async () => await ready(first) === 'ready')
  const genres = await rows(first)
  expect(genres.length).toBeGreaterThan(5)

  expect(await ready(second)).toBe(`${name}-v2 has not caught up yet`)
  const young = workersOf(second)
  await until('the second version has caught up', async () => await ready(second) === 'ready')
  expect([await rows(second), await rows(first)]).toEqual([expect.arrayContaining(genres.map((row) => {
    const { genre, name: title } = row as { genre: string; name: string }
    return { genre, title }
  })), genres])
  expect(orphans(service.editions.all(), [second]).filter(({ view }) => view === name).map(({ edition }) => edition)).toEqual([versionName(first)])

  await old.stop()
  await dropVersionOf(service, versionName(first))
  expect([await rows(first), await service.groups.list(groupName(first))]).toEqual([[], new Map()])
  expect(orphans(service.editions.all(), [second]).filter(({ view }) => view === name)).toEqual([])

  // the code goes back to the first version: it begins anew, as a build that nothing is left of
  const again = workersOf(first)
  await until('the first version is there again', async () => await ready(first) === 'ready')
  expect(service.editions.of(first)).toMatchObject({ live: 1, dropping: [] })
  expect(await rows({ ...first, build: 1 })).toHaveLength(genres.length)
  await Promise.all([young.stop(), again.stop()])
  for (const view of [first, second]) await dropVersionOf(service, versionName(view))
  expect([await rows({ ...first, build: 1 }), await rows(second)]).toEqual([[], []])
}, 600_000)
