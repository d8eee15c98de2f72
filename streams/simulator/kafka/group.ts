/**
 * Consumer groups with the eager protocol: generations, sessions that expire, members that were expelled and do not know it yet.
 *
 * Members learn of an assignment one after another, and go on with what they had until then: there are two owners for a while, as
 * there are in earnest where a batch is in hand through a rebalance.
 */
import { share } from '../../runtime/assigner.ts'
import type { Random } from '../random.ts'
import type { Process, Scheduler } from '../scheduler.ts'

export type Assignment = ReadonlyMap<string, readonly number[]>

export interface Member {
  readonly id: string
  readonly process: Process
  readonly topics: readonly string[]
  /** Partition numbers it has, or believes to have. */
  owned: readonly number[]
  /** Called when it learns what is its own now. */
  readonly onAssigned: (assignment: Assignment) => void
}

export interface Group {
  join(member: Member): void
  leave(member: Member): void
  /** Makes everybody join again, as a member that comes or goes does. */
  rebalance(): void
  /** The process may have missed its heartbeats: looked at once its session would be over. */
  suspect(process: Process): void
  /** Refused where the member is not, or no longer, of the group's generation. */
  commit(member: Member, topic: string, partition: number, offset: number): void
  committed(topic: string, partition: number): number | undefined
}

const SESSION_MS = 6_000
const HEARTBEAT_MS = 300

const responds = (process: Process, now: number): boolean => process.alive && process.frozen_until <= now

export function createGroup(scheduler: Scheduler, random: Random, partitionsOf: (topic: string) => number): Group {
  const members = new Set<Member>()
  const current = new Set<Member>()
  const offsets = new Map<string, number>()
  let generation = 0
  let pending = false

  function rebalance(): void {
    if (pending) return
    pending = true
    scheduler.after(random.between(5, 250), undefined, 'group: rebalances', sync)
  }

  function sync(): void {
    const waits = [...members].some((member) => !responds(member.process, scheduler.now()))
    if (waits) return scheduler.after(500, undefined, 'group: waits for a member', sync)
    pending = false
    generation++
    current.clear()
    if (members.size === 0) return
    const mine = generation
    const topics = [...new Set([...members].flatMap((member) => member.topics))]
    const most = Math.max(...topics.map(partitionsOf))
    const shares = share(new Map([...members].map((member) => [member.id, member.owned])), most)
    for (const member of members) {
      const owned = shares.get(member.id) ?? []
      scheduler.after(random.below(HEARTBEAT_MS), member.process, `learns that it has partitions ${owned.join(' ') || 'none'} in generation ${mine}`, () => {
        if (mine !== generation || !members.has(member)) return
        current.add(member)
        member.owned = owned
        member.onAssigned(new Map(member.topics.map((topic) => [topic, owned.filter((partition) => partition < partitionsOf(topic))])))
      })
    }
  }

  function expel(member: Member): void {
    members.delete(member)
    current.delete(member)
    rebalance()
    scheduler.after(random.between(1, 2 * HEARTBEAT_MS), member.process, 'learns that it was expelled', () => {
      members.add(member)
      rebalance()
    })
  }

  return {
    join(member) {
      members.add(member)
      rebalance()
    },
    leave(member) {
      members.delete(member)
      current.delete(member)
      rebalance()
    },
    rebalance,
    suspect: (process) => scheduler.after(SESSION_MS, undefined, `group: looks whether ${process.name} is there`, () => {
      if (responds(process, scheduler.now())) return
      const gone = [...members].filter((member) => member.process === process)
      for (const member of gone) expel(member)
    }),
    commit(member, topic, partition, offset) {
      if (current.has(member)) offsets.set(`${topic}/${partition}`, offset)
    },
    committed: (topic, partition) => offsets.get(`${topic}/${partition}`),
  }
}
