/** Entries and versions as the API speaks of them, and what its conditions mean. */
import type { Entry, Expected, Version } from './entry.ts'
import type { Json } from './json-patch.ts'

const parsed = (text: string | null): Json => (text === null ? null : (JSON.parse(text) as Json))

export const versionAnswer = ({ version, value, schema, change, rolled_back_to, author, author_kind, client_id, reason, changed_at }: Version) => ({
  version,
  value: parsed(value),
  schema: parsed(schema) as Readonly<Record<string, Json>> | null,
  change,
  rolled_back_to,
  author: { kind: author_kind, id: author, client_id },
  reason,
  changed_at: new Date(changed_at).toISOString(),
})
export const entryAnswer = ({ namespace, name }: Pick<Entry, 'namespace' | 'name'>, version: Version) => ({ namespace, name, ...versionAnswer(version) })

/** ETag of an entry: its version. */
export const tagOf = ({ version }: Pick<Version, 'version'>): string => `"${version}"`

/** The versions that a write may change. */
export function expectedBy({ 'if-match': match, 'if-none-match': none }: { readonly 'if-match'?: string; readonly 'if-none-match'?: string }): Expected {
  if (none !== undefined) return 'none'
  if (match === undefined) return undefined
  if (match.trim() === '*') return 'any'
  // a weak tag never matches here (RFC 9110 §13.1.1), nor does one that is none of ours
  return match.split(',').flatMap((tag) => {
    const [, version] = /^"([1-9]\d{0,9})"$/.exec(tag.trim()) ?? []
    return version === undefined ? [] : [Number(version)]
  })
}
