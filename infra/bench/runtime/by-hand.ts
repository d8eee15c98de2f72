/** The jobs as one would write them by hand around kafkajs, with avsc's projection and ioredis, and nothing that fences or remembers a position. */
import { projection } from '@cdlc/schemas/avro.ts'
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { avroType } from '@cdlc/schemas/long.ts'
import { openRegistry } from '@cdlc/schemas/registry.ts'
import type avsc from 'avsc'
import type { Redis } from 'ioredis'
import { CONTRACT, type Rating } from '../ratings-topic.ts'
import { type Job, jobs } from '../views.ts'

export type Command = readonly [key: string, fields: Readonly<Record<string, string | number>>]
export interface Change { readonly before: Rating | null; readonly after: Rating | null }

/** Decodes with the reader schema of the job's view; the writer's schema is looked up once per id. */
export function openDecoder(endpoints: Endpoints, job: Job): (value: Buffer) => Change | Promise<Change> {
  const type = avroType(projection(CONTRACT, jobs[job].from[CONTRACT] ?? []))
  const registry = openRegistry({ url: endpoints.registry.url })
  const resolvers = new Map<number, avsc.Resolver>()
  const decode = (value: Buffer, resolver: avsc.Resolver): Change => (type.decode(value, 5, resolver) as { value: Change }).value
  return (value) => {
    const id = value.readUInt32BE(1)
    const resolver = resolvers.get(id)
    if (resolver !== undefined) return decode(value, resolver)
    return registry.writerType(id).then((writer) => {
      if (writer === undefined) throw new Error(`looking up schema ${id}: the registry has none of that id`)
      const made = type.createResolver(writer)
      resolvers.set(id, made)
      return decode(value, made)
    })
  }
}

/** Folds changes to the hashes they leave; one command per row that was touched. */
export interface Folding { add(change: Change): void; take(): Iterable<Command> }

export function foldingOf(job: Job, prefix: string): Folding {
  const touched = new Map<string, Command>()
  const take = (): Iterable<Command> => {
    const commands = [...touched.values()]
    touched.clear()
    return commands
  }
  if (job === 'rows') {
    return { take, add({ before, after }) {
      const rating = after ?? before
      if (rating === null) return
      const key = `${prefix}:${rating.title_id}:${rating.profile_id}`
      touched.set(key, [key, { title_id: rating.title_id, profile_id: rating.profile_id, half_stars: rating.half_stars, version: rating.version }])
    } }
  }
  const totals = new Map<string, { count: number; sum: number }>()
  return { take, add({ before, after }) {
    const title_id = (after ?? before)?.title_id
    if (title_id === undefined) return
    const total = totals.get(title_id) ?? { count: 0, sum: 0 }
    totals.set(title_id, total)
    total.count += (after === null ? 0 : 1) - (before === null ? 0 : 1)
    total.sum += (after?.half_stars ?? 0) - (before?.half_stars ?? 0)
    const key = `${prefix}:${title_id}`
    touched.set(key, [key, { title_id, count: total.count, sum_half_stars: total.sum, mean_stars: total.count === 0 ? 0 : total.sum / total.count / 2 }])
  } }
}

/** Removes what a run has written. */
export async function clear(redis: Redis, prefix: string): Promise<void> {
  for await (const keys of redis.scanStream({ match: `${prefix}:*`, count: 1_000 }) as AsyncIterable<string[]>) if (keys.length > 0) await redis.unlink(...keys)
}
