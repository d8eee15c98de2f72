/** Social's questions, put to the real views. */
import type { Sinks } from '@cdlc/streams/sinks/index.ts'
import type { View } from '@cdlc/streams/runtime/view.ts'

/** Questions to views; each may throw Unavailable. Each part of the component adds its own. */
export interface SocialViews {}

/** The views that are asked. */
export const viewsAsked: readonly View[] = []

/** Opens no store yet. */
export function socialViews(_sinks: Sinks): SocialViews {
  return {}
}
