/** State of a campaign, in a file that is complete at every moment: what was killed, how it came back, what was verified. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Difference } from './holds.ts'

/** `recovering`: killed again while it was starting. */
export type Circumstance = 'alone' | 'together' | 'recovering'
export interface Kill {
  readonly at: string
  readonly target: string
  readonly how: Circumstance
  /** From SIGKILL until it answered again, in ms; null where it was killed once more before that. */
  readonly back_ms: number | null
  /** The longest time without an acknowledged write between this strike and the next, in ms. */
  readonly silence_ms: number
}
/** A stop in order, and how long the start after it took, in ms. */
export interface Restart { readonly at: string; readonly target: string; readonly back_ms: number }
export interface Round {
  readonly at: string
  /** Kills so far. */
  readonly kills: number
  readonly took_ms: number
  readonly views: number
  /** Rows of views, and of MySQL, that were compared. */
  readonly rows: number
  /** Records read from topics so far, and those among them that told again what was told. */
  readonly records: number
  readonly repeats: number
}
export interface Writes { readonly acknowledged: number; readonly refused: number; readonly cut_off: number; readonly reads: number }

/** `broken`: something differs, or did not come back; the campaign goes no further. */
export type Verdict = 'unfinished' | 'clean' | 'broken'
export interface Campaign {
  readonly seed: number
  /** Marks what this campaign writes. */
  readonly run: string
  readonly targets: readonly string[]
  readonly rate: number
  readonly machine: string
  /** When it began, and each time it went on. */
  readonly sessions: readonly { readonly at: string; readonly kills: number }[]
  /** Time spent in it, over all sessions. */
  readonly took_ms: number
  readonly wanted: number
  readonly strikes: number
  readonly kills: readonly Kill[]
  readonly restarts: readonly Restart[]
  readonly rounds: readonly Round[]
  readonly writes: Writes
  /** Dead letters of the views when it began, and now. */
  readonly dead_letters: { readonly before: number; readonly now: number }
  readonly verdict: Verdict
  readonly problem?: string
  readonly differences?: readonly Difference[]
  /** Folder with what is needed to look into the problem. */
  readonly evidence?: string
}

const fileIn = (folder: string): string => join(folder, 'state.json')

/** The state in a folder, or undefined where no campaign was begun. */
export function loadCampaign(folder: string): Campaign | undefined {
  return existsSync(fileIn(folder)) ? JSON.parse(readFileSync(fileIn(folder), 'utf8')) as Campaign : undefined
}

/** Replaces the state by a rename: whoever is killed meanwhile leaves the old or the new one. */
export function saveCampaign(folder: string, campaign: Campaign): void {
  const part = `${fileIn(folder)}.part`
  writeFileSync(part, JSON.stringify(campaign))
  renameSync(part, fileIn(folder))
}
