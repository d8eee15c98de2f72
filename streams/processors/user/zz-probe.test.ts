import { expect, it } from 'vitest'
import { driveProcessor } from '../../runtime/processor-testing.ts'
import { created, deleted } from '../../runtime/testing.ts'
import processor, { FAN_OUT_LIMIT } from './feed-fan-out.ts'
const R = 'user.relations-by-other'
const done = (id: number, version = id, over: object = {}) => created('user.activity', { profile_id: 'actor', activity_id: `a${id}`, type: 'ActivityRecorded', kind: 'rated', title_id: 't', subject_kind: null, subject_id: null, other_id: null, half_stars: 8, occurred_at: id * 1000, version, ...over })
const undone = (id: number, version: number) => done(id, version, { type: 'ActivityWithdrawn' })
const follow = (f: string, version: number) => ({ profile_id: f, other_id: 'actor', follow: 'following', version })
const range = (from: number, n: number) => Array.from({ length: n }, (_, i) => from + i)
const feeds = (d: any) => { const m = new Map<string, Set<string>>(); for (const { before, after } of d.emitted()) { const r = after ?? before; const s = m.get(r.follower_id) ?? new Set(); m.set(r.follower_id, s); if (after === null) s.delete(r.activity_id); else s.add(r.activity_id) } return m }
it('1 keeps newest 50 when an old one is told anew', async () => {
  const d = (await driveProcessor(processor)).apply(created(R, follow('f', 1)), ...range(1, 60).map((n) => done(n)), done(3, 900))
  expect(d.state('recent').map((r) => r['activity_id'])).toEqual(range(11, 50).map((n) => `a${n}`))
})
it('2 withdrawn while away, gone on return', async () => {
  const d = (await driveProcessor(processor)).apply(created(R, follow('f', 1)), ...range(1, 60).map((n) => done(n)), deleted(R, follow('f', 1)), undone(3, 900), created(R, follow('f', 901)))
  expect(feeds(d).get('f')?.has('a3')).toBe(false)
})
it('3 before is what was told, of the 301st follower too', async () => {
  const d = (await driveProcessor(processor)).apply(...range(1, 700).map((n) => created(R, follow(`f${n}`, n))), done(1000), done(1000, 2000, { half_stars: 2 }))
  expect(new Set(d.emitted().filter(({ op }) => op === 'u').map(({ before }) => before?.['half_stars']))).toEqual(new Set([8]))
})
it('4 falls below: catches up', async () => {
  const d = (await driveProcessor(processor)).apply(...range(1, FAN_OUT_LIMIT + 1).map((n) => created(R, follow(`f${n}`, n))), done(5000), ...range(1, 600).map((n) => deleted(R, follow(`f${n}`, n))))
  expect(feeds(d).get('f900')?.has('a5000')).toBe(true)
})
it('5 withdrawal of what nobody heard costs nothing', async () => {
  const d = (await driveProcessor(processor)).apply(...range(1, FAN_OUT_LIMIT + 1).map((n) => created(R, follow(`f${n}`, n))), done(5000), undone(5000, 5001))
  expect(d.emitted()).toHaveLength(0)
})
