/** Replays property-based tests: `CDLC_SEED=<the seed that a failure printed> npx vitest run --project unit <file>`. */
import fc from 'fast-check'

const seed = process.env['CDLC_SEED']
if (seed !== undefined) {
  if (!Number.isSafeInteger(Number(seed))) throw new Error(`reading CDLC_SEED: '${seed}' is not a whole number`)
  fc.configureGlobal({ seed: Number(seed) })
}
