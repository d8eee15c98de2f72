/** One member's fetching, as `runtime/kafka.ts` does it with kafkajs: a lane per topic partition, a batch of each in hand at a time. */
import type { Outcome, RawBatch, RunningConsumer, Seek, Subscription } from '../../runtime/kafka.ts'
import type { Network } from '../network.ts'
import type { Random } from '../random.ts'
import type { Process, Scheduler } from '../scheduler.ts'
import type { Broker } from './broker.ts'
import type { Assignment, Group, Member } from './group.ts'

/** Told what the subscriber made of each batch. */
export interface Observer {
  handed(process: Process, batch: RawBatch): void
  outcome(process: Process, batch: RawBatch, outcome: Outcome): void
  threw(process: Process, batch: RawBatch, cause: unknown): void
}

export interface ConsumerWorld {
  readonly scheduler: Scheduler
  readonly network: Network
  readonly random: Random
  readonly broker: Broker
  readonly observer: Observer
  /** Offsets that one fetch brings at most. */
  readonly batch: number
}

interface Lane {
  readonly topic: string
  readonly partition: number
  readonly key: string
  position: number
  seek: number | undefined
  fetching: boolean
  revoked: boolean
}

const COMMIT_EVERY_MS = 1_000

export function startConsumer(world: ConsumerWorld, group: Group, process: Process, subscription: Subscription): RunningConsumer {
  const { scheduler, network, random, broker, observer } = world
  const lanes = new Map<string, Lane>()
  const inHand = new Set<string>()
  const paused = new Set<string>()
  let stopping = false
  let drained: (() => void) | undefined

  const member: Member = { id: process.name, process, topics: subscription.topics, owned: [], onAssigned: assign }
  const seek: Seek = (topic, partition, offset) => {
    const lane = lanes.get(`${topic}/${partition}`)
    if (stopping || lane === undefined) return
    scheduler.note(process, `seeks ${lane.key} to ${offset}`)
    lane.seek = offset
    pump(lane)
  }

  function assign(assignment: Assignment): void {
    if (stopping) return
    for (const lane of lanes.values()) lane.revoked = true
    lanes.clear()
    for (const [topic, partitions] of assignment) {
      for (const partition of partitions) {
        const key = `${topic}/${partition}`
        lanes.set(key, { topic, partition, key, position: startOf(topic, partition), seek: undefined, fetching: false, revoked: false })
      }
    }
    subscription.onAssigned(assignment, seek)
    for (const lane of lanes.values()) pump(lane)
  }

  function startOf(topic: string, partition: number): number {
    const committed = group.committed(topic, partition) ?? 0
    if (!random.chance(network.faults.miscommitted)) return committed
    const high = broker.offsets(topic)[partition]?.high ?? 0
    return random.chance(0.5) ? random.below(committed + 1) : random.between(committed, high)
  }

  function pump(lane: Lane): void {
    if (lane.fetching || lane.revoked || stopping || !process.alive || inHand.has(lane.key) || paused.has(lane.key)) return
    if (lane.seek !== undefined) {
      lane.position = lane.seek
      lane.seek = undefined
    }
    const high = broker.offsets(lane.topic)[lane.partition]?.high ?? 0
    if (high > 0 && random.chance(network.faults.misplaced)) lane.position = random.below(high) // never at the end, where no batch would tell
    if (lane.position > high) lane.position = 0 // out of range: begins again, as `fromBeginning` says
    if (lane.position === high) return // the broker tells when there is more
    lane.fetching = true
    const wait = subscription.gather_ms === undefined ? 0 : random.below(subscription.gather_ms + 1)
    scheduler.after(wait + random.below(4), undefined, `broker: fetch of ${lane.key} from ${lane.position} for ${process.name}`, () => {
      const from = lane.position
      const { records, next, high_watermark } = broker.fetch(lane.topic, lane.partition, from, random.between(1, world.batch))
      const last = records.at(-1)
      const batch: RawBatch = {
        topic: lane.topic, partition: lane.partition, fetched_from: from, high_watermark, records,
        next: last === undefined || random.chance(0.3) ? next : last.offset + 1,
      }
      const delay = random.chance(network.faults.delayed) ? random.between(5, 8_000) : 0
      scheduler.after(delay, process, `gets ${lane.key} from ${from} to ${batch.next}, ${records.length} records`, () => { receive(lane, batch) })
    })
  }

  function receive(lane: Lane, batch: RawBatch): void {
    lane.fetching = false
    const outdated = lane.revoked || lane.seek !== undefined || paused.has(lane.key)
    if (stopping || inHand.has(lane.key) || (outdated && random.chance(0.5))) return pump(lane)
    inHand.add(lane.key)
    observer.handed(process, batch)
    subscription.onBatch(batch).then((outcome) => {
      if (!process.alive) return
      observer.outcome(process, batch, outcome)
      settle(lane, batch, outcome)
    }, (cause: unknown) => { observer.threw(process, batch, cause) })
  }

  function settle(lane: Lane, batch: RawBatch, outcome: Outcome): void {
    inHand.delete(lane.key)
    if (outcome === 'done') {
      lane.position = batch.next
      if (random.chance(network.faults.lost_seek)) lane.seek = undefined
      scheduler.after(random.below(COMMIT_EVERY_MS), process, `commits ${lane.key} at ${batch.next}`, () => { group.commit(member, lane.topic, lane.partition, batch.next) })
    } else if ('seek' in outcome) {
      seek(lane.topic, lane.partition, outcome.seek)
    } else {
      paused.add(lane.key)
      scheduler.after(outcome.pause_ms, process, `resumes ${lane.key}`, () => {
        paused.delete(lane.key)
        const current = lanes.get(lane.key)
        if (current !== undefined) pump(current)
      })
    }
    const current = lanes.get(lane.key)
    if (current !== undefined) pump(current)
    if (inHand.size === 0) drained?.()
  }

  broker.onAppend((topic, partition) => {
    const lane = lanes.get(`${topic}/${partition}`)
    if (lane !== undefined) pump(lane)
  })
  group.join(member)
  return {
    async stop() {
      stopping = true
      if (inHand.size > 0) await new Promise<void>((resolve) => { drained = resolve })
      group.leave(member)
    },
  }
}
