import { expect, it } from 'vitest'
import { createWorkerMetrics, type EditionStatus } from './metrics.ts'
import { defineView } from './view.ts'
import type { FlushReport, ViewStatus } from './worker.ts'

const view = defineView('file:///views/user/counted.ts', {
  version: 3, store: 'memory', from: { 'cdc.user.ratings': ['title_id'] }, rows: { row: { key: ['title_id'], columns: { title_id: 'text' } } }, apply: () => [],
})
const report = (some: Partial<FlushReport> = {}): FlushReport => ({
  view, topic: 'cdc.user.ratings', partition: 0, from: 0, next: 4, records: 4, rows: 2, dead_letters: 1, events: [],
  started_at: 1_000_000, decode_ms: 1, read_ms: 2, fold_ms: 3, flush_ms: 20, outcome: 'flushed', oldest_timestamp: 999_926, ...some,
})
const status = (some: Partial<ViewStatus> = {}): EditionStatus => ({
  role: 'live',
  name: 'counted', version: 3, build: 0, store: 'memory', state: 'running', partitions: 2, stopped: 0, retrying: 0, lag_records: 7, lag_seconds: 1.5,
  places: [{ topic: 'cdc.user.ratings', partition: 0, lag_records: 7, lag_seconds: 1.5 }], records_total: 4, flushes_total: 1, fenced_total: 0,
  retries_total: 5, dead_letters_total: 1, rebalances_total: 2, last_flush_at: null, cells: 9, ...some,
})
/** Samples of a scrape, comments left out. */
const samples = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
const ours = 'view="counted",edition="counted_v3"'

it('counts a flush: records, rows, dead letters, stages in seconds, and the delay of its oldest record', async () => {
  const metrics = createWorkerMetrics()
  metrics.onFlush(report())
  metrics.onFlush(report({ outcome: 'advanced', rows: 0, dead_letters: 0 }))
  const told = samples(await metrics.scrape([]))
  expect(told).toEqual(expect.arrayContaining([
    `cdlc_view_records_total{${ours}} 8`, `cdlc_view_rows_written_total{${ours}} 2`, `cdlc_view_dead_letters_total{${ours}} 1`,
    `cdlc_view_flushes_total{${ours},outcome="flushed"} 1`, `cdlc_view_flushes_total{${ours},outcome="advanced"} 1`,
    `cdlc_view_batch_records_sum{${ours}} 8`, `cdlc_view_stage_duration_seconds_sum{${ours},stage="flush"} 0.04`,
    `cdlc_view_delay_seconds_bucket{le="0.1",${ours}} 2`, `cdlc_view_delay_seconds_bucket{le="0.05",${ours}} 0`,
    `cdlc_view_last_flush_timestamp_seconds{${ours}} 1000.026`,
  ]))
})

it('counts a fenced flush as such and nothing of it, since its records come again', async () => {
  const metrics = createWorkerMetrics()
  metrics.onFlush(report({ outcome: 'fenced' }))
  expect(samples(await metrics.scrape([]))).toEqual([`cdlc_view_flushes_total{${ours},outcome="fenced"} 1`])
})

it('tells at each scrape what the workers say then, and nothing of what they have no more', async () => {
  const metrics = createWorkerMetrics()
  const first = samples(await metrics.scrape([status()]))
  expect(first).toEqual(expect.arrayContaining([
    `cdlc_view_lag_records{${ours}} 7`, `cdlc_view_lag_seconds{${ours}} 1.5`, `cdlc_view_partition_lag_records{${ours},topic="cdc.user.ratings",partition="0"} 7`,
    `cdlc_view_retries_total{${ours}} 5`, `cdlc_view_state{${ours},state="running"} 1`, `cdlc_view_state{${ours},state="stopped"} 0`,
    `cdlc_view_info{${ours},store="memory",role="live"} 1`,
  ]))
  const second = samples(await metrics.scrape([status({ state: 'stopped', stopped: 1, places: [], retries_total: 6 })]))
  expect(second).toEqual(expect.arrayContaining([`cdlc_view_retries_total{${ours}} 6`, `cdlc_view_state{${ours},state="stopped"} 1`, `cdlc_view_stopped_partitions{${ours}} 1`]))
  expect(second.filter((line) => line.includes('partition_lag'))).toEqual([])
  expect(samples(await metrics.scrape([])).filter((line) => line.includes('lag'))).toEqual([])
})

it('begins its counters at 0, so that their first increase is one', async () => {
  const told = samples(await createWorkerMetrics().scrape([status()]))
  expect(told).toEqual(expect.arrayContaining([`cdlc_view_dead_letters_total{${ours}} 0`, `cdlc_view_flushes_total{${ours},outcome="fenced"} 0`]))
})

it('tells two editions of a view apart', async () => {
  const told = samples(await createWorkerMetrics().scrape([status(), status({ build: 1, lag_records: 9 })]))
  expect(told.filter((line) => line.startsWith('cdlc_view_lag_records'))).toEqual([
    `cdlc_view_lag_records{${ours}} 7`, 'cdlc_view_lag_records{view="counted",edition="counted_v3_b1"} 9'])
})

it('tells of an edition that nobody is at work on, without figures that nobody knows', async () => {
  const told = samples(await createWorkerMetrics().scrape([{
    name: 'counted', version: 3, build: 0, store: 'memory', role: 'live', state: 'down', lag_records: null, lag_seconds: null, problem: 'away' }]))
  expect(told).toEqual(expect.arrayContaining([`cdlc_view_state{${ours},state="down"} 1`, `cdlc_view_assigned_partitions{${ours}} 0`]))
  expect(told.filter((line) => line.includes('lag'))).toEqual([])
})

it('has as many series after a thousand batches as after one', async () => {
  const metrics = createWorkerMetrics()
  metrics.onFlush(report())
  const before = samples(await metrics.scrape([status()])).length
  for (let offset = 0; offset < 1_000; offset++) metrics.onFlush(report({ from: offset, next: offset + 1, flush_ms: offset }))
  expect(samples(await metrics.scrape([status()]))).toHaveLength(before)
})
