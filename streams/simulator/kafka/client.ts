/** What a process sees of the simulated Kafka: the runtime's own `KafkaClient`. */
import type { KafkaClient } from '../../runtime/kafka.ts'
import type { Server } from '../network.ts'
import type { Process } from '../scheduler.ts'
import { type ConsumerWorld, startConsumer } from './consumer.ts'
import { createGroup, type Group } from './group.ts'

export interface SimulatedKafka {
  client(process: Process): KafkaClient
  /** Of a group that somebody has joined. */
  groups(): Iterable<Group>
}

export function createSimulatedKafka(world: ConsumerWorld, server: Server): SimulatedKafka {
  const { scheduler, network, random, broker } = world
  const groups = new Map<string, Group>()
  const groupOf = (name: string): Group => {
    const found = groups.get(name) ?? createGroup(scheduler, random.fork(), broker.partitions)
    groups.set(name, found)
    return found
  }
  return {
    groups: () => groups.values(),
    client: (process) => ({
      createTopics: (plans) => network.call(process, server, `create topics ${plans.map(({ name }) => name).join(', ')}`, () => broker.create(plans)),
      topics: () => network.call(process, server, 'list topics', () => broker.topics()),
      offsets: (topic) => network.call(process, server, `offsets of ${topic}`, () => broker.offsets(topic)),
      produce: (topic, records) => network.call(process, server, `produce ${records.length} to ${topic}`, () => { broker.append(topic, records, scheduler.now()) }),
      consume: async (subscription) => startConsumer(world, groupOf(subscription.group), process, subscription),
      close: async () => {},
    }),
  }
}
