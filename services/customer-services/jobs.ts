/** Works on jobs, one at a time in each process, until told to stop. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '@cdlc/streams/runtime/log.ts'
import type { Clock } from '../shared/clock.ts'
import type { Database } from '../shared/mysql.ts'
import { endJob, forgetJobs, isHeld, postponeJob, takeJob, type Ending, type Job } from './job-store.ts'

/**
 * Does a job; may be run again from its start at any time, also while an earlier attempt that was taken for dead still runs. `signal` is
 * aborted when the job is no longer this attempt's. What it answers is written with the job's end.
 */
export type Handler = (job: Job, signal: AbortSignal) => Promise<Ending>

export interface Jobs {
  /** Gives up what is under way, which another process may take at once. */
  close(): Promise<void>
}
export interface JobsOptions {
  readonly database: Database
  readonly clock: Clock
  readonly log: Log
  /** By kind of job. */
  readonly handlers: Readonly<Record<string, { readonly run: Handler; /** Attempts after which it has failed; left out: there is no end. */ readonly attempts?: number }>>
  readonly times?: Times
}
export interface Times {
  /** Who does not say within this that it lives has died. */
  readonly lease_ms: number
  readonly poll_ms: number
  readonly firstPause_ms: number
  readonly longestPause_ms: number
}
const usual: Times = { lease_ms: 30_000, poll_ms: 1_000, firstPause_ms: 1_000, longestPause_ms: 600_000 }
const sweepEvery_ms = 3_600_000
/** What has failed is kept for those who ask what became of it. */
const failedKept_ms = 7 * 86_400_000

/** Begins to work. */
export function startJobs({ database, clock, log, handlers, times = usual }: JobsOptions): Jobs {
  const { lease_ms, poll_ms, firstPause_ms, longestPause_ms } = times
  const stopping = new AbortController()
  const kinds = Object.keys(handlers)
  const now = (): number => Math.floor(clock.micros() / 1_000)

  async function work(job: Job): Promise<void> {
    const { job_id, kind, attempt } = job
    const handler = handlers[kind]
    if (handler === undefined) throw new Error(`working on job '${job_id}': nobody knows how to do '${kind}'`)
    const lost = new AbortController()
    const alive = setInterval(() => {
      postponeJob(database, job, new Date(now() + lease_ms)).then(
        (held) => held || lost.abort(),
        () => undefined, // it may still be ours: the next beat tells, or the lease runs out
      )
    }, lease_ms / 3)
    try {
      const ending = await handler.run(job, AbortSignal.any([lost.signal, stopping.signal]))
      const ended = await database.transact(async (sql) => {
        const held = await isHeld(sql, job)
        if (held) await endJob(sql, job, 'done', new Date(now()), ending)
        return held
      })
      if (ended) log('info', 'job done', { job_id, kind, attempt })
    } catch (cause) {
      if (lost.signal.aborted) return
      const isLast = handler.attempts !== undefined && attempt >= handler.attempts && !stopping.signal.aborted
      if (!stopping.signal.aborted) log(isLast ? 'error' : 'warn', isLast ? 'job failed' : 'job will be tried again', { job_id, kind, attempt, cause })
      if (!isLast) {
        const pause = stopping.signal.aborted ? 0 : Math.min(firstPause_ms * 2 ** (attempt - 1), longestPause_ms)
        await postponeJob(database, job, new Date(now() + pause))
        return
      }
      await database.transact(async (sql) => {
        const ended = now()
        if (await isHeld(sql, job)) await endJob(sql, job, 'failed', new Date(ended), { expires_at: new Date(ended + failedKept_ms) })
      })
    } finally {
      clearInterval(alive)
    }
  }

  async function loop(): Promise<void> {
    for (let swept = 0; !stopping.signal.aborted; ) {
      try {
        const at = now()
        if (at - swept > sweepEvery_ms) {
          await forgetJobs(database, new Date(at))
          swept = at
        }
        const job = await takeJob(database, kinds, new Date(at), new Date(at + lease_ms))
        if (job !== undefined) {
          await work(job)
          continue
        }
      } catch (cause) {
        log('warn', 'looking for jobs', { cause })
      }
      await sleep(poll_ms, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }
  const done = loop()
  return {
    close: () => {
      stopping.abort()
      return done
    },
  }
}
