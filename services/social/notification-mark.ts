/** How far a profile has read its notifications. */
import { nextVersion } from '../shared/clock.ts'
import type { Sql } from '../shared/mysql.ts'
import { lockActor } from './members.ts'
import type { SocialPorts } from './ports.ts'

interface Mark { readonly read_at: number; readonly version: number }

/** Moves the mark on; never back, and never into the future. Answers where it stands. */
export async function readUntil({ clock }: Pick<SocialPorts, 'clock'>, sql: Sql, profile_id: string, until_ms: number): Promise<Mark> {
  await lockActor(sql, profile_id)
  const [row] = await sql.rows<{ readonly read_at: Date; readonly version: number }>('SELECT read_at, version FROM notification_marks WHERE profile_id = ?', [profile_id])
  const now_us = clock.micros()
  const read_at = Math.min(until_ms, Math.floor(now_us / 1_000))
  if (row !== undefined && row.read_at.getTime() >= read_at) return { read_at: row.read_at.getTime(), version: row.version }
  const version = nextVersion(row?.version, now_us)
  await sql.run(
    'INSERT INTO notification_marks (profile_id, read_at, version) VALUES (?, ?, ?) AS new ON DUPLICATE KEY UPDATE read_at = new.read_at, version = new.version', [profile_id, new Date(read_at), version])
  return { read_at, version }
}

/** Where MySQL has the mark, in ms; null where nothing was read. */
export async function readMark(sql: Sql, profile_id: string): Promise<number | null> {
  const [row] = await sql.rows<{ readonly read_at: Date }>('SELECT read_at FROM notification_marks WHERE profile_id = ?', [profile_id])
  return row?.read_at.getTime() ?? null
}

/**
 * How many notifications are unread, by the view, where it knows the mark as MySQL has it; where it does not yet, by the newest of them, if the
 * mark lies among these. `newest` is the first page, newest first; empty where another was asked for.
 */
export function unreadCount(view: { readonly count: number; readonly read_at: number | null }, read_at: number | null, newest: readonly { readonly occurred_at: number }[]): number {
  const knows = read_at === null || (view.read_at ?? 0) >= read_at
  const later = knows ? newest : newest.filter(({ occurred_at }) => occurred_at > read_at)
  return knows || later.length === newest.length ? view.count : later.length
}
