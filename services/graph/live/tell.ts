/** Records of the topics of what happens, told to those in this process whom they are for. */
import { eventProjection, projection } from '@cdlc/schemas/avro.ts'
import type { Codec, Reader } from '@cdlc/schemas/codec.ts'
import type { CdcRows, Events } from '@cdlc/schemas/generated/topics.ts'
import type { ActivityModel } from '@cdlc/schemas/graphql/models.ts'
import { CAUGHT_UP_AT } from '@cdlc/streams/processors/user/feed-fan-out.ts'
import type { RawBatch, RawRecord } from '@cdlc/streams/runtime/kafka.ts'
import type { GraphViews } from '../ports.ts'
import { ofFeed, ofNotifications, type Hub } from './hub.ts'

type Entry = CdcRows['user.feed-entries']
type Done = Omit<Events['user.activity'], 'event_id'>
type Notice = Omit<Events['user.notifications'], 'event_id'>

export const topicsHeard = ['user.feed-entries', 'user.activity', 'user.notifications'] as const
const activity = ['activity_id', 'profile_id', 'kind', 'title_id', 'subject_kind', 'subject_id', 'other_id', 'half_stars', 'occurred_at', 'version']
const notice = ['notification_id', 'profile_id', 'type', 'kind', 'actor_id', 'subject_kind', 'subject_id', 'occurred_at', 'version']

/** What was done longer before it was told is no news: who begins to follow gets what was done before, and an import what was seen years ago. */
const news_ms = 3_600_000
const isNews = ({ timestamp }: Pick<RawRecord, 'timestamp'>, { occurred_at }: { readonly occurred_at: number }): boolean => occurred_at > timestamp - news_ms

const kinds: ReadonlySet<string> = new Set<ActivityModel['kind']>(['rated', 'watched', 'reviewed', 'commented', 'liked', 'listed', 'followed'])
const activityOf = ({ activity_id, profile_id, kind, title_id, subject_kind, subject_id, other_id, half_stars, occurred_at }: Omit<Entry, 'follower_id'> | Done): ActivityModel =>
  ({ activity_id, profile_id, kind: kinds.has(kind) ? (kind as ActivityModel['kind']) : 'unknown', title_id, subject_kind, subject_id, other_id, half_stars, occurred_at })
/** Views are asked for so many at once. */
const piece = 200

export interface TellPorts {
  readonly codec: Pick<Codec, 'reader'>
  readonly hub: Pick<Hub, 'tell' | 'hears' | 'listeners'>
  readonly views: Pick<GraphViews, 'profileCounts' | 'relationsFrom'>
  readonly warn: (cause: unknown) => void
}

/**
 * Takes batches of `topicsHeard`. Feed entries and notifications are keyed by whom they are for; what those do whom many follow is delivered to nobody, and told to
 * those of the listeners who follow them. Throws where the registry does not answer; where a view does not, what many follow is told to nobody.
 */
export function teller({ codec, hub, views, warn }: TellPorts): (batch: Pick<RawBatch, 'topic' | 'records'>) => Promise<void> {
  const entries: Reader<{ readonly op: string; readonly after: Entry | null }> = codec.reader(projection('user.feed-entries', ['follower_id', ...activity]))
  const doings: Reader<Done> = codec.reader(eventProjection('user.activity', [...activity, 'type']))
  const notices: Reader<Notice> = codec.reader(eventProjection('user.notifications', notice))

  /** What of these can be read; an unreadable one is the dead letter of others. */
  async function decoded<T>(reader: Reader<T>, records: readonly RawRecord[]): Promise<readonly (readonly [RawRecord, T])[]> {
    await reader.prepare(records.map(({ value }) => value))
    return records.flatMap((record) => {
      try {
        return record.value === null ? [] : [[record, reader.decode(record.value)] as const]
      } catch (cause) {
        warn(cause)
        return []
      }
    })
  }
  const forUs = (records: readonly RawRecord[]): readonly RawRecord[] => records.filter(({ key }) => key !== null && hub.hears(key))

  async function onEntries(records: readonly RawRecord[]): Promise<void> {
    for (const [record, { op, after }] of await decoded(entries, forUs(records))) {
      if (op === 'c' && after !== null && isNews(record, after)) hub.tell(after.follower_id, ofFeed(activityOf(after)))
    }
  }
  async function onNotices(records: readonly RawRecord[]): Promise<void> {
    for (const [record, { type, version: _version, ...told }] of await decoded(notices, forUs(records))) {
      if (type === 'NotificationSent' && isNews(record, told)) hub.tell(told.profile_id, ofNotifications(told))
    }
  }
  async function onDoings(records: readonly RawRecord[]): Promise<void> {
    const listeners = hub.listeners()
    if (listeners.length === 0) return
    const recorded = (await decoded(doings, records)).filter(([record, done]) => done.type === 'ActivityRecorded' && isNews(record, done)).map(([, done]) => done)
    if (recorded.length === 0) return
    try {
      const counts = await views.profileCounts([...new Set(recorded.map(({ profile_id }) => profile_id))])
      for (const done of recorded) {
        if ((counts.get(done.profile_id)?.followers ?? 0) <= CAUGHT_UP_AT) continue
        for (let from = 0; from < listeners.length; from += piece) {
          const relations = await views.relationsFrom(listeners.slice(from, from + piece), done.profile_id)
          for (const { profile_id, follow } of relations) if (follow === 'following') hub.tell(profile_id, ofFeed(activityOf(done)))
        }
      }
    } catch (cause) {
      warn(cause)
    }
  }

  return async ({ topic, records }) => {
    switch (topic) {
      case 'user.feed-entries': return onEntries(records)
      case 'user.notifications': return onNotices(records)
      case 'user.activity': return onDoings(records)
      default: return undefined
    }
  }
}
