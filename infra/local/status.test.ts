import { describe, expect, it } from 'vitest'
import { topics } from '@cdlc/schemas/topics.ts'
import { isAllReady, stateOf, type Status } from './status.ts'

const ready: Status = {
  servers: [{ name: 'kafka', state: 'ready', port: 9092, rss_mb: 240 }],
  connectors: [{ name: 'content', state: 'RUNNING', tasks: [{ id: 0, state: 'RUNNING' }] }],
  services: [{ name: 'actor', state: 'ready', url: 'http://127.0.0.1:8102' }],
  views: [{ name: 'title', version: 1, store: 'redis', state: 'running', lag_records: 0, lag_seconds: 0 }],
  topics: topics.map(({ name }) => ({ name, partitions: 6, records: 0 })),
}

describe('the status', () => {
  it('is ready when every part is', () => {
    expect(isAllReady(ready)).toBe(true)
  })

  it.each<[string, Partial<Status>]>([
    ['a server starts', { servers: [{ name: 'kafka', state: 'starting', port: 9092, rss_mb: 240 }] }],
    ['a task of a connector failed', { connectors: [{ name: 'content', state: 'RUNNING', tasks: [{ id: 0, state: 'FAILED' }] }] }],
    ['a connector has no task', { connectors: [{ name: 'content', state: 'RUNNING', tasks: [] }] }],
    ['there are no connectors', { connectors: [] }],
    ['a service is down', { services: [{ name: 'actor', state: 'down', url: 'http://127.0.0.1:8102' }] }],
    ['a view retries', { views: [{ name: 'title', version: 1, store: 'redis', state: 'retrying', lag_records: 7, lag_seconds: 2 }] }],
    ['the workers tell of no views', { views: [] }],
    ['a topic is missing', { topics: ready.topics.slice(1) }],
  ])('is not ready when %s', (_, part) => {
    expect(isAllReady({ ...ready, ...part })).toBe(false)
  })

  it("takes supervisor's word for a server that does not answer", () => {
    expect(['RUNNING', 'STARTING', 'BACKOFF', 'EXITED', 'FATAL', 'STOPPED'].map((state) => stateOf({ state }))).toEqual([
      'starting',
      'starting',
      'restarting',
      'restarting',
      'failed',
      'stopped',
    ])
    expect(stateOf(undefined)).toBe('stopped')
  })
})
