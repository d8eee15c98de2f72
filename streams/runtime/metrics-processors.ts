/** What processors tell Prometheus: all of it asked for at a scrape, so that a record costs nothing. */
import { Counter, Gauge, type Registry } from 'prom-client'
import type { ProcessorPostStatus } from './processor-crew.ts'

export interface ProcessorMetrics {
  /** Sets everything to what each worker says of itself now. */
  tell(statuses: readonly ProcessorPostStatus[]): void
}

const labelNames = ['processor', 'version'] as const
const states: readonly ProcessorPostStatus['state'][] = ['starting', 'running', 'retrying', 'stopped', 'down']

/** Tells nothing yet. */
export function createProcessorMetrics(registry: Registry): ProcessorMetrics {
  const registers = [registry]
  const gauge = <L extends string = never>(name: string, help: string, more: readonly L[] = []) =>
    new Gauge<(typeof labelNames)[number] | L>({ name: `cdlc_processor_${name}`, help, labelNames: [...labelNames, ...more], registers })
  const counter = (name: string, help: string) => new Counter({ name: `cdlc_processor_${name}`, help, labelNames, registers })

  const state = gauge('state', '1 for the state the worker is in, 0 for the others: starting, running, retrying, stopped, down.', ['state'])
  const partitions = gauge('assigned_partitions', 'Partitions of the processor that this worker has.')
  const lagRecords = gauge('lag_records', 'Records in the partitions of this worker that the processor has not applied.')
  const lagSeconds = gauge('lag_seconds', 'Age of the oldest record that the processor has not applied; 0 for none.')
  // a gauge: it goes from worker to worker with its partition
  const dropped = gauge('dropped_records', 'Records, or parts of one, of which nothing came, by reason, in the partitions of this worker since their changelogs began; late: their window was over.', ['reason'])
  const counters = {
    records_total: counter('records_total', 'Records whose effect, if they had any, is committed and emitted.'),
    emitted_total: counter('emitted_records_total', 'Records written to the output topic, repeats included.'),
    commits_total: counter('commits_total', 'Batches committed to the changelog.'),
    restored_total: counter('restored_records_total', 'Changelog records read to restore state.'),
    fenced_total: counter('fenced_total', 'Times that another owner had claimed a partition.'),
    retries_total: counter('retries_total', 'Tries that failed for a reason that may pass.'),
    dead_letters_total: counter('dead_letters_total', 'Records given up and kept in the topic dlq.<processor>.'),
    rebalances_total: counter('rebalances_total', 'Times the consumer group has dealt its partitions out anew.'),
  } as const

  return {
    tell(statuses) {
      for (const metric of [state, partitions, lagRecords, lagSeconds, dropped, ...Object.values(counters)]) metric.reset()
      for (const status of statuses) {
        const labels = { processor: status.name, version: String(status.version) }
        for (const each of states) state.set({ ...labels, state: each }, each === status.state ? 1 : 0)
        if (!('partitions' in status)) continue // nobody is at work, who could say more
        partitions.set(labels, status.partitions)
        lagRecords.set(labels, status.lag_records)
        lagSeconds.set(labels, status.lag_seconds)
        for (const [reason, count] of Object.entries(status.dropped)) dropped.set({ ...labels, reason }, count)
        for (const name of Object.keys(counters) as (keyof typeof counters)[]) counters[name].inc(labels, status[name])
      }
    },
  }
}
