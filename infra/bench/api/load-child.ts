/** The load: keep-alive connections that ask for one title after another, each in an order of its own. */
import autocannon from 'autocannon'
import { serve } from '../child.ts'
import { seeded, shuffled } from '../harness.ts'

export interface Load { readonly port: number; readonly paths: readonly string[]; readonly connections: number; readonly seconds: number; readonly seed: number; readonly headers?: Readonly<Record<string, string>> }
export interface Loaded { readonly requests: number; readonly per_second: number; readonly p50_ms: number; readonly p99_ms: number; readonly failed: number; readonly statuses: Readonly<Record<string, number>> }

async function load({ port, paths, connections, seconds, seed, headers = {} }: Load): Promise<Loaded> {
  const random = seeded(seed)
  const result = await autocannon({
    url: `http://127.0.0.1:${port}`, connections, duration: seconds, headers: { ...headers },
    // in one order for all, the connections would ask for the same title at the same moment
    setupClient: (client) => { client.setRequests(shuffled(paths, random).map((path) => ({ method: 'GET', path }))) },
  })
  return {
    requests: result.requests.total, per_second: result.requests.total / result.duration, p50_ms: result.latency.p50, p99_ms: result.latency.p99,
    failed: result.errors + result.timeouts + result.non2xx,
    statuses: Object.fromEntries(Object.entries(result.statusCodeStats ?? {}).map(([status, { count }]) => [status, count ?? 0])),
  }
}

serve({ load })
