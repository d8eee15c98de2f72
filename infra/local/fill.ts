/** What follows once everything runs: the sample data, and the proof that it went through. */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { viewsCatchUp } from './catch-up.ts'
import type { Stack } from './stack.ts'

/** Loads the sample data through the platform's own doors, once for each data folder, and makes the demonstration accounts. */
export async function fill(stack: Stack, signal: AbortSignal): Promise<void> {
  await (await import('../seed/demo.ts')).enrolDemoAccounts(stack.endpoints)
  const filled = join(stack.home, 'data', 'sample-data-loaded')
  if (existsSync(filled)) return
  const { seedMovielens } = await import('../seed/load.ts')
  const { showProgress } = await import('../seed/progress.ts')
  const { onProgress, end } = showProgress()
  try {
    await seedMovielens(stack.endpoints, { onProgress, signal, cache: stack.cache })
  } finally {
    end()
  }
  writeFileSync(filled, new Date().toISOString())
}

/** Waits for the views and prints the proof; answers whether it holds. */
export async function proveStack(stack: Stack, say: (line: string) => void): Promise<boolean> {
  const { prove } = await import('./proof.ts')
  const left = await viewsCatchUp(stack, say)
  if (left > 0) say(`views: still ${left.toLocaleString('en-US')} records behind, and they do not get on: see 'npx cdlc views list'`)
  return await prove(stack.endpoints, (text) => console.log(text))
}
