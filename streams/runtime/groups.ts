/** Consumer groups seen from outside: how far each has come, who is in it, and removing what is left of one. */
import kafkajs, { type Admin } from 'kafkajs'

const { logLevel } = kafkajs // CommonJS: Node finds no names in it

export interface GroupMember {
  readonly client: string
  readonly host: string
}

export interface ConsumerGroups {
  /** Next offset that the group has committed of every partition of these topics, by `<topic>/<partition>`; 0 where it has committed none. */
  committed(group: string, topics: readonly string[]): Promise<ReadonlyMap<string, number>>
  members(group: string): Promise<readonly GroupMember[]>
  /** Groups whose names begin with `prefix`, with their members. A group of the dead has none once their sessions are over. */
  list(prefix: string): Promise<ReadonlyMap<string, readonly GroupMember[]>>
  /** Removes the group with its commits, unless it has members: the coordinator itself makes sure of that. */
  remove(group: string): Promise<'removed' | 'busy'>
  /** Offset of the first record of every partition that is as young as `timestamp` (ms since the epoch) or younger; the end where none is. */
  offsetsAt(topic: string, timestamp: number): Promise<ReadonlyMap<number, number>>
  close(): Promise<void>
}

interface DeleteError { readonly groups?: readonly { readonly groupId: string; readonly error?: { readonly type?: string } }[] }

/** Connects at the first question. */
export function openGroups(brokers: readonly string[], clientId: string): ConsumerGroups {
  const kafka = new kafkajs.Kafka({ clientId, brokers: [...brokers], logLevel: logLevel.NOTHING, connectionTimeout: 3_000, requestTimeout: 30_000, retry: { initialRetryTime: 50, maxRetryTime: 1_000, retries: 5 } })
  let connecting: Promise<Admin> | undefined
  const admin = (): Promise<Admin> => {
    const connected = connecting ?? (async () => { const made = kafka.admin(); await made.connect(); return made })()
    connecting = connected
    connected.catch(() => { connecting = undefined })
    return connected
  }
  return {
    async committed(group, topics) {
      const found = await (await admin()).fetchOffsets({ groupId: group, topics: [...topics] })
      return new Map(found.flatMap(({ topic, partitions }) => partitions.map(({ partition, offset }) => [`${topic}/${partition}`, Math.max(0, Number(offset))] as const)))
    },
    members: async (group) => (await described(await admin(), [group])).get(group) ?? [],
    async list(prefix) {
      const connected = await admin()
      const names = (await connected.listGroups()).groups.map(({ groupId }) => groupId).filter((name) => name.startsWith(prefix))
      return names.length === 0 ? new Map() : described(connected, names)
    },
    async remove(group) {
      try {
        await (await admin()).deleteGroups([group])
        return 'removed'
      } catch (cause) {
        const type = (cause as DeleteError).groups?.find(({ groupId }) => groupId === group)?.error?.type
        if (type === 'GROUP_ID_NOT_FOUND') return 'removed'
        if (type === 'NON_EMPTY_GROUP') return 'busy'
        throw new Error(`removing consumer group '${group}'`, { cause })
      }
    },
    async offsetsAt(topic, timestamp) {
      const found = await (await admin()).fetchTopicOffsetsByTimestamp(topic, timestamp)
      return new Map(found.map(({ partition, offset }) => [partition, Number(offset)]))
    },
    async close() {
      await connecting?.then((connected) => connected.disconnect()).catch(() => {})
    },
  }
}

async function described(admin: Admin, names: readonly string[]): Promise<ReadonlyMap<string, readonly GroupMember[]>> {
  const { groups } = await admin.describeGroups([...names])
  return new Map(groups.map(({ groupId, members }) => [groupId, members.map(({ clientId: client, clientHost }) => ({ client, host: clientHost.replace(/^\//, '') }))]))
}
