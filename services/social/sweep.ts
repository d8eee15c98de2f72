/** Goes on with what was too much to be removed at once, or was cut short: closed cards and removals, a piece of each in turn. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '@cdlc/streams/runtime/log.ts'
import { eraseProfilePiece, type ErasurePorts } from './erasure.ts'
import { forgetCounts } from './limits.ts'
import { removePiece } from './removals.ts'
import { prepareToTell } from './tell.ts'

/** Of either, in one turn. */
const most = 20
const every_ms = 5_000
const countsEvery_ms = 3_600_000

type Piece = () => Promise<boolean>
async function found(ports: ErasurePorts): Promise<readonly Piece[]> {
  const ids = (question: string) => ports.database.read(async (sql) => (await sql.rows<{ readonly id: string }>(`${question} LIMIT ${most}`)).map(({ id }) => id))
  const [cards, removals] = [await ids('SELECT profile_id AS id FROM social_profiles WHERE handle IS NULL'), await ids('SELECT subject_id AS id FROM removals')]
  return [
    ...cards.map((profile_id) => () => eraseProfilePiece(ports, profile_id)),
    ...removals.map((subject_id) => async () => {
      await prepareToTell(ports)
      return ports.database.transact((sql) => removePiece(ports, sql, subject_id))
    }),
  ]
}

/** Until nothing is left of what was found, or it is enough. What fails is logged, and left to the next turn; the others go on. */
export async function sweep(ports: ErasurePorts, log: Log, isEnough: () => boolean): Promise<void> {
  const going = new Set(await found(ports))
  while (going.size > 0) {
    for (const piece of going) {
      if (isEnough()) return
      try {
        if (await piece()) going.delete(piece)
      } catch (cause) {
        going.delete(piece)
        log('warn', 'removing what is left', { cause })
      }
    }
  }
}

/** Sweeps every few seconds, counts of hours that are over once an hour; answers how to end that, which waits for the piece under way. */
export function startSweeping(ports: ErasurePorts, log: Log): () => Promise<void> {
  const stopping = new AbortController()
  const isStopping = (): boolean => stopping.signal.aborted
  async function loop(): Promise<void> {
    for (let counted = 0; !isStopping(); ) {
      try {
        const now = Math.floor(ports.clock.micros() / 1_000)
        if (now - counted > countsEvery_ms) {
          for (let more = true; more && !isStopping(); ) more = await ports.database.transact((sql) => forgetCounts(sql, now))
          counted = now
        }
        await sweep(ports, log, isStopping)
      } catch (cause) {
        log('warn', 'looking for what is left to remove', { cause })
      }
      await sleep(every_ms, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined)
    }
  }
  const done = loop()
  return () => {
    stopping.abort()
    return done
  }
}
