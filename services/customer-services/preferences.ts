/** How a profile likes to be served: one document, in versions. Pure: no clock, no store. */
import { nextVersion } from '../shared/clock.ts'
import type { Refusal } from '../shared/errors.ts'

/** What a person may be told of, and on which ways. */
export const notices = ['new_episodes', 'recommendations', 'friends', 'offers'] as const
export const channels = ['email', 'push'] as const
export const qualities = ['auto', 'low', 'medium', 'high', 'best'] as const
type Notice = Readonly<Record<(typeof channels)[number], boolean>>

export interface PreferencesDocument {
  readonly genres: { readonly liked: readonly string[]; readonly hidden: readonly string[] }
  readonly notifications: Readonly<Record<(typeof notices)[number], Notice>>
  readonly playback: {
    readonly autoplay_next: boolean
    readonly autoplay_previews: boolean
    readonly quality: (typeof qualities)[number]
    /** Best first; none: no subtitles. */
    readonly subtitle_languages: readonly string[]
    /** Best first; none: the original's. */
    readonly audio_languages: readonly string[]
  }
}
export interface Preferences {
  readonly document: PreferencesDocument
  /** 0 where nobody has said anything yet. */
  readonly version: number
}

/** Nobody is written to who has not asked for it, but for what they follow. */
export const usualPreferences: Preferences = {
  version: 0,
  document: {
    genres: { liked: [], hidden: [] },
    notifications: {
      new_episodes: { email: false, push: true },
      recommendations: { email: false, push: false },
      friends: { email: false, push: false },
      offers: { email: false, push: false },
    },
    playback: { autoplay_next: true, autoplay_previews: true, quality: 'auto', subtitle_languages: [], audio_languages: [] },
  },
}

export interface PreferencesCommand {
  readonly document: PreferencesDocument
  readonly expected: readonly number[] | undefined
  readonly now_us: number
}
export interface PreferencesSet {
  readonly type: 'PreferencesSet'
  readonly preferences: Preferences
}

/** One event, or none where the document says what the one before said. */
export function decide(before: Preferences, { document, expected, now_us }: PreferencesCommand): readonly PreferencesSet[] | Refusal {
  if (expected !== undefined && !expected.includes(before.version))
    return { code: 'version_mismatch', message: 'the preferences have changed since the version in If-Match', field: 'header.if-match' }
  const both = document.genres.hidden.findIndex((genre) => document.genres.liked.includes(genre))
  if (both >= 0) return { code: 'genre_liked_and_hidden', message: 'is among the liked ones too', field: `genres.hidden.${both}` }
  if (JSON.stringify(document) === JSON.stringify(before.document)) return []
  return [{ type: 'PreferencesSet', preferences: { document, version: nextVersion(before.version, now_us) } }]
}
