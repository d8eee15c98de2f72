/** Refusals of an upload as a whole, and what an upload may be at most. */
import { Refused } from '../../shared/errors.ts'

/** An upload of a person with 20,000 viewings, and reviews of most, stays below each of these. */
export const most = {
  entries: 2_000,
  /** Of one file, inflated. */
  file_bytes: 33_554_432,
  /** Of all files of a zip, inflated. */
  all_bytes: 67_108_864,
  path_characters: 300,
  rows: 50_000,
  columns: 64,
  /** Of a row as it stands in its file. */
  row_characters: 262_144,
} as const

/** Refuses an upload that cannot be read; the words say what to do about it. */
export const unreadable = (message: string): Refused => new Refused({ code: 'import_unreadable', message })
/** Refuses an upload that is larger than `most`, or would be once inflated. */
export const tooLarge = (message: string): Refused => new Refused({ code: 'import_too_large', message })
