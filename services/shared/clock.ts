/**
 * Versions: µs since the epoch, strictly rising per row. Under a row's lock `nextVersion(previous, now)` is enough while the row
 * exists. A removed row leaves no `previous` behind, so a row put again relies on `now` alone: it was read under the owner's lock,
 * after the removal committed, hence it is later — as long as the clock does not step back. The clock here never does within a
 * process: it never gives less than it gave or was shown before. Between hosts the time between removal and return must exceed
 * the skew of their clocks; should it not, an old ETag may pass for a newer one, and nothing worse: views have dropped the removed
 * row by then and take the new one whatever its version.
 */
import { ulid } from 'ulid'

export interface Clock {
  /** Now in µs, above every version given or seen in this process. */
  micros(): number
  /** Tells the clock of a version that may have been given elsewhere. */
  saw(version: number): void
}

/** A clock over a wall clock in ms. */
export function createClock(wall: () => number = Date.now): Clock {
  let last = 0
  return {
    micros: () => (last = Math.max(last + 1, wall() * 1000)),
    saw: (version) => {
      if (version > last) last = version
    },
  }
}

/** The version after `previous`, at `now_us`. */
export const nextVersion = (previous: number | undefined, now_us: number): number => Math.max((previous ?? 0) + 1, now_us)

/** The instant of a version, in ms. */
export const instantOf = (version: number): number => Math.floor(version / 1000)

/** A new ULID of that time. */
export const newId = (now_us: number): string => ulid(instantOf(now_us))
