/** The simulated store of a view's mechanism. */
import type { StoreName } from '../../runtime/view.ts'
import { createClickHouse } from './clickhouse.ts'
import { createMemory } from './memory.ts'
import { createNeo4j } from './neo4j.ts'
import { createRedis } from './redis.ts'
import { createScylla } from './scylla.ts'
import type { SimulatedStore, StoreWorld } from './store.ts'

const makers: Readonly<Record<StoreName, (world: StoreWorld) => SimulatedStore>> = {
  memory: createMemory, redis: createRedis, scylla: createScylla, clickhouse: createClickHouse, neo4j: createNeo4j,
}

export const createStore = (world: StoreWorld): SimulatedStore => makers[world.view.store](world)
