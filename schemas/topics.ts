/** The catalogue: every topic of the platform, and what is promised of it. Topics are created from here and nowhere else. */

export interface TopicSpec {
  readonly name: string
  /**
   * `cdc`: envelopes of a MySQL table; `derived`: envelopes of rows that a processor makes out of other topics; `event`: what happened,
   * through the outbox; `internal`: a server's or a processor's own book-keeping.
   */
  readonly kind: 'cdc' | 'derived' | 'event' | 'internal'
  /** Column or field whose value is the Kafka key, as plain UTF-8; null where the writer keeps its own keys. */
  readonly key: string | null
  /** Path of the value's record under `avro/`; null where the value is no contract of ours. */
  readonly record: string | null
  readonly partitions: number
  /** Topic settings that differ from the broker's. */
  readonly config: Readonly<Record<string, string>>
  /** Component that writes it, or whose server does. */
  readonly owner: string
  /** Whether a person can be told from it, sealed or not. */
  readonly personal: boolean
  readonly database?: string
  readonly table?: string
  /** Columns that tell a table's rows apart; the topic's key is often wider. */
  readonly primary_key?: readonly string[]
}

export type Compatibility = 'BACKWARD_TRANSITIVE' | 'FULL_TRANSITIVE'

/** Topics that share a key are co-partitioned, so all domain topics have this many. */
const domainPartitions = 6
const forEver = { 'cleanup.policy': 'delete', 'retention.ms': '-1' } as const
const compacted = { 'cleanup.policy': 'compact' } as const
/**
 * Of tables with words that people have published and may take back. Who takes them back writes over the row before it is removed, so that the
 * key's last record says nothing; a day later nothing else is left of it, whether anybody writes or not.
 */
export const forgetfulConfig = {
  'cleanup.policy': 'compact', 'retention.ms': '-1', 'max.compaction.lag.ms': '86400000', 'min.cleanable.dirty.ratio': '0.1', 'segment.ms': '86400000',
} as const
/** A month at most: whole segments go, so none is filled for longer than a day. Whoever is erased is gone from it with no search for them. */
export const fleetingConfig = { 'cleanup.policy': 'delete', 'retention.ms': '2505600000', 'segment.ms': '86400000' } as const
/**
 * Of processors' changelogs: a day for an owner to write again what one that has lost the partition wrote over, and a week in which a
 * local store may miss a tombstone and still come back. Times are the broker's, so that no clock of a worker counts.
 */
export const changelogConfig = {
  'cleanup.policy': 'compact', 'min.compaction.lag.ms': '86400000', 'delete.retention.ms': '604800000', 'message.timestamp.type': 'LogAppendTime',
} as const

function cdc(database: string, table: string, key: string, primary_key: readonly string[], owner: string, personal = false): TopicSpec {
  return {
    name: `cdc.${database}.${table}`, kind: 'cdc', key, record: `cdc/${database}/${table}.avsc`,
    partitions: domainPartitions, config: forEver, owner, personal, database, table, primary_key,
  }
}

/** The same of a table whose rows are forgotten; its key is the row's own, so that compaction drops no other row's records. */
function forgetful(database: string, table: string, key: string, owner: string): TopicSpec {
  return { ...cdc(database, table, key, [key], owner, true), config: forgetfulConfig }
}

/** `primary_key` tells its rows apart. Readers meet repeats in it: streams/processors/README.md says which, and what drops them. */
function derived(name: string, key: string, primary_key: readonly string[], record: string, personal = false): TopicSpec {
  return { name, kind: 'derived', key, record, partitions: domainPartitions, config: forEver, owner: 'processors', personal, primary_key }
}

/** The state of a processor and how far it has come, in its partitions. */
function changelog(processor: string, version: number): TopicSpec {
  return { ...internal(`${processor}-v${version}-changelog`, changelogConfig, 'processors', domainPartitions), personal: true }
}

function event(name: string, key: string, record: string, owner: string, personal = false): TopicSpec {
  return { name, kind: 'event', key, record, partitions: domainPartitions, config: forEver, owner, personal }
}

/** What is forgotten by itself, a month later: of what people do in passing, and what they looked for. */
function fleeting(name: string, key: string, record: string, owner: string): TopicSpec {
  return { ...event(name, key, record, owner, true), config: fleetingConfig }
}

/** What processes of the platform tell one another. One partition, so that all of them see the same order; never compacted, see README. */
function control(name: string, key: string, record: string): TopicSpec {
  return { name, kind: 'event', key, record, partitions: 1, config: forEver, owner: 'platform', personal: false }
}

/**
 * What the platform runs by, version for version. Compacted, so that a tombstone can erase a version; every record has a key of its own, so
 * that compaction drops nothing else. See README.
 */
function settings(name: string, key: string, record: string): TopicSpec {
  return { ...control(name, key, record), config: compacted, owner: 'configurations-server', personal: true }
}

function internal(name: string, config: Readonly<Record<string, string>>, owner: string, partitions = 1): TopicSpec {
  return { name, kind: 'internal', key: null, record: null, partitions, config, owner, personal: false }
}

export const topics: readonly TopicSpec[] = [
  cdc('content', 'genres', 'genre', ['genre'], 'inventory'),
  cdc('content', 'titles', 'title_id', ['title_id'], 'inventory'),
  cdc('content', 'title_genres', 'title_id', ['title_id', 'genre'], 'inventory'),
  cdc('content', 'title_countries', 'title_id', ['title_id', 'country'], 'inventory'),
  cdc('content', 'seasons', 'title_id', ['title_id', 'season_number'], 'inventory'),
  cdc('content', 'episodes', 'title_id', ['title_id', 'season_number', 'episode_number'], 'inventory'),
  cdc('content', 'people', 'person_id', ['person_id'], 'actor'),
  cdc('content', 'credits', 'title_id', ['credit_id'], 'actor'),
  cdc('user', 'accounts', 'account_id', ['account_id'], 'customer-services', true),
  cdc('user', 'profiles', 'account_id', ['profile_id'], 'customer-services', true),
  cdc('user', 'ratings', 'title_id', ['profile_id', 'title_id'], 'customer-services', true),
  cdc('user', 'viewings', 'profile_id', ['viewing_id'], 'customer-services', true),
  forgetful('user', 'social_profiles', 'profile_id', 'social'),
  cdc('user', 'relations', 'profile_id', ['profile_id', 'other_id'], 'social', true),
  forgetful('user', 'texts', 'text_id', 'social'),
  cdc('user', 'reviews', 'title_id', ['review_id'], 'social', true),
  cdc('user', 'likes', 'subject_id', ['subject_id', 'profile_id'], 'social', true),
  cdc('user', 'comments', 'subject_id', ['comment_id'], 'social', true),
  forgetful('user', 'lists', 'list_id', 'social'),
  cdc('user', 'list_entries', 'list_id', ['list_id', 'title_id'], 'social', true),
  cdc('user', 'list_collaborators', 'list_id', ['list_id', 'profile_id'], 'social', true),
  cdc('user', 'notification_marks', 'profile_id', ['profile_id'], 'social', true),
  event('content.title-events', 'title_id', 'content/TitleEvent.avsc', 'inventory'),
  event('user.activity', 'profile_id', 'user/ActivityEvent.avsc', 'social', true),
  event('user.notifications', 'profile_id', 'user/NotificationEvent.avsc', 'social', true),
  fleeting('user.telemetry', 'event_id', 'user/TelemetryEvent.avsc', 'collector'),

  derived('user.ratings-by-profile', 'profile_id', ['profile_id', 'title_id'], 'user/RatingByProfileChange.avsc', true),
  derived('user.rated-titles', 'title_id', ['profile_id', 'title_id'], 'user/RatedTitleChange.avsc', true),
  derived('user.ratings-per-day', 'title_id', ['title_id', 'starts_at'], 'user/RatingsPerDayChange.avsc'),
  derived('user.relations-by-other', 'other_id', ['other_id', 'profile_id'], 'user/RelationByOtherChange.avsc', true),
  derived('user.feed-entries', 'follower_id', ['follower_id', 'activity_id'], 'user/FeedEntryChange.avsc', true),
  changelog('relations-by-other', 1),
  changelog('feed-fan-out', 1),
  changelog('ratings-by-profile', 1),
  changelog('rated-titles', 1),
  changelog('ratings-per-day', 1),

  control('platform.views', 'edition', 'platform/ViewBuilds.avsc'),
  settings('platform.configuration', 'revision', 'platform/ConfigurationChange.avsc'),

  // Only the newest beat matters, and only to operators.
  internal('__debezium-heartbeat.cdc.content', { 'cleanup.policy': 'delete', 'retention.ms': '86400000' }, 'connect'),
  internal('__debezium-heartbeat.cdc.user', { 'cleanup.policy': 'delete', 'retention.ms': '86400000' }, 'connect'),
  // Debezium replays its whole schema history at each start: it must be one partition, and never expire.
  internal('_schema_history.content', forEver, 'connect'),
  internal('_schema_history.user', forEver, 'connect'),
  internal('_connect_configs', compacted, 'connect'),
  internal('_connect_offsets', compacted, 'connect'),
  internal('_connect_status', compacted, 'connect'),
]

const byName: ReadonlyMap<string, TopicSpec> = new Map(topics.map((spec) => [spec.name, spec]))

/** The spec of a topic; throws on a name that is not in the catalogue. */
export function topicSpec(name: string): TopicSpec {
  const spec = byName.get(name)
  if (spec === undefined) throw new Error(`looking up topic '${name}': it is not in schemas/topics.ts; add it there`)
  return spec
}

/** Topics whose values are contracts of ours, with the path of their record. */
export const contracts: readonly (TopicSpec & { readonly record: string })[] =
  topics.flatMap((spec) => (spec.record === null ? [] : [{ ...spec, record: spec.record }]))

/** The registry subject that holds the versions of a topic's value. */
export const subjectOf = (topic: string): string => `${topic}-value`

/**
 * The rule a topic's new versions are held to. Events are read by processes we do not restart with their writers: both ways.
 * A CDC contract follows its table, and the topic is kept for ever: today's readers must read all of it, the other way is
 * held by order (readers first, then the migration) and by the views' types.
 */
export const compatibilityOf = (spec: Pick<TopicSpec, 'kind'>): Compatibility =>
  spec.kind === 'cdc' ? 'BACKWARD_TRANSITIVE' : 'FULL_TRANSITIVE'
