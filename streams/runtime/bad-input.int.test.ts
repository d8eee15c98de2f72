/** Every kind of bad record, into every store: what is wrong is dead-lettered, nothing else is lost, and a redrive mends it once. */
import { randomUUID } from 'node:crypto'
import { projection, schemaOf } from '@cdlc/schemas/avro.ts'
import { createCodec } from '@cdlc/schemas/codec.ts'
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { examplesOf } from '@cdlc/schemas/examples.ts'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { openSinks } from '../sinks/index.ts'
import { createDeadLetters } from './dead-letter.ts'
import { createKafka } from './kafka.ts'
import { deadLettersOf, redrive } from './redrive.ts'
import { type Change, defineView, type StoreName, type View } from './view.ts'
import { startWorker } from './worker.ts'

const endpoints = endpointsFrom(process.env)
const kafka = createKafka(endpoints.kafka.brokers, 'bad-input-test')
const sinks = openSinks(endpoints)
const codec = createCodec({ url: endpoints.registry.url })
afterAll(async () => { await kafka.close(); await sinks.close() })

type Title = Readonly<Record<string, unknown>>
const contract = 'cdc.content.titles'
const columns = ['title_id', 'name', 'synopsis', 'version'] as const

/** Titles as they come; `apply` cannot stand a title called 'unbearable'. */
function titlesIn(store: StoreName, topic: string): View {
  const view = defineView('file:///views/bad-input.ts', {
    version: 1, store, from: { [contract]: columns },
    rows: { title: { key: ['title_id'], source: contract, columns: { title_id: 'text', name: 'text', synopsis: 'text?', version: 'long' } } },
    apply: ({ after, before }) => {
      if (after === null) return [{ remove: 'title', key: { title_id: before?.title_id ?? '' } }]
      if (after.name === 'unbearable') throw new TypeError('nobody can bear this title')
      return [{ put: 'title', row: after }]
    },
  })
  const { title } = view.rows
  return { ...view, name: `bad-${topic.slice(-12)}-${store}`, from: { [topic]: columns }, rows: { ...view.rows, title: { ...title, source: topic } as typeof title } }
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000
  while (!await holds()) {
    if (Date.now() > deadline) throw new Error(`waited 60 s until ${what}`)
    await delay(50)
  }
}

test.each(['redis', 'neo4j', 'scylla', 'clickhouse'] as const)('bad records do not hold up or hurt a view in %s, and a redrive mends them once', async (store) => {
  const topic = `test.bad-input.${randomUUID()}`
  await kafka.createTopics([{ name: topic, partitions: 1, config: {} }])
  const view = titlesIn(store, topic)
  const encode = await codec.encoder(`${topic}-value`, schemaOf(contract))
  const evolved = { ...schemaOf(contract), fields: [...schemaOf(contract).fields, { name: 'mood', type: ['null', 'string'], default: null }] } as ReturnType<typeof schemaOf>
  const encodeEvolved = await codec.encoder(`${topic}-value`, evolved)
  const encodeOther = await codec.encoder(`${topic}-other-value`, schemaOf('cdc.user.ratings'))
  const [example] = (await examplesOf(contract)).map(({ value }) => value as Change & { readonly after: Title })
  const [rating] = await examplesOf('cdc.user.ratings')
  if (example === undefined) throw new Error(`no example of '${contract}'`)
  const change = (title_id: string, name: string, more: Title = {}): Change => ({ ...example, op: 'c', before: null, after: { ...example.after, title_id, name, synopsis: null, version: 1, ...more } })
  const big = 'lång '.repeat(150_000)
  const unknownSchema = Buffer.concat([Buffer.from([0, 0x7f, 0xff, 0xff, 0xff]), encode(change('x', 'x')).subarray(5)])

  const worker = await startWorker({
    view, store: await sinks.store(view), kafka, deadLetters: createDeadLetters(kafka, view), clock: Date, random: Math.random, log: () => {},
    decoders: new Map([[topic, (() => { const reader = codec.reader(projection(contract, columns)); return { prepare: (values: readonly Buffer[]) => reader.prepare(values), decode: (value: Buffer) => reader.decode(value) as Change } })()]]),
    onCrash: (cause) => { throw cause },
  })
  await kafka.produce(topic, [
    { key: 'good', value: encode(change('good', 'Good')) },
    { key: 'bytes', value: Buffer.from('no avro at all') },
    { key: 'cut', value: encode(change('cut', 'Cut short')).subarray(0, 40) },
    { key: 'id', value: unknownSchema },
    { key: 'other', value: encodeOther(rating?.value) },
    { key: null, value: encode(change('keyless', 'Keyless')) },
    { key: 'empty', value: Buffer.alloc(0) },
    { key: 'tomb', value: null },
    { key: 'unbearable', value: encode(change('unbearable', 'unbearable')) },
    { key: 'evolved', value: encodeEvolved({ ...change('evolved', 'Evolved'), mood: 'blue' }) },
  ])
  await kafka.produce(topic, [{ key: 'big', value: encode(change('big', 'Big', { synopsis: big })) }, { key: 'last', value: encode(change('last', 'Last')) }])

  const rows = async (): Promise<ReadonlyMap<string, Title>> => {
    const found = new Map<string, Title>()
    for await (const row of (await sinks.store(view)).scan('title')) found.set(String(row['title_id']), row)
    return found
  }
  await until('all that can be shown is', async () => (await rows()).size === 4)
  const shown = await rows()
  expect([...shown.keys()].sort()).toEqual(['big', 'evolved', 'good', 'last'])
  expect(shown.get('big')?.['synopsis']).toBe(big)
  const entries = await deadLettersOf(kafka, view)
  expect(entries.map(({ letter, state }) => [letter.origin.offset, letter.code, letter.key, state])).toEqual([
    [1, 'undecodable', 'bytes', 'pending'], [2, 'undecodable', 'cut', 'pending'], [3, 'unknown_schema', 'id', 'pending'], [4, 'undecodable', 'other', 'pending'],
    [5, 'no_key', null, 'pending'], [6, 'undecodable', 'empty', 'pending'], [8, 'apply', 'unbearable', 'pending'],
  ])
  expect(entries[0]?.letter).toMatchObject({ value: Buffer.from('no avro at all'), attempt: 1, error: expect.stringContaining('no magic byte') })
  await until('the lag is nothing', async () => (await worker.status()).lag_records === 0)
  expect(await worker.status()).toMatchObject({ state: 'running', dead_letters_total: 7 })

  const mend = { rate: 1_000, answer: async ({ letter }: (typeof entries)[number]) => (letter.code === 'unknown_schema' ? 'discard' as const
    : letter.code === 'apply' ? { redrive: encode(change('unbearable', 'bearable')), key: letter.key }
      : letter.code === 'no_key' ? { redrive: letter.value, key: 'keyless' } : { redrive: letter.value, key: letter.key }) }
  expect(await redrive(kafka, view, entries, mend)).toEqual({ redriven: 6, discarded: 1 })
  await until('the second attempts have failed', async () => (await deadLettersOf(kafka, view)).filter(({ letter }) => letter.attempt === 2).length === 4)
  await until('what was mended is shown', async () => { const now = await rows(); return now.has('keyless') && now.has('unbearable') })
  expect((await rows()).get('unbearable')?.['name']).toBe('bearable')
  const after = await deadLettersOf(kafka, view)
  expect(after.map(({ letter, state }) => [letter.origin.offset, letter.attempt, state])).toEqual([
    [1, 2, 'pending'], [2, 2, 'pending'], [3, 1, 'discarded'], [4, 2, 'pending'], [5, 1, 'redriven'], [6, 2, 'pending'], [8, 1, 'redriven'],
  ])
  expect(await redrive(kafka, view, after.filter(({ letter }) => letter.attempt === 1), mend)).toEqual({ redriven: 0, discarded: 0 })

  // a redriven record keeps its place: what came later for its title is not put over where the store tells them apart
  await kafka.produce(topic, [{ key: 'good', value: encode(change('good', 'Better', { version: 2 })) }])
  await until('the change is shown', async () => (await rows()).get('good')?.['name'] === 'Better')
  await worker.stop()
  await (await sinks.store(view)).drop()
}, 120_000)
