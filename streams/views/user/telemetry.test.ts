import { describe, expect, it } from 'vitest'
import type { ClickHouseReader } from '../../runtime/readers.ts'
import { created, drive } from '../../runtime/testing.ts'
import view, { impressionsByTitle } from './telemetry.ts'

const topic = 'user.telemetry'
const impression = (event_id: string, some: Readonly<Record<string, unknown>> = {}) => ({
  event_id, kind: 'impression', occurred_at: 1_767_617_600_000, surface: 'home-row', title_id: 't1', position: 3, dwell_ms: null, session: 's1', profile_id: 'p1', consent: true, ...some,
})

describe('telemetry', () => {
  it('given events, has a row for each', () => {
    const click = impression('e2', { kind: 'click' })
    expect(drive(view).apply(created(topic, impression('e1')), created(topic, click)).rows('events')).toEqual([impression('e1'), click])
  })

  it('given an event that was sent again, counts it once', () => {
    expect(drive(view).apply(created(topic, impression('e1')), created(topic, impression('e2')), created(topic, impression('e1'))).rows('events')).toEqual([impression('e1'), impression('e2')])
  })

  it('given an event that was sent again and told otherwise, has what was said last', () => {
    const click = impression('e1', { kind: 'click', position: 4 })
    expect(drive(view).apply(created(topic, impression('e1')), created(topic, click)).rows('events')).toEqual([click])
  })

  it('given an event of somebody who has not agreed, has nobody with it', () => {
    const nobodys = impression('e1', { session: null, profile_id: null, consent: false })
    expect(drive(view).apply(created(topic, nobodys)).rows('events')).toEqual([nobodys])
  })

  it('does not read the words of searches, which are to be forgotten', () => {
    expect(view.from[topic]).not.toContain('query')
  })

  it('is asked of all surfaces, or of one, and never by what is in the question', async () => {
    const asked: (readonly [string, unknown])[] = []
    const reader = { table: (row: string) => row, run: async (sql: string, params: unknown) => { asked.push([sql, params]); return [] } } as unknown as ClickHouseReader
    await impressionsByTitle(reader, { from: 1, to: 2, limit: 10 })
    await impressionsByTitle(reader, { from: 1, to: 2, limit: 10, surface: "x' OR 1" })
    expect(asked.map(([sql]) => sql.includes('surface = {surface:String}'))).toEqual([false, true])
    expect(asked.map(([sql]) => sql.includes('OR 1'))).toEqual([false, false])
    expect(asked.map(([, params]) => params)).toEqual([{ from: 1, to: 2, limit: 10 }, { from: 1, to: 2, limit: 10, surface: "x' OR 1" }])
  })
})
