/** One seed's world: topics, servers, network and the staff that works on the view. */
import { deadLetterPlan, deadLetterTopic } from '../runtime/dead-letter.ts'
import { type Broker, createBroker } from './kafka/broker.ts'
import { createSimulatedKafka, type SimulatedKafka } from './kafka/client.ts'
import { breakable, messageOf } from './messages.ts'
import { createNetwork, type Network, type Server } from './network.ts'
import { createObserver, type WorldObserver } from './observer.ts'
import type { Planned } from './records.ts'
import type { Scenario } from './scenario.ts'
import { createScheduler, type Scheduler, type Trace } from './scheduler.ts'
import { createStaff, placeOf, type Staff } from './staff.ts'
import { createStore } from './stores/index.ts'
import { serverOf, type SimulatedStore } from './stores/store.ts'
import type { Promised, Violation } from './trouble.ts'
import type { View } from '../runtime/view.ts'

/** A record that was written, and where it came to lie. */
export interface Written extends Planned { readonly offset: number; readonly place: number }

export interface World {
  readonly scenario: Scenario
  readonly view: View
  readonly scheduler: Scheduler
  readonly network: Network
  readonly broker: Broker
  readonly kafka: SimulatedKafka
  readonly store: SimulatedStore
  readonly registry: Server
  readonly servers: readonly Server[]
  readonly observer: WorldObserver
  readonly violations: readonly Violation[]
  readonly violated: (promise: Promised, what: string) => void
  readonly written: readonly Written[]
  /** Origins of the records that an operator has mended and sent again. */
  readonly mended: Set<string>
  /** Workers started until now. */
  readonly hired: () => number
  /** Times that the store has lost data. */
  losses: number
  write(records: readonly Planned[]): void
}

/** Violations shown of one run; the first is what matters. */
const MAX_VIOLATIONS = 20

export function createWorld(scenario: Scenario, trace: Trace | undefined): { readonly world: World; readonly staff: Staff } {
  const { random } = scenario
  const view = breakable(scenario.subject)
  const scheduler = createScheduler(trace)
  const violations: Violation[] = []
  const violated = (promise: Promised, what: string): void => {
    scheduler.note(undefined, `BROKEN (${promise}): ${what}`)
    if (violations.length < MAX_VIOLATIONS) violations.push({ at_ms: scheduler.now(), promise, what })
  }
  const network = createNetwork(scheduler, random.fork(), (process, why) => { staff.kill(process, why) }, ({ message }) => violated('contract', message))
  const broker = createBroker()
  const written: Written[] = []
  const flawed = new Set<string>()
  const observer = createObserver(scheduler, view.failure, violated, (batch) => (
    batch.records.filter(({ offset }) => batch.topic === deadLetterTopic(view) || flawed.has(`${placeOf(batch)}/${offset}`)).length))
  const brokers = serverOf('kafka')
  const registry = serverOf('registry')
  const store = createStore({ scheduler, network, view, random: random.fork(), violated })
  const kafka = createSimulatedKafka({ scheduler, network, broker, observer, random: random.fork(), batch: scenario.batch }, brokers)
  broker.create([...Object.keys(view.from).map((name) => ({ name, partitions: scenario.partitions, config: {} })), deadLetterPlan(view, scenario.partitions)])

  const world: World = {
    scenario, view, scheduler, network, broker, kafka, store, registry, observer, violations, violated, written, mended: new Set(), losses: 0, hired: () => staff.hired(), servers: [store.server, brokers, registry],
    write(records) {
      for (const record of records) {
        const { topic, partition, flaw } = record
        while (random.chance(scenario.holes)) broker.skip(topic, partition)
        const place = written.length
        const offset = broker.offsets(topic)[partition]?.high ?? 0
        if (flaw !== undefined) flawed.add(`${topic}/${partition}/${offset}`)
        written.push({ ...record, offset, place })
        broker.append(topic, [messageOf(record, place)], scheduler.now())
      }
    },
  }
  const staff = createStaff(world)
  return { world, staff }
}
