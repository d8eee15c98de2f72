import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { createProcessorMetrics } from './metrics-processors.ts'
import type { ProcessorStatus } from './processor-worker.ts'

const status: ProcessorStatus = {
  name: 'per-day', version: 2, to: 'counts', state: 'running', partitions: 6, lag_records: 3, lag_seconds: 1.5, dropped: { late: 4 }, records_total: 10, emitted_total: 12,
  commits_total: 5, restored_total: 7, fenced_total: 1, retries_total: 2, dead_letters_total: 0, rebalances_total: 1,
}
const lines = (text: string): readonly string[] => text.split('\n').filter((line) => !line.startsWith('#') && line !== '')

test('each scrape tells what the workers say then, and nothing of what has left', async () => {
  const registry = new Registry()
  const metrics = createProcessorMetrics(registry)
  metrics.tell([status, { ...status, name: 'gone' }])
  metrics.tell([{ ...status, dropped: {} }, { name: 'away', version: 1, to: 'x', state: 'down', lag_records: null, lag_seconds: null, problem: 'no broker' }])
  metrics.tell([status])
  const told = lines(await registry.metrics())
  expect(told).toContain('cdlc_processor_dropped_records{processor="per-day",version="2",reason="late"} 4')
  expect(told).toContain('cdlc_processor_records_total{processor="per-day",version="2"} 10')
  expect(told).toContain('cdlc_processor_state{processor="per-day",version="2",state="running"} 1')
  expect(told.filter((line) => line.includes('gone') || line.includes('away'))).toEqual([])
})

test('of a worker that is not there, its state is told and nothing else', async () => {
  const registry = new Registry()
  createProcessorMetrics(registry).tell([{ name: 'away', version: 1, to: 'x', state: 'down', lag_records: null, lag_seconds: null, problem: 'no broker' }])
  expect(lines(await registry.metrics()).filter((line) => line.endsWith(' 1'))).toEqual(['cdlc_processor_state{processor="away",version="1",state="down"} 1'])
  expect(lines(await registry.metrics()).every((line) => line.startsWith('cdlc_processor_state'))).toBe(true)
})
