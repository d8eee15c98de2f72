/** What the query function of `telemetry` answers from real ClickHouse. */
import { endpointsFrom } from '@cdlc/schemas/endpoints.ts'
import { afterAll, expect, test } from 'vitest'
import { created } from '../runtime/testing.ts'
import { openSinks } from '../sinks/index.ts'
import { reading } from '../sinks/reading.ts'
import telemetry, { impressionsByTitle } from './user/telemetry.ts'

const sinks = openSinks(endpointsFrom(process.env))
afterAll(() => sinks.close())

const event = (event_id: string, some: Readonly<Record<string, unknown>> = {}) => created('user.telemetry', {
  event_id, kind: 'impression', occurred_at: 1_767_617_600_000, surface: 'home-row', title_id: 't1', position: 0, dwell_ms: null, session: null, profile_id: null, consent: false, ...some,
})

test('titles are told by how often they were shown and clicked, repeats once, within the time and on the surface that is asked', async () => {
  const reader = await reading(sinks, telemetry, [
    event('e1'), event('e2'), event('e1'), event('e3', { kind: 'click' }), event('e4', { title_id: 't2', surface: 'watchlist' }),
    event('e5', { kind: 'dwell', dwell_ms: 9 }), event('e6', { kind: 'search', title_id: null }), event('e7', { occurred_at: 1_767_617_600_001 }), event('e8', { occurred_at: 1_767_617_599_999 }),
  ])
  const moment = { from: 1_767_617_600_000, to: 1_767_617_600_001 }
  const [first, second] = [{ title_id: 't1', impressions: 2, clicks: 1 }, { title_id: 't2', impressions: 1, clicks: 0 }]
  expect(await impressionsByTitle(reader, { ...moment, limit: 10 })).toEqual([first, second])
  expect(await impressionsByTitle(reader, { ...moment, limit: 1 })).toEqual([first])
  expect(await impressionsByTitle(reader, { ...moment, limit: 10, surface: 'watchlist' })).toEqual([second])
  expect(await impressionsByTitle(reader, { from: 0, to: 1, limit: 10 })).toEqual([])
})
