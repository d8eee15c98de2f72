/** The filters that the commands on dead letters share. */
import type { Filter } from '@cdlc/streams/runtime/redrive.ts'
import type { Command } from 'commander'

export interface Filters {
  readonly topic?: string
  readonly partition?: string
  readonly key?: string
  readonly code?: string
  readonly error?: string
  readonly since?: string
  readonly until?: string
}

export const withFilters = (command: Command): Command => command
  .option('--topic <topic>', 'of this topic').option('--partition <n>', 'of this partition').option('--key <key>', 'of this key')
  .option('--code <code>', 'such as undecodable, unknown_schema, no_key, rejected, apply').option('--error <regex>', 'whose error matches')
  .option('--since <instant>', 'written at or after this instant (ISO 8601)').option('--until <instant>', 'written at or before')

/** Throws on a filter that says nothing. */
export function filterOf({ topic, partition, key, code, error, since, until }: Filters): Filter {
  return {
    ...(topic === undefined ? {} : { topic }), ...(key === undefined ? {} : { key }), ...(code === undefined ? {} : { code }),
    ...(partition === undefined ? {} : { partition: wholeNumber(partition) }),
    ...(error === undefined ? {} : { error: pattern(error) }),
    ...(since === undefined ? {} : { since: instant('--since', since) }), ...(until === undefined ? {} : { until: instant('--until', until) }),
  }
}

function wholeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`reading --partition: '${text}' is not a whole number`)
  return value
}
function pattern(text: string): RegExp {
  try {
    return new RegExp(text)
  } catch (cause) {
    throw new Error(`reading --error: '${text}' is no regular expression`, { cause })
  }
}
function instant(name: string, text: string): number {
  const value = Date.parse(text)
  if (Number.isNaN(value)) throw new Error(`reading ${name}: '${text}' is no instant; write 2026-05-01T12:00:00Z`)
  return value
}
