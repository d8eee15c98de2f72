/** Keeps what is needed to look into a campaign that broke: differences, how the stack is, and the ends of its logs. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lastLines } from '../local/exec.ts'
import type { Stack } from '../local/stack.ts'
import { statusOf } from '../local/status.ts'
import { processes } from '../local/supervisor.ts'
import type { Campaign } from './state.ts'

const lines = 2_000

/** Writes a folder under `folder` and answers its path. The journal of writes and the state lie beside it. */
export async function keepEvidence(stack: Stack, folder: string, campaign: Campaign, cause: unknown): Promise<string> {
  const place = join(folder, `evidence-${campaign.kills.length}-kills-${new Date().toISOString().replaceAll(':', '-')}`)
  const logs = join(stack.home, 'logs')
  mkdirSync(join(place, 'logs'), { recursive: true })
  for (const file of readdirSync(logs).filter((name) => name.endsWith('.log'))) writeFileSync(join(place, 'logs', file), lastLines(join(logs, file), lines))
  const keep = async (name: string, ask: () => Promise<unknown>): Promise<void> => {
    // what does not answer is evidence too
    const answer = await ask().catch((error: unknown) => ({ error: String(error) }))
    writeFileSync(join(place, `${name}.json`), JSON.stringify(answer, null, 2))
  }
  await keep('campaign', async () => campaign)
  await keep('processes', () => processes(stack))
  await keep('status', () => statusOf(stack))
  if (cause instanceof Error) writeFileSync(join(place, 'error.txt'), `${cause.stack}\n${cause.cause instanceof Error ? `because: ${cause.cause.stack}\n` : ''}`)
  return place
}
