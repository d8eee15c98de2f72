/**
 * Which builds of a view there are, and which of them is read: a state machine over the records of `platform.views`. Pure.
 *
 * - *build*: one filling of a version of a view, from offset 0; a view's name, version and build are its *edition*
 * - *live*: the build that readers read
 * - *building*: a build that is filled beside it, to become live
 * - *previous*: the build that was live before, kept up to date until its grace is over, so that readers can go back
 * - *dropping*: builds that nobody fills or reads any more, whose remains are to be removed
 *
 * Each record holds the whole state after one change, and the offset of the record it was made from. It counts only if that is
 * the last one that counted, so of two changes made from one state the first in the topic wins, for every reader alike.
 */
import type { Events } from '@cdlc/schemas/generated/topics.ts'
import { failurePolicy } from './failure.ts'
import type { RowSpecs, StoreName, View } from './view.ts'

export const TOPIC = 'platform.views'
/** What `expects` says where there is no earlier record. */
export const NOTHING = -1

export type ViewBuilds = Events[typeof TOPIC]
export type ViewChange = Exclude<ViewBuilds['change'], 'Unknown'>
/** The state that changes; the rest of a record says who changed it, and from what. */
export type Builds = Omit<ViewBuilds, 'expects' | 'change' | 'change_id' | 'changed_at' | 'changed_by'>

/** The record that counts for a version of a view, and where it lies. */
export interface Entry {
  readonly offset: number
  readonly builds: ViewBuilds
}

/** `<name>-v<version>`: what the records of one version of a view are keyed by. */
export const versionName = (view: Pick<View, 'name' | 'version'>): string => `${view.name}-v${view.version}`

/** What there is of a version before its first record: build 0, not caught up yet. */
export const firstBuilds = (view: Pick<View, 'name' | 'version' | 'store' | 'rows'>): Builds => ({
  edition: versionName(view), view: view.name, version: view.version, store: view.store, rows: JSON.stringify(view.rows),
  live: 0, caught_up: false, building: null, previous: null, retire_at: null, dropping: [], last_build: 0,
})

/** Takes a record into the book, in the order of the topic; false where it does not count. */
export function accept(book: Map<string, Entry>, offset: number, builds: ViewBuilds): boolean {
  if (builds.expects !== (book.get(builds.edition)?.offset ?? NOTHING)) return false
  book.set(builds.edition, { offset, builds })
  return true
}

/** Builds that workers fill. */
export const worked = ({ live, building, previous }: Builds): readonly number[] => [live, building, previous].filter((build) => build !== null)

/** What a build is for. */
export type Role = 'live' | 'building' | 'previous' | 'dropping' | 'gone'
export function roleOf(builds: Builds, build: number): Role {
  if (build === builds.live) return 'live'
  if (build === builds.building) return 'building'
  if (build === builds.previous) return 'previous'
  return builds.dropping.includes(build) ? 'dropping' : 'gone'
}

/** A view to name and drop a build by, made of its record alone: the code of its version may be gone. It applies nothing. */
export const remainsOf = (builds: Builds, build: number): View => ({
  name: builds.view, version: builds.version, build, store: builds.store as StoreName, rows: JSON.parse(builds.rows) as RowSpecs,
  from: {}, failure: failurePolicy(), touches: undefined, apply: () => [],
})

/** A change that the state does not allow; or (`conflict`) that somebody else's came before. */
export class EditionError extends Error {
  readonly code: 'refused' | 'conflict'
  constructor(code: 'refused' | 'conflict', message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The next state, or an EditionError `refused`. */
export type Change = (builds: Builds) => Builds

const refuse = (attempt: string, { edition }: Builds, why: string): never => { throw new EditionError('refused', `${attempt} '${edition}': ${why}`) }

export const caughtUp: Change = (builds) => (builds.caught_up ? refuse('noting the end of', builds, 'it has caught up before') : { ...builds, caught_up: true })

export function beginRebuild(builds: Builds): Builds {
  if (builds.live === null) return refuse('rebuilding', builds, 'this version was dropped, and no worker has begun it again')
  if (builds.building !== null) return refuse('rebuilding', builds, `build ${builds.building} is being filled already`)
  const building = builds.last_build + 1
  return { ...builds, building, last_build: building }
}

export function switchReaders(builds: Builds): Builds {
  const { live, building, previous } = builds
  if (live === null || building === null) return refuse('switching readers of', builds, 'no build is being filled')
  return { ...builds, live: building, caught_up: true, building: null, previous: live, retire_at: null, dropping: [...builds.dropping, ...previous === null ? [] : [previous]] }
}

/** Readers go back; the build they leave is kept in its turn, so this can be undone by doing it again. */
export function rollBack(builds: Builds): Builds {
  const { live, previous } = builds
  if (live === null || previous === null) return refuse('rolling back', builds, 'there is no previous build any more: its grace is over')
  return { ...builds, live: previous, previous: live, retire_at: null }
}

export const beginGrace = (retire_at: number): Change => (builds) => (
  builds.previous === null ? refuse('keeping the previous build of', builds, 'there is none') : { ...builds, retire_at })

export const retire = (now: number): Change => (builds) => {
  const { previous, retire_at } = builds
  if (previous === null || retire_at === null) return refuse('retiring the previous build of', builds, 'there is none whose grace has begun')
  if (now < retire_at) return refuse('retiring the previous build of', builds, `its grace lasts until ${new Date(retire_at).toISOString()}`)
  return { ...builds, previous: null, retire_at: null, dropping: [...builds.dropping, previous] }
}

export function abortRebuild(builds: Builds): Builds {
  if (builds.building === null) return refuse('aborting the rebuild of', builds, 'no build is being filled')
  return { ...builds, building: null, dropping: [...builds.dropping, builds.building] }
}

export const buildDropped = (build: number): Change => (builds) => (builds.dropping.includes(build)
  ? { ...builds, dropping: builds.dropping.filter((other) => other !== build) }
  : refuse(`noting that build ${build} is gone of`, builds, 'it was not to be dropped, or somebody else has noted it'))

/** Gives up every build of a version that no code defines any more. */
export function dropVersion(builds: Builds): Builds {
  if (builds.live === null) return refuse('dropping', builds, 'it was dropped before')
  return { ...builds, live: null, caught_up: false, building: null, previous: null, retire_at: null, dropping: [...builds.dropping, ...worked(builds)] }
}

/** A version that was dropped is wanted again: it begins anew, as a build that nothing is left of. */
export function reviveVersion(builds: Builds): Builds {
  if (builds.live !== null) return refuse('reviving', builds, 'it was not dropped')
  const live = builds.last_build + 1
  return { ...builds, live, last_build: live }
}
