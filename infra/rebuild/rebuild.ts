/**
 * Builds a view again beside itself and has readers read the new build.
 *
 * Nothing is kept here: where a rebuild stands is in `platform.views`, so a command that died is continued by running it again, and two that
 * run at once come to one end. Workers fill, retire and remove builds; this watches, judges, and decides what is live.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Endpoints } from '@cdlc/schemas/endpoints.ts'
import { abortRebuild, beginGrace, beginRebuild, type Builds, type Change, EditionError, rollBack, switchReaders } from '@cdlc/streams/runtime/editions.ts'
import { endsOf, hasPassed, type Offsets, secondsBehind, standingOf } from '@cdlc/streams/runtime/standing.ts'
import type { ViewStore } from '@cdlc/streams/runtime/store.ts'
import { groupName, ownRows, type View } from '@cdlc/streams/runtime/view.ts'
import type { LiveSinks } from '@cdlc/streams/sinks/live.ts'
import { openSources } from '../verify/sources.ts'
import { type Follower, waitForFollowers } from './followers.ts'
import { type Progress, progressOf, type Sample, withSample } from './progress.ts'
import { type BuildVerdict, compareWithOld } from './verify-old.ts'
import { compareWithTables } from './verify-tables.ts'

/** What happens on the way, for whoever watches. */
export type Step =
  | { readonly step: 'begun' | 'continued'; readonly live: number; readonly build: number }
  | { readonly step: 'filling'; readonly build: number; readonly progress: Progress }
  | { readonly step: 'filled'; readonly build: number; readonly records: number; readonly seconds: number }
  | { readonly step: 'verifying'; readonly rows: number; readonly suspects: number }
  | { readonly step: 'verified'; readonly verdict: BuildVerdict }
  | { readonly step: 'switched' | 'rolled back'; readonly live: number; readonly previous: number }
  | { readonly step: 'followed'; readonly follower: Follower; readonly left: number }
  | { readonly step: 'grace'; readonly previous: number; readonly retire_at: number }

export interface Deciding {
  /** How long the build that readers leave is kept, from when the last of them has left it. */
  readonly grace_ms: number
  readonly onStep?: (step: Step) => void
}
export interface RebuildOptions extends Deciding {
  /** What the new build is held against: the old one, row by row while both go on, or MySQL. */
  readonly verify: BuildVerdict['against']
  /** Asked before readers switch; left out: yes. */
  readonly confirm?: (verdict: BuildVerdict) => Promise<boolean>
}

export interface RebuildResult {
  readonly view: string
  readonly version: number
  readonly live: number
  readonly previous: number
  /** Time until the new build had caught up, and records it applied meanwhile; 0 where readers had been switched before. */
  readonly fill_seconds: number
  readonly fill_records: number
  readonly verdict: BuildVerdict | undefined
  readonly followers: readonly Follower[]
  readonly retire_at: number
}

/** The new build is not what it should be; it stays, to be looked at, until it is aborted. */
export class VerificationError extends Error {
  readonly verdict: BuildVerdict
  constructor(view: View, verdict: BuildVerdict) {
    const { against, differences_total, rows } = verdict
    const advice = against === 'old' ? ' Where the old one is what is wrong, hold the new one against MySQL with --verify tables;' : ''
    super(`verifying build ${view.build} of '${view.name}' against ${against === 'old' ? 'the old build' : 'MySQL'}: ${differences_total} of ${rows} rows differ; readers read the old build.${advice} --abort gives the new one up`)
    this.verdict = verdict
  }
}

const KNOWN_WITHIN_MS = 30_000
const TICK_MS = 500
/** A build has caught up when it has all that was in the topics so long ago: what came since is on its way. */
const RECENT_MS = 3_000
const PASS_WITHIN_MS = 120_000

/** Rebuilds, or continues a rebuild that somebody began; resolves when the grace of the old build has begun. */
export async function rebuildView(live: LiveSinks, endpoints: Endpoints, view: View, options: RebuildOptions): Promise<RebuildResult> {
  const { editions } = live
  await editions.known(KNOWN_WITHIN_MS)
  const before = editions.of(view)
  const build = await begin(live, view, options)
  const previous = (build === undefined ? before.previous : before.live) ?? 0
  let filled = { records: 0, seconds: 0 }
  let verdict: BuildVerdict | undefined
  if (build !== undefined) {
    const fresh = { ...view, build }
    filled = await fill(live, view, fresh, options)
    options.onStep?.({ step: 'filled', build, ...filled })
    if (editions.of(view).building === build) {
      verdict = await judge(live, endpoints, view, fresh, options).catch((cause: unknown) => {
        if (editions.of(view).live === build) return undefined // another command was satisfied, and the old build may be gone
        throw cause
      })
      if (verdict !== undefined && options.confirm !== undefined && !await options.confirm(verdict)) {
        throw new EditionError('refused', `switching readers of '${view.name}': you said no; run the command again, or give build ${build} up with --abort`)
      }
      if (editions.of(view).building === build) await passed(live, [fresh]) // a question may wait for its answer for hours
      await orSomebodyElse(() => editions.change(view, 'Switched', onlyTo(build)))
    }
    if (editions.of(view).live !== build) throw new EditionError('conflict', `switching readers of '${view.name}' to build ${build}: somebody gave it up meanwhile`)
    options.onStep?.({ step: 'switched', live: build, previous })
  }
  return { view: view.name, version: view.version, ...await leave(live, view, previous, options), fill_seconds: filled.seconds, fill_records: filled.records, verdict }
}

/** The build to fill: a new one, or one that is being filled; undefined where readers have been switched and nothing but the end is missing. */
async function begin({ editions }: LiveSinks, view: View, { onStep }: RebuildOptions): Promise<number | undefined> {
  const before = editions.of(view)
  if (before.building === null && before.previous !== null && before.retire_at === null) return undefined
  if (before.building === null) await orSomebodyElse(() => editions.change(view, 'RebuildBegun', beginning(view)))
  const { live, building } = editions.of(view)
  if (building === null) throw new EditionError('conflict', `rebuilding '${view.name}': somebody gave the new build up at once`)
  onStep?.({ step: before.building === null ? 'begun' : 'continued', live: live ?? 0, build: building })
  return building
}

/** Readers go back to the previous build, at once; the one they leave is kept for a grace in its turn. */
export async function rollBackView(live: LiveSinks, view: View, options: Deciding): Promise<Pick<RebuildResult, 'live' | 'previous' | 'followers' | 'retire_at'>> {
  await live.editions.known(KNOWN_WITHIN_MS)
  const left = live.editions.of(view).live
  // of two who roll back at once, the second would undo what the first did
  const { builds } = await live.editions.change(view, 'RolledBack', (before) => {
    if (before.live !== left) throw new EditionError('conflict', `rolling back '${view.name}': somebody else has just switched its readers; look at it again`)
    return rollBack(before)
  })
  const [now, previous] = [builds.live ?? 0, builds.previous ?? 0]
  options.onStep?.({ step: 'rolled back', live: now, previous })
  return leave(live, view, previous, options)
}

/** Gives up the build that is being filled; workers remove it. Answers which it was. */
export async function abortView(live: LiveSinks, view: View): Promise<number> {
  await live.editions.known(KNOWN_WITHIN_MS)
  const { building } = live.editions.of(view)
  await live.editions.change(view, 'Aborted', (before) => {
    if (before.building !== building) throw new EditionError('conflict', `giving up build ${building} of '${view.name}': it is not being filled any more; look at it again`)
    return abortRebuild(before)
  })
  return building ?? 0
}

/** A change that another command made first is as good as made: go by what is true now. */
async function orSomebodyElse(change: () => Promise<unknown>): Promise<void> {
  try {
    await change()
  } catch (cause) {
    if (!(cause instanceof EditionError) || cause.code !== 'conflict') throw cause
  }
}

/** Rows of another shape do not fit beside the old ones: they are another version. */
const beginning = (view: View): Change => (builds) => {
  if (builds.building !== null) throw new EditionError('conflict', `rebuilding '${builds.edition}': somebody has just begun to`)
  const kinds = (rows: View['rows']): string => JSON.stringify(Object.fromEntries(ownRows({ rows }).map((row) => [row, rows[row]])))
  if (kinds(view.rows) !== kinds(JSON.parse(builds.rows) as View['rows'])) {
    throw new EditionError('refused', `rebuilding '${builds.edition}': its rows are not those it was built with; raise the view's version instead, and it fills beside the old one`)
  }
  return beginRebuild(builds)
}

const onlyTo = (build: number): Change => (builds) => {
  if (builds.building !== build) throw new EditionError('conflict', `switching readers of '${builds.edition}' to build ${build}: it is not being filled any more`)
  return switchReaders(builds)
}

/** Watches the build fill until it has caught up, or readers were switched to it by somebody else. */
async function fill(live: LiveSinks, view: View, fresh: View, { onStep }: RebuildOptions): Promise<{ readonly records: number; readonly seconds: number }> {
  const { editions, groups } = live
  const store = await live.store(fresh)
  // a build that no worker has prepared yet has no table to ask for its position
  const positions: ViewStore['positions'] = (partition) => store.positions(partition).catch(() => ({ fence: '', next: new Map() }))
  const goals: { readonly at_ms: number; readonly ends: Offsets }[] = []
  const began = performance.now()
  let samples: readonly Sample[] = []
  let first: number | undefined
  for (;; await delay(TICK_MS)) {
    const standing = await standingOf(live, { positions }, fresh)
    const at_ms = performance.now()
    const applied = standing.records - standing.behind
    first ??= applied
    samples = withSample(samples, { at_ms, records: standing.records, behind: standing.behind })
    const [behind, workers] = await Promise.all([secondsBehind(groups, standing, Date.now()), groups.members(groupName(fresh))])
    onStep?.({ step: 'filling', build: fresh.build, progress: progressOf(samples, behind, workers.length) })
    const isThere = standing.behind === 0 || goals.some((goal) => at_ms - goal.at_ms <= RECENT_MS && hasPassed(standing.positions, goal.ends))
    if (editions.of(view).building !== fresh.build || (isThere && workers.length > 0)) return { records: applied - first, seconds: (performance.now() - began) / 1_000 }
    goals.push({ at_ms, ends: standing.ends })
    if (goals.length > RECENT_MS / TICK_MS + 1) goals.shift()
  }
}

/** Resolves when these builds have applied all that is in the topics now. */
async function passed(live: LiveSinks, editions: readonly View[]): Promise<void> {
  const [any] = editions
  if (any === undefined) return
  const { ends } = await endsOf(live.kafka, any)
  await Promise.all(editions.map(async (edition) => {
    const store = await live.store(edition)
    for (const until = performance.now() + PASS_WITHIN_MS; ; await delay(TICK_MS / 5)) {
      const { positions, behind } = await standingOf(live, store, edition)
      if (hasPassed(positions, ends)) return
      if (performance.now() > until) throw new Error(`waiting until '${groupName(edition)}' has applied what is in its topics: it has not within ${PASS_WITHIN_MS / 1_000} s, and is ${behind} records behind; see 'cdlc views list'`)
    }
  }))
}

async function judge(live: LiveSinks, endpoints: Endpoints, view: View, fresh: View, { verify, onStep }: RebuildOptions): Promise<BuildVerdict> {
  const onProgress = (rows: number, suspects: number): void => onStep?.({ step: 'verifying', rows, suspects })
  const [topic = ''] = Object.keys(view.from)
  const partitions = (await live.kafka.offsets(topic)).length
  const old = { ...view, build: live.editions.of(view).live ?? 0 }
  const common = { view, fresh: await live.store(fresh), partitions, onProgress }
  const verdict = verify === 'old'
    ? await compareWithOld({ ...common, old: await live.store(old), pass: () => passed(live, [old, fresh]) })
    : await compareWithTables({ ...common, snapshot: () => openSources(endpoints, live.kafka, view) })
  if (verdict.differences_total > 0) throw new VerificationError(fresh, verdict)
  onStep?.({ step: 'verified', verdict })
  return verdict
}

/** Once no process reads the previous build any more, its grace begins. */
async function leave({ editions, groups }: LiveSinks, view: View, previous: number, { grace_ms, onStep }: Deciding): Promise<Pick<RebuildResult, 'live' | 'previous' | 'followers' | 'retire_at'>> {
  const entry = editions.all().find(({ builds }) => builds.view === view.name && builds.version === view.version)
  const followers = await waitForFollowers(groups, entry?.offset ?? 0, { onFollowed: (follower, left) => onStep?.({ step: 'followed', follower, left }) })
  const retire_at = Date.now() + grace_ms
  await orSomebodyElse(() => editions.change(view, 'GraceBegun', ifWaiting(beginGrace(retire_at))))
  const now = editions.of(view)
  const result = { live: now.live ?? 0, previous, followers, retire_at: now.retire_at ?? retire_at }
  onStep?.({ step: 'grace', previous, retire_at: result.retire_at })
  return result
}

/** Where another command has begun the grace already, that holds. */
const ifWaiting = (change: Change): Change => (builds: Builds) => {
  if (builds.retire_at !== null || builds.previous === null) throw new EditionError('conflict', `beginning the grace of '${builds.edition}': it has begun`)
  return change(builds)
}
