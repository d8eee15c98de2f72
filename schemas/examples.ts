/**
 * Examples of every contract: `examples/<record>.<case>.{pass,fail}.json`. In JSON bytes are base64, and longs past 2^53
 * are strings of digits. Those of a CDC topic, in the order of their names, are one history that the topic could hold.
 */
import { readdir, readFile } from 'node:fs/promises'
import { schemaOf } from './avro.ts'
import { resolve, type Node } from './model.ts'
import { topicSpec } from './topics.ts'

export interface Example {
  readonly name: string
  /** As the codec gives it: bytes are a Buffer, longs past 2^53 a bigint. */
  readonly value: unknown
}

/** What a topic's values look like, in the order of their names. */
export const examplesOf = (topic: string): Promise<readonly Example[]> => read(topic, 'pass')

/** What a topic must never hold; each breaks its contract in one place. */
export const counterexamplesOf = (topic: string): Promise<readonly Example[]> => read(topic, 'fail')

async function read(topic: string, verdict: 'pass' | 'fail'): Promise<readonly Example[]> {
  const { record } = topicSpec(topic)
  if (record === null) throw new Error(`reading examples of topic '${topic}': its values are no contract of ours`)
  const [, folder = '', name = ''] = /^(.*)\/(.*)\.avsc$/.exec(record) ?? []
  const path = `${import.meta.dirname}/examples/${folder}`
  const files = (await readdir(path)).filter((file) => file.startsWith(`${name}.`) && file.endsWith(`.${verdict}.json`)).sort()
  const type = resolve(schemaOf(topic))
  return Promise.all(
    files.map(async (file) => ({
      name: file.slice(name.length + 1, -`.${verdict}.json`.length),
      value: fromJson(type, JSON.parse(await readFile(`${path}/${file}`, 'utf8')) as unknown),
    })),
  )
}

/** Undoes what JSON cannot hold; leaves alone what does not fit the type, for whoever validates it to find. */
function fromJson(type: Node, value: unknown): unknown {
  switch (type.kind) {
    case 'primitive': {
      if (type.name === 'bytes' && typeof value === 'string') return Buffer.from(value, 'base64')
      return type.name === 'long' && typeof value === 'string' && /^-?\d+$/.test(value) ? BigInt(value) : value
    }
    case 'union': {
      const branch = type.branches.find((candidate) => !(candidate.kind === 'primitive' && candidate.name === 'null'))
      return value === null || branch === undefined ? value : fromJson(branch, value)
    }
    case 'record': {
      if (typeof value !== 'object' || value === null) return value
      const fields = new Map(type.fields.map((field) => [field.name, field.type]))
      return Object.fromEntries(
        Object.entries(value).map(([name, item]) => {
          const field = fields.get(name)
          return [name, field === undefined ? item : fromJson(field, item)]
        }),
      )
    }
    default:
      return value
  }
}
