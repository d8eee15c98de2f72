/**
 * What workers tell Prometheus. Counted per flush, never per record; what a worker knows of itself is asked for at each scrape.
 *
 * Every series has its view's name and its edition (`<name>_v<version>`, as in its store), since two of one view fill side by side
 * during a rebuild; only lag is told by topic partition too. So the series grow with views and partitions, never with data.
 */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { PostStatus } from './crew.ts'
import type { Role } from './editions.ts'
import { storeName, type View } from './view.ts'
import type { FlushReport } from './worker.ts'

export interface WorkerMetrics {
  readonly registry: Registry
  /** For every flush of every worker of this process. */
  onFlush(report: FlushReport): void
  /** The text of `GET /metrics`, given what each worker says of itself now. */
  scrape(statuses: readonly EditionStatus[]): Promise<string>
}
/** `role` is what the edition is for: whether anybody reads it. */
export type EditionStatus = PostStatus & { readonly role: Role }

const view = ['view', 'edition'] as const
const states: readonly PostStatus['state'][] = ['starting', 'running', 'retrying', 'stopped', 'down']
/** From what one row costs Redis to what a store that struggles takes. */
const STAGE_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]
const DELAY_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600]
const BATCH_RECORDS = [1, 3, 10, 30, 100, 300, 1_000]

const labelsOf = (of: Pick<View, 'name' | 'version' | 'build'>) => ({ view: of.name, edition: storeName(of) })

/** Metrics of the process itself: CPU, memory, files, garbage collection, event loop. For a process's one registry. */
export function collectProcess(register: Registry): void {
  collectDefaultMetrics({ register, eventLoopMonitoringPrecision: 20 })
  // gauges that are named like counters, and of no use to us
  for (const kind of ['handles', 'requests', 'resources']) register.removeSingleMetric(`nodejs_active_${kind}_total`)
}

/** Counts nothing yet. */
export function createWorkerMetrics(registry: Registry = new Registry()): WorkerMetrics {
  const registers = [registry]
  const counter = <L extends string = never>(name: string, help: string, more: readonly L[] = []) =>
    new Counter<(typeof view)[number] | L>({ name, help, labelNames: [...view, ...more], registers })
  const gauge = <L extends string = never>(name: string, help: string, more: readonly L[] = []) =>
    new Gauge<(typeof view)[number] | L>({ name, help, labelNames: [...view, ...more], registers })
  const histogram = <L extends string = never>(name: string, help: string, buckets: number[], more: readonly L[] = []) =>
    new Histogram<(typeof view)[number] | L>({ name, help, buckets, labelNames: [...view, ...more], registers })

  const records = counter('cdlc_view_records_total', 'Records whose effect, if they had any, is in the store.')
  const rows = counter('cdlc_view_rows_written_total', 'Rows put or removed.')
  const flushes = counter('cdlc_view_flushes_total', 'Batches, by what became of them: flushed; fenced, another owner had moved the position; advanced, nothing to write.', ['outcome'])
  const deadLetters = counter('cdlc_view_dead_letters_total', 'Records given up and kept in the topic dlq.<view>.')
  const batch = histogram('cdlc_view_batch_records', 'Records of a flush.', BATCH_RECORDS)
  const stage = histogram('cdlc_view_stage_duration_seconds', 'Time of a flush by stage: decode, read rows, fold, flush.', STAGE_SECONDS, ['stage'])
  const delay = histogram('cdlc_view_delay_seconds', 'From the time Kafka has for the oldest record of a flush until its effect is in the store.', DELAY_SECONDS)
  const lastFlush = gauge('cdlc_view_last_flush_timestamp_seconds', 'When the last batch was flushed.')

  const info = gauge('cdlc_view_info', 'Always 1; the store of an edition of a view, and its role: live, which readers read; building; previous; dropping.', ['store', 'role'])
  const state = gauge('cdlc_view_state', '1 for the state the worker is in, 0 for the others: starting, running, retrying, stopped, down.', ['state'])
  const partitions = gauge('cdlc_view_assigned_partitions', 'Partitions of the view that this worker has.')
  const stopped = gauge('cdlc_view_stopped_partitions', 'Topic partitions that stand at a record that cannot be applied.')
  const retrying = gauge('cdlc_view_retrying_partitions', 'Topic partitions whose last try failed and that rest before another.')
  const lagRecords = gauge('cdlc_view_lag_records', 'Records in the partitions of this worker that the view has not applied.')
  const lagSeconds = gauge('cdlc_view_lag_seconds', 'Age of the oldest record that the view has not applied; 0 for none.')
  const placeLag = gauge('cdlc_view_partition_lag_records', 'Records of a topic partition that the view has not applied.', ['topic', 'partition'])
  const cells = gauge('cdlc_view_cached_rows', 'Rows held in memory.')
  const retries = counter('cdlc_view_retries_total', 'Tries that failed for a reason that may pass.')
  const rebalances = counter('cdlc_view_rebalances_total', 'Times the consumer group has dealt its partitions out anew.')
  const asked = [info, state, partitions, stopped, retrying, lagRecords, lagSeconds, placeLag, cells, retries, rebalances]

  function tell(status: EditionStatus): void {
    const labels = labelsOf(status)
    info.set({ ...labels, store: status.store, role: status.role }, 1)
    for (const each of states) state.set({ ...labels, state: each }, each === status.state ? 1 : 0)
    // a counter that begins at 1 has not increased, to Prometheus: all begin at 0
    for (const outcome of ['flushed', 'fenced', 'advanced']) flushes.inc({ ...labels, outcome }, 0)
    for (const each of [records, rows, deadLetters]) each.inc(labels, 0)
    partitions.set(labels, 'partitions' in status ? status.partitions : 0)
    if (!('places' in status)) return // nobody is at work, who could say more
    stopped.set(labels, status.stopped)
    retrying.set(labels, status.retrying)
    lagRecords.set(labels, status.lag_records)
    lagSeconds.set(labels, status.lag_seconds)
    for (const { topic, partition, lag_records } of status.places) placeLag.set({ ...labels, topic, partition }, lag_records)
    cells.set(labels, status.cells)
    retries.inc(labels, status.retries_total)
    rebalances.inc(labels, status.rebalances_total)
  }

  return {
    registry,
    onFlush(report) {
      const labels = labelsOf(report.view)
      flushes.inc({ ...labels, outcome: report.outcome })
      if (report.outcome === 'fenced') return // all of it comes again
      records.inc(labels, report.records)
      rows.inc(labels, report.rows)
      deadLetters.inc(labels, report.dead_letters)
      batch.observe(labels, report.records)
      for (const name of ['decode', 'read', 'fold', 'flush'] as const) stage.observe({ ...labels, stage: name }, report[`${name}_ms`] / 1_000)
      const ended_at = report.started_at + report.decode_ms + report.read_ms + report.fold_ms + report.flush_ms
      if (report.oldest_timestamp !== undefined) delay.observe(labels, Math.max(0, ended_at - report.oldest_timestamp) / 1_000)
      if (report.outcome === 'flushed') lastFlush.set(labels, ended_at / 1_000)
    },
    scrape(statuses) {
      // partitions come and go, and so do editions: what is not ours any more must not be told
      for (const metric of asked) metric.reset()
      for (const status of statuses) tell(status)
      return registry.metrics()
    },
  }
}
