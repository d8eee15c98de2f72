import { expect, test } from 'vitest'
import { createClock } from '../shared/clock.ts'
import type { Sql } from '../shared/mysql.ts'
import type { Outbox } from '../shared/outbox.ts'
import { removeComments, removeSomeAbout, type StoredComment, type StoredLike } from './about.ts'

const at = new Date(1_700_000_000_000)
const comment = (comment_id: string, some: Partial<StoredComment> = {}): StoredComment =>
  ({ comment_id, subject_id: 'R', subject_kind: 'review', parent_id: null, profile_id: `by ${comment_id}`, text_id: `text ${comment_id}`, version: 5, created_at: at, ...some })
const like = (subject_id: string, profile_id: string, subject_kind: string): StoredLike => ({ subject_id, profile_id, subject_kind, liked_at: at, version: 5 })

/** Tables in memory that understand what about.ts asks; and what was told. */
function world(given: { readonly comments?: readonly StoredComment[]; readonly likes?: readonly StoredLike[]; readonly upheld?: readonly string[] }) {
  const comments = new Map((given.comments ?? []).map((row) => [row.comment_id, row]))
  const likes = new Map((given.likes ?? []).map((row) => [`${row.subject_id}.${row.profile_id}`, row]))
  const [texts, told, versions] = [new Set([...comments.values()].map(({ text_id }) => text_id)), [] as string[], [] as number[]]
  const owners = (text: string, ids: readonly unknown[]): readonly object[] => {
    if (text.includes('FROM reviews')) return ids.includes('R') ? [{ id: 'R', profile_id: 'author' }] : []
    return text.includes('FROM comments') ? [...comments.values()].filter(({ comment_id }) => ids.includes(comment_id)).map(({ comment_id, profile_id }) => ({ id: comment_id, profile_id })) : []
  }
  const sql: Sql = {
    traceparent: null,
    rows: async <T>(_text: string, [subject_id]: readonly unknown[] = []) => [...comments.values()].filter((row) => row.subject_id === subject_id && row.parent_id !== null) as unknown as readonly T[],
    rowsIn: async <T>(text: string, ids: readonly unknown[]) => {
      if (text.includes(' AS id')) return owners(text, ids) as readonly T[]
      const upheld = (given.upheld ?? []).filter((id) => ids.includes(id))
      if (text.includes('FROM reports')) return upheld.map((subject_id) => ({ subject_id, subject_kind: 'any', decided_at: at })) as unknown as readonly T[]
      const rows = text.includes('FROM likes') ? [...likes.values()] : [...comments.values()].toSorted((a, b) => Number(a.parent_id === null) - Number(b.parent_id === null))
      return rows.filter(({ subject_id }) => ids.includes(subject_id)) as unknown as readonly T[]
    },
    run: async (text, params = []) => {
      if (text.startsWith('DELETE FROM likes')) likes.delete(params.join('.'))
      if (text.startsWith('DELETE FROM comments')) comments.delete(String(params[0]))
      return 1
    },
    runMany: async () => {},
    runIn: async (text, ids) => {
      if (text.startsWith('DELETE FROM texts')) for (const id of ids) texts.delete(String(id))
      return 1
    },
  }
  const activity: Outbox<'user.activity'> = { prepare: async () => {}, write: async (_sql, event) => { told.push(`${event.type} ${event.activity_id}`) } }
  const notifications: Outbox<'user.notifications'> = {
    prepare: async () => {},
    write: async (_sql, event) => {
      told.push(`${event.type} ${event.notification_id} to ${event.profile_id}`)
      versions.push(event.version)
    },
  }
  return { ports: { clock: createClock(() => 1), activity, notifications }, sql, told, versions, left: () => [...comments.keys(), ...likes.keys(), ...texts] }
}

test('a like that goes is taken back from feeds, and from whose it was', async () => {
  const { ports, sql, told, left } = world({ likes: [like('R', 'fan', 'review')] })
  while ((await removeSomeAbout(ports, sql, ['R'])) > 0) { /* until nothing is left */ }
  expect(told).toEqual(['ActivityWithdrawn liked:R.fan', 'NotificationWithdrawn review_liked:R.fan to author'])
  expect(left()).toEqual([])
})
test('a comment goes with the likes of it, and is taken back from the author of what it was about', async () => {
  const { ports, sql, told, left } = world({ comments: [comment('C')], likes: [like('C', 'fan', 'comment')] })
  while ((await removeSomeAbout(ports, sql, ['R'])) > 0) { /* until nothing is left */ }
  expect(told).toEqual(['ActivityWithdrawn liked:C.fan', 'NotificationWithdrawn comment_liked:C.fan to by C', 'ActivityWithdrawn commented:C', 'NotificationWithdrawn commented:C to author'])
  expect(left()).toEqual([])
})
test('an answer is taken back from whom it answered, too, though the comment goes with it', async () => {
  const { ports, sql, told, left } = world({ comments: [comment('C'), comment('A', { parent_id: 'C' })] })
  while ((await removeSomeAbout(ports, sql, ['R'])) > 0) { /* until nothing is left */ }
  expect(told).toContain('NotificationWithdrawn answered:A to by C')
  expect(left()).toEqual([])
})
test('what its author was told of a moderator’s decision is taken back while it is known whose it was', async () => {
  const { ports, sql, told, versions } = world({ comments: [comment('C')], upheld: ['R', 'C', 'other'] })
  while ((await removeSomeAbout(ports, sql, ['R'])) > 0) { /* until nothing is left */ }
  // the clock here is far behind that of the process in which it was decided
  expect(versions.at(-1)).toBeGreaterThan(at.getTime() * 1_000 + 999)
  expect(told.filter((line) => line.includes('moderated'))).toEqual(['NotificationWithdrawn moderated:C to by C', 'NotificationWithdrawn moderated:R to author'])
})
test('a comment that is removed takes its answers along, and leaves the others', async () => {
  const { ports, sql, left } = world({ comments: [comment('C'), comment('A', { parent_id: 'C' }), comment('D'), comment('B', { parent_id: 'D' })] })
  await removeComments(ports, sql, [comment('C')])
  expect(left()).toEqual(['D', 'B', 'text D', 'text B'])
})
