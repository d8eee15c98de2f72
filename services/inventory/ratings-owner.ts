/** Asks customer-services, which owns ratings, for its word on a title: the fallback of stats that their view does not have yet. */
import { Unavailable } from '../shared/errors.ts'
import { traceHeaders, traced } from '../shared/telemetry-trace.ts'
import type { InventoryPorts } from './ports.ts'

const longest_ms = 2_000

/** Over HTTP; throws Unavailable when there is no answer in 2 s. */
export const ratingsOwner =
  (base: string): InventoryPorts['ratingHistogram'] =>
  async (title_id) => {
    try {
      return await traced('ask customer-services', { 'http.request.method': 'GET' }, async () => {
        const url = `${base}/v1/titles/${title_id}/rating-histogram`
        const response = await fetch(url, { signal: AbortSignal.timeout(longest_ms), headers: traceHeaders() })
        if (!response.ok) throw new Error(`it answered ${response.status}`)
        return ((await response.json()) as { readonly histogram: readonly number[] }).histogram
      })
    } catch (error) {
      throw new Unavailable(`asking customer-services for the ratings of '${title_id}'`, { cause: error })
    }
  }
