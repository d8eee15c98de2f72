/** Recomputes views from MySQL, and from topics that have no table, and holds their live builds against that, row by row. */
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { viewsNamed } from '@cdlc/streams/runtime/registry.ts'
import { compare, expectedRows, type Verdict } from '@cdlc/streams/runtime/verify.ts'
import type { Change, View } from '@cdlc/streams/runtime/view.ts'
import { logLinesFrom } from '@cdlc/streams/runtime/log.ts'
import { type LiveSinks, openLiveSinks } from '@cdlc/streams/sinks/live.ts'
import { setTimeout as delay } from 'node:timers/promises'
import { openSources } from './sources.ts'
import type { Tables } from './tables.ts'

export interface VerifyOptions {
  readonly names?: readonly string[]
  /** How long a view may take to catch up with MySQL before its differences stand. */
  readonly patience_ms?: number
  readonly onVerdict?: (verdict: Verdict) => void
}

const KNOWN_WITHIN_MS = 60_000

/** One verdict per view. A view that differs is looked at again until it is clean or the patience is at an end: it may be catching up. */
export async function verifyViews(endpoints: Endpoints, options: VerifyOptions = {}): Promise<readonly Verdict[]> {
  const sinks = openLiveSinks(endpoints, { component: 'cli', log: logLinesFrom('silent') })
  const deadline = Date.now() + (options.patience_ms ?? 30_000)
  try {
    const verdicts: Verdict[] = []
    for (const view of await viewsNamed(options.names ?? [])) {
      const verdict = await verdictOf(endpoints, sinks, view, deadline)
      options.onVerdict?.(verdict)
      verdicts.push(verdict)
    }
    return verdicts
  } finally {
    await sinks.close()
  }
}

async function verdictOf(endpoints: Endpoints, sinks: LiveSinks, view: View, deadline: number): Promise<Verdict> {
  await sinks.editions.known(KNOWN_WITHIN_MS)
  const store = await sinks.store({ ...view, build: sinks.editions.of(view).live ?? view.build })
  for (;;) {
    const sources = await openSources(endpoints, sinks.kafka, view)
    let verdict: Verdict
    try {
      verdict = await compare(view, await expectedRows(view, changesOf(view, sources)), store)
    } finally {
      await sources.close()
    }
    if (verdict.differences_total === 0 || Date.now() > deadline) return verdict
    await delay(500)
  }
}

async function* changesOf(view: View, sources: Pick<Tables, 'changes'>): AsyncIterable<readonly Change[]> {
  for (const [topic, columns] of Object.entries(view.from)) yield* sources.changes(topic, columns)
}
