/**
 * An entry of the configuration and its versions. Pure.
 *
 * Each version is one record of `platform.configuration`, made from the version before it. Two who write from the same version give theirs the
 * same number: the first in the topic counts, for every reader alike. A version may be erased, so that there is a gap; none is given twice.
 */
import type { Events } from '@cdlc/schemas/generated/topics.ts'
import type { Refusal } from '../shared/errors.ts'

export const topic = 'platform.configuration'
export type ConfigurationChange = Events[typeof topic]
/** What a change makes, before it is known who wrote it and when. */
export type Draft = Pick<ConfigurationChange, 'version' | 'expects' | 'value' | 'schema' | 'rolled_back_to'> & { readonly change: 'Set' | 'RolledBack' | 'Removed' }

/** A record that counts, and where it lies. */
export interface Version extends ConfigurationChange {
  readonly offset: number
}
export interface Entry {
  readonly namespace: string
  readonly name: string
  /** Oldest first; never empty. */
  readonly versions: readonly Version[]
  /** Offset of the last record that changed what it holds. */
  readonly touched: number
}

/** Versions that a change may be made from: those `If-Match` names, `any` there is, or `none`, where the entry is to be new; undefined: nothing was said. */
export type Expected = readonly number[] | 'any' | 'none' | undefined
export type Command =
  | { readonly do: 'set'; readonly value: string; readonly schema: string | undefined; readonly expected: Expected }
  | { readonly do: 'roll_back'; readonly to: number; readonly expected: Expected }
  | { readonly do: 'remove'; readonly expected: Expected }

/** The newest version; undefined where there is none. */
export const newest = (entry: Entry | undefined): Version | undefined => entry?.versions.at(-1)
/** The version that holds; undefined where there is none, or the entry is removed. */
export function current(entry: Entry | undefined): Version | undefined {
  const last = newest(entry)
  return last === undefined || last.value === null ? undefined : last
}
/** Whether an entry is there, and not removed. */
export const isThere = (entry: Entry): boolean => current(entry) !== undefined

const missing: Refusal = { code: 'configuration_not_found', message: 'there is no such entry', field: 'path.name' }

function stale(now: Version | undefined, expected: Expected): Refusal | undefined {
  const refuse = (message: string, field: string): Refusal => ({ code: 'version_mismatch', message, field })
  if (expected === 'none') return now === undefined ? undefined : refuse('there is such an entry already', 'header.if-none-match')
  if (now === undefined) return expected === undefined ? undefined : refuse('there is no such entry', 'header.if-match')
  if (expected === undefined) return { code: 'precondition_required', message: 'say by If-Match which version this changes', field: 'header.if-match' }
  return expected === 'any' || expected.includes(now.version) ? undefined : refuse(`it has version ${now.version} by now`, 'header.if-match')
}

/** What a command makes of an entry: nothing where it is so already. */
export function decide(entry: Entry | undefined, command: Command): readonly Draft[] | Refusal {
  const now = current(entry)
  const outdated = stale(now, command.expected)
  if (outdated !== undefined) return outdated
  const expects = newest(entry)?.version ?? 0
  const made = (draft: Pick<Draft, 'value' | 'schema' | 'change' | 'rolled_back_to'>): readonly Draft[] => [{ ...draft, version: expects + 1, expects }]
  if (command.do === 'remove') return now === undefined ? missing : made({ value: null, schema: null, change: 'Removed', rolled_back_to: null })
  if (command.do === 'roll_back') {
    if (entry === undefined) return missing
    const then = entry.versions.find(({ version }) => version === command.to)
    if (then === undefined || then.value === null) return { code: 'configuration_version_not_found', message: 'there is no such version to go back to', field: 'to' }
    if (then.value === now?.value && then.schema === now.schema) return []
    return made({ value: then.value, schema: then.schema, change: 'RolledBack', rolled_back_to: then.version })
  }
  const schema = command.schema ?? now?.schema
  if (schema === undefined || schema === null) return { code: 'invalid_request', message: 'a new entry needs a JSON Schema of its values', field: 'schema' }
  if (command.value === now?.value && schema === now.schema) return []
  return made({ value: command.value, schema, change: 'Set', rolled_back_to: null })
}

/** The entry after a record in the order of the topic; undefined where the record does not count. */
export function evolve(entry: Entry | undefined, offset: number, change: ConfigurationChange): Entry | undefined {
  const last = newest(entry)?.version ?? 0
  // one that was made from a version above the last we have was made from one that is erased
  if (change.expects < last || change.version !== change.expects + 1) return undefined
  const { namespace, name } = change
  return { namespace, name, versions: [...(entry?.versions ?? []), { ...change, offset }], touched: offset }
}

/** The entry without the version that a tombstone erases; undefined where nothing is left. */
export function forget(entry: Entry, offset: number, revision: string): Entry | undefined {
  const versions = entry.versions.filter((version) => version.revision !== revision)
  if (versions.length === entry.versions.length) return entry
  return versions.length === 0 ? undefined : { ...entry, versions, touched: versions.at(-1) === entry.versions.at(-1) ? entry.touched : offset }
}
