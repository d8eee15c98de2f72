/** What each kind of row is in MySQL and in its topic: its value, its version, and which rows a campaign can have written. */
import { topicSpec } from '@cdlc/schemas/topics.ts'
import type { Kind } from './ledger.ts'

export interface KindSpec {
  /** Where changes of its table are told. */
  readonly topic: string
  /** The value, as SQL. */
  readonly value: string
  /** Column that tells one state of a row from the next: its version, or an instant (ms) of what answers no ETag. */
  readonly version: 'version' | 'liked_at'
  /** Rows that are the campaign's, as SQL with one list of `:names` or `:accounts`. */
  readonly own: string
}

const profiles = '(SELECT profile_id FROM `user`.profiles WHERE account_id IN (:accounts))'
const of = (topic: string, value: string, own: string, version: KindSpec['version'] = 'version'): KindSpec => ({ topic, value, version, own })

export const kindSpecs: Readonly<Record<Kind, KindSpec>> = {
  title: of('cdc.content.titles', 'name', 'name LIKE :names'),
  account: of('cdc.user.accounts', 'country', 'account_id IN (:accounts)'),
  profile: of('cdc.user.profiles', 'language', 'account_id IN (:accounts)'),
  rating: of('cdc.user.ratings', 'half_stars', `profile_id IN ${profiles}`),
  viewing: of('cdc.user.viewings', 'liked', `profile_id IN ${profiles}`),
  card: of('cdc.user.social_profiles', 'name', 'account_id IN (:accounts)'),
  relation: of('cdc.user.relations', "IF(blocked, 'blocked', follow)", `profile_id IN ${profiles}`),
  review: of('cdc.user.reviews', 'half_stars', `profile_id IN ${profiles}`),
  comment: of('cdc.user.comments', 'subject_id', `profile_id IN ${profiles}`),
  like: of('cdc.user.likes', 'subject_kind', `profile_id IN ${profiles}`, 'liked_at'),
  list: of('cdc.user.lists', 'name', `profile_id IN ${profiles}`),
  entry: of('cdc.user.list_entries', 'added_by', `list_id IN (SELECT list_id FROM \`user\`.lists WHERE profile_id IN ${profiles})`),
}

/** The version as SQL; a DATETIME counts in UTC whatever the session's zone is. */
export const versionSql = ({ version }: KindSpec): string => (version === 'version' ? version : `TIMESTAMPDIFF(MICROSECOND, '1970-01-01', ${version}) DIV 1000`)

/** Whether its topic keeps every change; one that is compacted promises the last state of each row alone. */
export const tellsAll = ({ topic }: KindSpec): boolean => topicSpec(topic).config['cleanup.policy'] !== 'compact'
