/** Versions of views that no code defines any more: what is left of them, and removing it. */
import { setTimeout as delay } from 'node:timers/promises'
import { removeBuild } from '@cdlc/streams/runtime/caretaker.ts'
import { buildDropped, type Builds, dropVersion, EditionError, remainsOf, versionName, worked } from '@cdlc/streams/runtime/editions.ts'
import { groupName, type View } from '@cdlc/streams/runtime/view.ts'
import type { LiveSinks } from '@cdlc/streams/sinks/live.ts'

/** Of which something is left, by the book, though none of these views is it. */
export function orphans(all: readonly { readonly builds: Builds }[], views: readonly Pick<View, 'name' | 'version'>[]): readonly Builds[] {
  const defined = new Set(views.map(versionName))
  return all.map(({ builds }) => builds).filter((builds) => !defined.has(builds.edition) && (builds.live !== null || builds.dropping.length > 0))
}

const LOOK_EVERY_MS = 500
const WITHIN_MS = 60_000

/** Removes every build of a version, by what its record says of it; resolves when all is gone. Workers of older code must have ended. */
export async function dropVersionOf(live: LiveSinks, edition: string, onDropped: (build: string) => void = () => {}): Promise<void> {
  const { editions, groups, store } = live
  await editions.known(WITHIN_MS)
  const find = (): Builds => {
    const entry = editions.all().find(({ builds }) => builds.edition === edition)
    if (entry === undefined) throw new EditionError('refused', `dropping '${edition}': there never was such a version; there are ${editions.all().map(({ builds }) => builds.edition).sort().join(', ')}`)
    return entry.builds
  }
  const until = performance.now() + WITHIN_MS
  const busy = (build: string): Error => new Error(`dropping '${build}': it still has workers, which would begin it again; end those that run older code, then run the command again`)
  if (find().live !== null) {
    for (const build of worked(find())) {
      const group = groupName(remainsOf(find(), build))
      for (; (await groups.members(group)).length > 0; await delay(LOOK_EVERY_MS)) if (performance.now() > until) throw busy(group)
    }
    await editions.change(remainsOf(find(), 0), 'VersionDropped', dropVersion)
  }
  for (; find().dropping.length > 0; await delay(LOOK_EVERY_MS)) {
    for (const build of find().dropping) {
      const remains = remainsOf(find(), build)
      if (!await removeBuild({ groups, store }, remains)) {
        if (performance.now() > until) throw busy(groupName(remains))
        continue
      }
      await editions.change(remains, 'BuildDropped', buildDropped(build)).catch((cause: unknown) => {
        if (!(cause instanceof EditionError)) throw cause // otherwise a worker has removed it as well
      })
      onDropped(groupName(remains))
    }
  }
}
