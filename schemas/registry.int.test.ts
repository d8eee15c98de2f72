import { afterAll, expect, test } from 'vitest'
import type { AvroField, AvroRecord } from './avro.ts'
import { createCodec } from './codec.ts'
import { endpointsFrom } from './endpoints.ts'
import { openRegistry } from './registry.ts'

const { url } = endpointsFrom(process.env).registry
const subject = `registry-test-${Date.now()}-value`
const record = (...fields: readonly AvroField[]): AvroRecord => ({
  type: 'record',
  name: 'Thing',
  namespace: subject.replaceAll('-', '_'),
  fields,
})
const first = record({ name: 'id', type: 'string' }, { name: 'at_ns', type: 'long' })
const second = record(...first.fields, { name: 'note', type: ['null', 'string'], default: null })

afterAll(async () => {
  await fetch(`${url}/subjects/${subject}`, { method: 'DELETE' })
})

test('a value written by one process is read by another that knows a newer schema', async () => {
  const encode = await createCodec({ url }).encoder(subject, first)
  const value = encode({ id: 'ü', at_ns: 1_760_000_000_123_456_789n })
  const reader = createCodec({ url }).reader(second)
  await reader.prepare([value])
  expect(reader.decode(value)).toEqual({ id: 'ü', at_ns: 1_760_000_000_123_456_789n, note: null })
})

test('registering a schema again finds it, whoever does it', async () => {
  const id = await openRegistry({ url }).register(subject, first)
  const again = await Promise.all(Array.from({ length: 5 }, () => openRegistry({ url }).register(subject, first)))
  expect(new Set(again)).toEqual(new Set([id]))
  expect(await (await fetch(`${url}/subjects/${subject}/versions`)).json()).toEqual([1])
})

test('a subject that lost its rule gets it back before it takes a version', async () => {
  await fetch(`${url}/config/${subject}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ compatibility: 'NONE' }),
  })
  await expect(openRegistry({ url }).register(subject, record({ name: 'id', type: 'int' }))).rejects.toMatchObject({
    code: 'registry_refused',
  })
  await openRegistry({ url }).register(subject, second)
  expect(await (await fetch(`${url}/subjects/${subject}/versions`)).json()).toEqual([1, 2])
})

test('a value whose schema the registry does not know is told from a registry that is away', async () => {
  const stray = Buffer.from([0, 0x7f, 0xff, 0xff, 0xff, 0])
  const reader = createCodec({ url }).reader(first)
  await reader.prepare([stray])
  expect(() => reader.decode(stray)).toThrow(expect.objectContaining({ code: 'unknown_schema' }))
  // port 1 is reserved, and nothing listens there
  await expect(createCodec({ url: 'http://127.0.0.1:1' }).reader(first).prepare([stray])).rejects.toMatchObject({
    code: 'registry_unavailable',
  })
})
