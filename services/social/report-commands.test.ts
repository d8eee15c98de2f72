import { expect, test } from 'vitest'
import { createClock } from '../shared/clock.ts'
import type { Param, Sql } from '../shared/mysql.ts'
import type { Outbox } from '../shared/outbox.ts'
import { openVault } from '../shared/personal-data.ts'
import { settleReport, type Decision } from './report-commands.ts'

const now_ms = 1_700_000_000_000
interface Row { readonly report_id: string; readonly subject_kind: string; readonly subject_id: string; state: string; decided_at: Date | null }
const filed = (report_id: string, some: Partial<Row> = {}): Row => ({ report_id, subject_kind: 'review', subject_id: 'R', state: 'open', decided_at: null, ...some })
const at = new Date(now_ms - 5_000)
const review = {
  review_id: 'R', title_id: 'heat', profile_id: 'author', viewing_id: null, text_id: 'T', half_stars: null, spoiler: 0, language: 'en', state: 'published', edits: 0, version: 5,
  created_at: at, updated_at: at,
}
const list = {
  list_id: 'R', profile_id: 'author', kind: 'custom', name: 'Heists', description_id: null, visibility: 'public', ranked: 0, cloned_from: null, version: 5, created_at: at, updated_at: at,
}

/** MySQL that has these reports and what they are about; what was asked of it in order, and what was told. */
function world(reports: Row[], subject: { readonly reviews?: object; readonly lists?: object }) {
  const [asked, told] = [[] as string[], [] as string[]]
  const tables: Record<string, unknown> = { ...subject }
  const rows = new Set(reports)
  const of = (id: unknown, state: string): Row[] => [...rows].filter((row) => row.subject_id === id && row.state === state)
  const earliest = (id: unknown): Date | undefined => of(id, 'upheld').flatMap(({ decided_at }) => decided_at ?? []).toSorted((a, b) => a.getTime() - b.getTime())[0]
  const answer = (text: string, [id]: readonly unknown[]): readonly unknown[] => {
    const table = /FROM (\w+)/.exec(text)?.[1] ?? ''
    if (text.includes('FOR UPDATE') || table !== 'reports') asked.push(table)
    if (text.includes('MIN(')) return [{ decided_at: earliest(id) }]
    if (text.includes('COUNT(')) return [{ reports: of(id, 'open').length }]
    if (table === 'reports') return [...rows].filter(({ report_id }) => report_id === id).map((row) => ({ ...row }))
    return tables[table] === undefined ? [] : [tables[table]]
  }
  const write = (text: string, params: readonly Param[]): number => {
    if (text.includes("state = 'restored'")) return of(params[2], 'upheld').map((row) => Object.assign(row, { state: 'restored' })).length
    if (text.startsWith('UPDATE reports')) {
      const open = of(params[3], 'open')
      for (const row of open) Object.assign(row, { state: params[0], decided_at: params[2] })
      return open.length
    }
    if (text.startsWith('DELETE FROM reports')) for (const row of rows) if (row.subject_id === params[0]) rows.delete(row)
    if (text.startsWith('DELETE FROM reviews')) delete tables['reviews']
    return 1
  }
  const sql: Sql = {
    traceparent: null,
    rows: async <T>(text: string, params: readonly Param[] = []) => answer(text, params) as readonly T[],
    rowsIn: async <T>(text: string, [id]: readonly unknown[]) => {
      if (text.includes('FROM reports')) return (earliest(id) === undefined ? [] : [{ subject_id: id, subject_kind: 'review', decided_at: earliest(id) }]) as unknown as readonly T[]
      const owned = text.includes('FROM reviews') ? tables['reviews'] : text.includes('FROM lists') ? tables['lists'] : undefined
      return (owned === undefined || !text.includes(' AS id') ? [] : [{ id, profile_id: 'author' }]) as unknown as readonly T[]
    },
    run: async (text, params = []) => write(text, params),
    runMany: async () => {},
    runIn: async () => 1,
  }
  const notifications: Outbox<'user.notifications'> = {
    prepare: async () => {}, write: async (_sql, { type, notification_id, profile_id, occurred_at }) => { told.push(`${type} ${notification_id} to ${profile_id}, ${occurred_at - now_ms}`) },
  }
  const activity: Outbox<'user.activity'> = { prepare: async () => {}, write: async (_sql, { type, activity_id, occurred_at }) => { told.push(`${type} ${activity_id}, ${occurred_at - now_ms}`) } }
  const ports = { clock: createClock(() => now_ms), vault: openVault(Buffer.alloc(32, 1)), activity, notifications }
  return { settle: (id: string, decision: Decision) => settleReport(ports, sql, 'moderator', id, decision), asked, told, left: () => [...rows].map(({ report_id, state }) => `${report_id} ${state}`) }
}

test('a decision settles all open reports of the subject, and none of another', async () => {
  const { settle, left, told } = world([filed('1'), filed('2'), filed('3', { subject_id: 'other' })], { reviews: review })
  expect(await settle('2', 'dismiss')).toEqual({ state: 'dismissed', reports: 2 })
  expect([left(), told]).toEqual([['1 dismissed', '2 dismissed', '3 open'], []])
})
test('what it is about is locked before the reports, as whoever removes it does', async () => {
  const { settle, asked } = world([filed('1')], { reviews: review })
  await settle('1', 'dismiss')
  expect(asked).toEqual(['reviews', 'reports'])
})
test('what is hidden is withdrawn from feeds, and its author is told', async () => {
  const { settle, told } = world([filed('1')], { reviews: review })
  expect(await settle('1', 'hide')).toEqual({ state: 'upheld', reports: 1 })
  expect(told).toEqual(['ActivityWithdrawn reviewed:R, -5000', 'NotificationSent moderated:R to author, 0'])
})
test('what is hidden already is hidden no more than once, and its author is not told again', async () => {
  const { settle, told, left } = world([filed('1')], { reviews: { ...review, state: 'hidden' } })
  await settle('1', 'hide')
  expect([told, left()]).toEqual([[], ['1 upheld']])
})
test('what is removed takes its reports along, and what its author was told when it was hidden; they are told anew', async () => {
  const { settle, told, left } = world([filed('1', { state: 'upheld', decided_at: new Date(now_ms - 1_000) }), filed('2')], { reviews: { ...review, state: 'hidden' } })
  expect(await settle('2', 'remove')).toEqual({ state: 'upheld', reports: 1 })
  expect(told).toEqual(['NotificationWithdrawn moderated:R to author, -1000', 'NotificationSent moderated:R to author, 0'])
  expect(left()).toEqual([])
})
test('a list that is hidden again is told of with the time of the first', async () => {
  const { settle, told } = world([filed('1', { subject_kind: 'list', state: 'upheld', decided_at: new Date(now_ms - 1_000) }), filed('2', { subject_kind: 'list' })], { lists: list })
  await settle('2', 'hide')
  expect(told).toEqual(['ActivityWithdrawn listed:R, -5000', 'NotificationSent moderated:R to author, -1000'])
})
test('what was hidden is restored: feeds are told again as they were, and what its author was told is taken back', async () => {
  const { settle, told, left } = world([filed('1', { state: 'upheld', decided_at: new Date(now_ms - 1_000) }), filed('2', { state: 'dismissed' })], { reviews: { ...review, state: 'hidden' } })
  expect(await settle('1', 'restore')).toEqual({ state: 'restored', reports: 1 })
  expect([told, left()]).toEqual([['NotificationWithdrawn moderated:R to author, -1000', 'ActivityRecorded reviewed:R, -5000'], ['1 restored', '2 dismissed']])
})
test('a list that was hidden and is restored stays as its owner has it', async () => {
  const { settle, told } = world([filed('1', { subject_kind: 'list', state: 'upheld', decided_at: new Date(now_ms - 1_000) })], { lists: { ...list, visibility: 'private' } })
  expect(await settle('1', 'restore')).toEqual({ state: 'restored', reports: 1 })
  expect(told).toEqual(['NotificationWithdrawn moderated:R to author, -1000'])
})
test.each(['open', 'dismissed', 'restored'])('what is %s is not restored', async (state) => {
  const { settle } = world([filed('1', { state })], { reviews: { ...review, state: 'hidden' } })
  await expect(settle('1', 'restore')).rejects.toMatchObject({ code: 'decision_not_possible' })
})
test('a card is not hidden', async () => {
  const { settle } = world([filed('1', { subject_kind: 'profile' })], {})
  await expect(settle('1', 'hide')).rejects.toMatchObject({ code: 'decision_not_possible' })
})
test('a report that is decided, or that there is not, is not decided', async () => {
  const { settle } = world([filed('1', { state: 'dismissed' })], { reviews: review })
  await expect(settle('1', 'hide')).rejects.toMatchObject({ code: 'report_decided' })
  await expect(settle('2', 'hide')).rejects.toMatchObject({ code: 'report_not_found' })
})
