/** A real Chromium for tests that look at pages: the machine's, or Debian's, which is unpacked into the cache the first time somebody asks. */
import { join } from 'node:path'
import { chromium as driver, type Browser } from 'playwright-core'
import { chromium } from '../local/components.ts'
import { inspect, install } from '../local/install.ts'
import { noProgress } from '../local/progress.ts'
import type { Stack } from '../local/stack.ts'

/** Nothing of what it does by itself leaves the machine. */
const quiet = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-dev-shm-usage', '--no-first-run', '--disable-background-networking', '--disable-component-update',
  '--disable-sync', '--disable-default-apps', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
]

/** Starts it; close it. */
export async function openBrowser({ cache }: Pick<Stack, 'cache'>): Promise<Browser> {
  await install(cache, noProgress, AbortSignal.timeout(600_000), [chromium])
  const place = inspect(cache, process.env, [chromium]).at('chromium')
  return driver.launch({ executablePath: 'program' in place ? place.program : join(place.folder, 'bin', 'chromium'), headless: true, args: quiet, timeout: 60_000 })
}
