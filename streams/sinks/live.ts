/** Sinks whose readers read what is live: for every process that asks views rather than fills them. */
import { createCodec } from '@cdlc/schemas/codec.ts'
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { type Editions, type Memory, openEditions } from '../runtime/editions-log.ts'
import { type ConsumerGroups, openGroups } from '../runtime/groups.ts'
import { createKafka, type KafkaClient } from '../runtime/kafka.ts'
import type { Log } from '../runtime/log.ts'
import { openSinks, type Sinks } from './index.ts'

export interface LiveSinks extends Sinks {
  readonly editions: Editions
  readonly kafka: KafkaClient
  readonly groups: ConsumerGroups
}

export interface LiveOptions {
  /** Names the process to those who wait until it has taken note of a switch. */
  readonly component: string
  readonly log: Log
  readonly memory?: Memory
}

/** Begins to follow which builds are live at once; a reader is there as soon as that is known. Connects to no store yet. */
export function openLiveSinks(endpoints: Endpoints, { component, log, memory }: LiveOptions): LiveSinks {
  const client = `cdlc-${component}`
  const kafka = createKafka(endpoints.kafka.brokers, client)
  const groups = openGroups(endpoints.kafka.brokers, client)
  const editions = openEditions({ kafka, groups, codec: createCodec(endpoints.registry), component, log, clock: Date, ...memory === undefined ? {} : { memory } })
  const sinks = openSinks(endpoints, async (view) => {
    await editions.known()
    const { live, edition } = editions.of(view)
    if (live === null) throw new Error(`reading view '${edition}': this version was dropped`)
    return live
  })
  return {
    ...sinks, editions, kafka, groups,
    async close() {
      await editions.close()
      await Promise.allSettled([kafka.close(), groups.close(), sinks.close()])
    },
  }
}
