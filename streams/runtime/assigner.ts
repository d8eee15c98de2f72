/**
 * Who of a group gets which partitions: partition p of every topic goes to one member, so that the rows of a partition have one
 * owner however many topics feed them, and a member keeps what it had as far as that is fair. (kafkajs's own assigner spreads
 * topics apart and forgets. Its protocol is the eager one: every member stops at a rebalance; what a member keeps it goes on with at once.)
 */
import kafkajs, { type PartitionAssigner } from 'kafkajs'

const { AssignerProtocol } = kafkajs // CommonJS: Node finds no names in it

const NAME = 'cdlc-copartitioned'
/** Partition numbers by topic. */
export type Owned = ReadonlyMap<string, readonly number[]>

/**
 * Members by partition number, from what each had before. Shares differ by one at most; of two that had a partition the first by id keeps
 * it; the same answer whoever computes it.
 */
export function share(members: ReadonlyMap<string, readonly number[]>, partitions: number): ReadonlyMap<string, readonly number[]> {
  const ids = [...members.keys()].sort()
  const least = Math.floor(partitions / ids.length)
  let spare = partitions % ids.length
  const given = new Map<string, number[]>(ids.map((id) => [id, []]))
  const free = new Set(Array.from({ length: partitions }, (_, partition) => partition))
  // who had most keeps most: the members with one more than the least are those that had so many
  for (const id of [...ids].sort((a, b) => (members.get(b)?.length ?? 0) - (members.get(a)?.length ?? 0))) {
    const had = [...new Set(members.get(id))].filter((partition) => free.has(partition)).sort((a, b) => a - b)
    const quota = had.length > least && spare > 0 ? least + 1 : least
    if (quota > least) spare--
    for (const partition of had.slice(0, quota)) {
      given.get(id)?.push(partition)
      free.delete(partition)
    }
  }
  for (const id of ids) {
    const mine = given.get(id) ?? []
    for (const partition of free) {
      if (mine.length >= least) break
      mine.push(partition)
      free.delete(partition)
    }
  }
  for (const id of ids) {
    const mine = given.get(id) ?? []
    const [partition] = free
    if (partition === undefined) break
    if (mine.length > least) continue
    mine.push(partition)
    free.delete(partition)
  }
  return new Map([...given].map(([id, mine]) => [id, mine.sort((a, b) => a - b)]))
}

/** `owned` tells what this member has now; it goes along when it joins again. */
export const copartitioned = (owned: () => Owned): PartitionAssigner => ({ cluster }) => ({
  name: NAME, version: 1,
  protocol: ({ topics }) => ({ name: NAME, metadata: AssignerProtocol.MemberMetadata.encode({
    version: 1, topics, userData: Buffer.from(JSON.stringify([...new Set([...owned().values()].flat())])) }) }),
  async assign({ members, topics }) {
    const counts = topics.map((topic) => cluster.findTopicPartitionMetadata(topic).length)
    const shares = share(new Map(members.map(({ memberId, memberMetadata }) => [memberId, hadBy(memberMetadata)])), Math.max(0, ...counts))
    return [...shares].map(([memberId, mine]) => {
      const assignment = Object.fromEntries(topics.map((topic, place) => [topic, mine.filter((partition) => partition < (counts[place] ?? 0))]))
      return { memberId, memberAssignment: AssignerProtocol.MemberAssignment.encode({ version: 1, assignment, userData: Buffer.alloc(0) }) }
    })
  },
})

/** What a member says that it had; nothing, where it says something else. */
function hadBy(metadata: Buffer): readonly number[] {
  try {
    const told: unknown = JSON.parse(AssignerProtocol.MemberMetadata.decode(metadata)?.userData.toString('utf8') || '[]')
    return Array.isArray(told) ? told.filter((partition): partition is number => Number.isSafeInteger(partition)) : []
  } catch {
    return []
  }
}
