/** The three kinds of processors on real servers, killed in mid-stream. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CdcRows } from '@cdlc/schemas/generated/topics.ts'
import { afterAll, describe, expect, test } from 'vitest'
import { connect, hire, outputReader, prepare, tell, type Trial, trialOf } from '../processor-trial.ts'
import perDay from '../processors/user/ratings-per-day.ts'
import byProfile from '../processors/user/ratings-by-profile.ts'
import ratedTitles from '../processors/user/rated-titles.ts'
import { openStore } from '../sinks/memory/store.ts'
import { createDeadLetters, deadLetterPlan } from './dead-letter.ts'
import { identityOf, isBehind, type Place } from './emission.ts'
import { localStores } from './local-store.ts'
import { driveProcessor } from './processor-testing.ts'
import { type Output, type Processor, processorGroup } from './processor.ts'
import { partitionOf } from './partition.ts'
import { readToEnd } from './read.ts'
import { created, deleted, updated } from './testing.ts'
import { withoutRepeats } from './repeats.ts'
import { type Change, defineView, type View } from './view.ts'
import { startWorker } from './worker.ts'

const partitions = 6
const RATINGS = 'cdc.user.ratings'
const TITLES = 'cdc.content.titles'
const kafka = connect('processor-test')
const folders: string[] = []
const children: ChildProcess[] = []
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  await kafka.close()
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })))
})
const folder = async (): Promise<string> => {
  const made = await mkdtemp(join(tmpdir(), 'cdlc-processor-'))
  folders.push(made)
  return made
}

/** Counts the records of each key. A row is one partition's, so it must be the topic's own key. */
const counting = (column: 'profile_id' | 'title_id') => {
  const id = ({ before, after }: Change): string => String((after ?? before)?.[column])
  return defineView('file:///views/counting.ts', {
    version: 1, store: 'memory', from: { 'user.ratings-by-profile': [column] }, rows: { count: { key: ['id'], columns: { id: 'text', count: 'int' } } },
    touches: (event) => [{ row: 'count', key: { id: id(event) } }],
    apply: (event, { count }) => [{ put: 'count', row: { id: id(event), count: (count.get({ id: id(event) })?.count ?? 0) + 1 } }],
  })
}

type Rating = CdcRows[typeof RATINGS]
type Title = Pick<CdcRows[typeof TITLES], 'title_id' | 'version' | 'name' | 'kind' | 'release_year'>
const HOUR = 3_600_000
/** Lives of 300 ratings of 40 titles: written, changed, removed and made again, over some weeks. */
function ratings(count: number): readonly Change[] {
  const rows = new Map<string, Rating>()
  return Array.from({ length: count }, (_, n): Change => {
    const row = (n * 7_919) % 300
    const key = { profile_id: `p${row % 30}`, title_id: `t${row % 40}` }
    const before = rows.get(`${row}`)
    if (before !== undefined && n % 7 === 0) {
      rows.delete(`${row}`)
      return deleted(RATINGS, before)
    }
    const after: Rating = { ...key, half_stars: 1 + (n % 10), rated_at: 1_700_000_000_000 + n * (HOUR / 10) - (n % 13) * 6 * HOUR, version: 2 * n + 2 }
    rows.set(`${row}`, after)
    return before === undefined ? created(RATINGS, after) : updated(RATINGS, before, after)
  })
}
/** Titles come to be known, and are renamed, while they are rated. */
const titles = (count: number): readonly Change[] => Array.from({ length: 120 }, (_, n): Change => {
  const title: Title = { title_id: `t${n % 40}`, version: Math.floor((n / 120) * 2 * count) + 1, name: `name ${n}`, kind: 'movie', release_year: n % 5 === 0 ? null : 1_900 + n }
  return { topic: TITLES, op: 'r', before: null, after: title }
})

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 90_000
  while (!await holds()) {
    if (Date.now() > deadline) throw new Error(`waited 90 s until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
const written = async (topic: string): Promise<number> => (await kafka.offsets(topic)).reduce((sum, { high }) => sum + high, 0)

function spawned(name: string, trial: string, stores: string): { readonly atWork: Promise<void>; kill(): Promise<void> } {
  const child = spawn(process.execPath, [`${import.meta.dirname}/../processor-trial.ts`, name, trial, stores], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  return {
    atWork: new Promise((resolve, reject) => { child.stdout.once('data', () => resolve()); child.once('exit', (code) => reject(new Error(`the worker ended with ${code}`))) }),
    async kill() {
      const ended = new Promise((resolve) => { child.once('exit', resolve) })
      child.kill('SIGKILL')
      await ended
    },
  }
}

interface Told { readonly partition: number; readonly source: string; readonly place: Place; readonly change: Output }
/** What a reader that drops repeats has of the output. */
async function toldIn(trial: Trial): Promise<readonly Told[]> {
  const reader = await outputReader(trial.processor, trial)
  const newest = new Map<string, Place>()
  const told: Told[] = []
  await readToEnd(kafka, [trial.processor.to], async ({ partition, records }) => {
    await reader.prepare(records.map(({ value }) => value))
    for (const { headers, value } of records) {
      const identity = identityOf(headers)
      if (identity === undefined || value === null) throw new Error('a record that no processor wrote')
      const known = newest.get(`${partition} ${identity.source}`)
      if (known !== undefined && !isBehind(identity.place, known)) continue
      newest.set(`${partition} ${identity.source}`, identity.place)
      const { op, before, after } = reader.decode(value)
      told.push({ partition, ...identity, change: { op, before, after } })
    }
  })
  return told
}

/** What is in the local stores of a folder. */
async function stored(processor: Processor, path: string): Promise<readonly (readonly (readonly [string, string])[])[]> {
  return Promise.all(Array.from({ length: partitions }, async (_, partition) => {
    const store = await localStores(path).open(`${processorGroup(processor)}/${partition}`)
    const entries = [...store.scan('_', '~')].filter(([key]) => key !== '_claim' && key !== '_checkpoint').map(([key, value]) => [key, value.toString('latin1')] as const)
    await store.close()
    return entries
  }))
}

/** Three owners one after another: the first two are killed, the third finds no disk. Answers what was told in the end. */
async function trial(original: Processor, logs: Readonly<Record<string, readonly Change[]>>) {
  const id = randomUUID().slice(0, 8)
  const on = await trialOf(original.name, id)
  await prepare(kafka, on, partitions)
  const [disk, other, third] = [await folder(), await folder(), await folder()]
  const telling = (async () => { for (const [topic, log] of Object.entries(logs)) await tell(kafka, on, topic, original.from[topic] ?? [], log) })()
  const first = spawned(original.name, id, disk)
  await first.atWork
  await telling
  await until('the first owner has told something', async () => await written(on.processor.to) > 500)
  await first.kill()
  const before = await written(on.processor.to)
  const second = spawned(original.name, id, disk)
  await second.atWork
  await until('the second owner goes on', async () => await written(on.processor.to) > before + 200)
  await second.kill()
  const worker = await hire(on, kafka, other, () => {}, (cause) => { throw cause })
  await until('all is applied', async () => { const { lag_records, partitions: owned } = await worker.status(); return owned === partitions && lag_records === 0 })
  await worker.stop()
  const restorer = await hire(on, kafka, third, () => {}, (cause) => { throw cause })
  await until('a machine with an empty disk has restored', async () => (await restorer.status()).partitions === partitions)
  await restorer.stop()
  expect(await stored(on.processor, third)).toEqual(await stored(on.processor, other))
  return { on, told: await toldIn(on) }
}

/** How many records of the output a view has that counts them, on real Kafka, and is restarted in between. */
async function countedBy({ processor, topicFor }: Trial, column: 'profile_id' | 'title_id', told: number): Promise<number> {
  const view: View = { ...counting(column), name: `counting-${processor.name}`, from: { [processor.to]: [column] } }
  const tables = { tables: new Map() }
  const reader = await outputReader(processor, { processor, topicFor })
  const [ears, client] = [await folder(), connect('counting')]
  await kafka.createTopics([deadLetterPlan(view, partitions)])
  const total = async (): Promise<number> => {
    let sum = 0
    for await (const row of openStore(tables, view).scan('count')) sum += Number(row['count'])
    return sum
  }
  for (const enough of [told / 2, told]) {
    const worker = await startWorker({
      view, store: openStore(tables, view), kafka: withoutRepeats(client, localStores(ears), (topic) => topic === processor.to, () => {}), deadLetters: createDeadLetters(client, view), clock: Date, random: Math.random,
      log: () => {}, onCrash: (cause) => { throw cause }, decoders: new Map([[processor.to, { prepare: (values) => reader.prepare(values), decode: (value) => reader.decode(value) }]]),
    })
    await until(`a view has counted ${enough}`, async () => await total() >= enough)
    await worker.stop()
  }
  await client.close()
  return total()
}

async function undisturbed(processor: Processor, column: string, log: readonly Change[]): Promise<ReadonlyMap<string, readonly Output[]>> {
  const expected = new Map<string, Output[]>()
  const source = (change: Change): number => partitionOf(String((change.after ?? change.before)?.['title_id']), partitions)
  for (let partition = 0; partition < partitions; partition++) {
    const driven = (await driveProcessor(processor)).apply(...log.filter((change) => source(change) === partition))
    for (const output of driven.emitted()) {
      const place = `${partition} ${partitionOf(String((output.after ?? output.before)?.[column]), partitions)}`
      expected.set(place, [...expected.get(place) ?? [], output])
    }
  }
  return expected
}
const bySource = (told: readonly Told[]): ReadonlyMap<string, readonly Output[]> => {
  const found = new Map<string, Output[]>()
  for (const { partition, source, change } of told) {
    const place = `${source.slice(source.lastIndexOf('/') + 1)} ${partition}`
    found.set(place, [...found.get(place) ?? [], change])
  }
  return found
}

describe('killed twice in mid-stream and restored on an empty disk', () => {
  test.each([[byProfile, 'profile_id'], [perDay, 'title_id']] as const)('$name tells what an undisturbed one does', async (processor, column) => {
    const log = ratings(10_000)
    const { on, told } = await trial(processor, { [RATINGS]: log })
    expect(bySource(told)).toEqual(await undisturbed(processor, column, log))
    expect(await countedBy(on, column, told.length)).toBe(told.length)
  }, 240_000)

  test('rated-titles ends with the temporal join', async () => {
    const count = 10_000
    const logs = { [RATINGS]: ratings(count), [TITLES]: titles(count) }
    const { told } = await trial(ratedTitles, logs)
    const table = new Map<string, unknown>()
    for (const { change: { before, after } } of told) {
      const cell = JSON.stringify([(after ?? before)?.['title_id'], (after ?? before)?.['profile_id']])
      expect(before).toEqual(table.get(cell) ?? null)
      if (after === null) table.delete(cell)
      else table.set(cell, after)
    }
    const driven = (await driveProcessor(ratedTitles)).apply(...logs[TITLES], ...logs[RATINGS])
    const expected = new Map<string, unknown>()
    for (const { before, after } of driven.emitted()) {
      const cell = JSON.stringify([(after ?? before)?.['title_id'], (after ?? before)?.['profile_id']])
      if (after === null) expected.delete(cell)
      else expected.set(cell, after)
    }
    expect(table).toEqual(expected)
  }, 240_000)
})
