/** Every metric that the code exports, asked of the code itself: what the README lists, and all that rules and dashboards may name. */
import { serviceFor } from '@cdlc/services/shared/testing.ts'
import { processRegistry } from '@cdlc/services/shared/telemetry.ts'
import { registers } from '@cdlc/services/shared/telemetry-gateway.ts'
import { collectProcess, createWorkerMetrics } from '@cdlc/streams/runtime/metrics.ts'
import { createProcessorMetrics } from '@cdlc/streams/runtime/metrics-processors.ts'
import { Registry } from 'prom-client'

export interface Exported {
  readonly name: string
  readonly type: string
  readonly help: string
  readonly by: 'workers' | 'services' | 'both'
}

/** As Prometheus' text format has them. */
export function familiesIn(text: string): readonly Omit<Exported, 'by'>[] {
  const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [name, type]))
  return [...text.matchAll(/^# HELP (\S+) (.*)$/gm)].map(([, name = '', help = '']) => ({ name, help, type: types.get(name) ?? 'untyped' }))
}

/** By name; needs no server. */
export async function exported(): Promise<readonly Exported[]> {
  const own = new Registry()
  collectProcess(own)
  const processors = new Registry()
  createProcessorMetrics(processors)
  const app = serviceFor({ name: 'any', description: '', checks: {}, routes: async () => {}, metrics: [...new Set([processRegistry, ...registers])] })
  const of = (text: string, by: Exported['by']): readonly Exported[] => familiesIn(text).map((family) => ({ ...family, by }))
  const all = [
    ...of(await createWorkerMetrics().registry.metrics(), 'workers'), ...of(await processors.metrics(), 'workers'), ...of((await app.inject('/metrics')).body, 'services'), ...of(await own.metrics(), 'both')]
  await app.close()
  return all.sort((a, b) => (a.name < b.name ? -1 : 1))
}
