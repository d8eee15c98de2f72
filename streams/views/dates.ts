/** Days and instants as text by arithmetic alone, so that pure code needs no `Date`. Proleptic Gregorian calendar, UTC, years 0 to 9999. */

const DAY_MS = 86_400_000
const pad = (value: number, width: number): string => String(value).padStart(width, '0')

/** Days since 1970-01-01 as `YYYY-MM-DD`: `civil_from_days` of H. Hinnant, "chrono-compatible low-level date algorithms". */
export function isoDate(days: number): string {
  const shifted = days + 719_468 // days since 0000-03-01: years begin in March, so a leap day is a year's last
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const leapDays = Math.floor(dayOfEra / 1_460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096)
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365)
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
  const year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`
}

/** The same for a column that may be null. */
export const isoDateOrNull = (days: number | null): string | null => (days === null ? null : isoDate(days))

/** Milliseconds since the epoch as RFC 3339 text: `2024-05-01T12:00:00.000Z`. */
export function isoInstant(ms: number): string {
  const days = Math.floor(ms / DAY_MS)
  const rest = ms - days * DAY_MS
  const unit = (size: number, count: number): string => pad(Math.floor(rest / size) % count, 2)
  return `${isoDate(days)}T${unit(3_600_000, 24)}:${unit(60_000, 60)}:${unit(1_000, 60)}.${pad(rest % 1_000, 3)}Z`
}
